import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import type { ClientConfig } from 'pg'
import { messageOf, SafeMigrateError } from '../../errors.js'
import type { Target } from '../database.js'
import { type PostgresqlUrl, parsePostgresqlUrl } from './url.js'
import { typeParsers } from './values.js'

export interface ConnectionChoice {
  /** Another database of the same server. */
  readonly database?: string
}

const APPLICATION_NAME = 'safe-migrate'
/** Where Debian, Ubuntu and Alpine keep the system's trusted certificates; libpq before 16 cannot be told "system". */
const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** Configuration for `new pg.Client(…)`. `ssl` is what `sslmode` asks for first; `prefer` may fall back to none (see connection.ts). @throws SafeMigrateError `connection` when a certificate file cannot be read */
export async function connectionConfig(target: Target, choice: ConnectionChoice = {}): Promise<ClientConfig> {
  const url = parsePostgresqlUrl(target.url.reveal())
  return {
    host: url.host,
    port: url.port,
    database: choice.database ?? target.name,
    ...(url.user === null ? {} : { user: url.user }),
    ...(url.password === null ? {} : { password: url.password.reveal() }),
    ...(url.options === null ? {} : { options: url.options }),
    ssl: url.sslMode === 'disable' || url.host.startsWith('/') ? false : await tlsOptions(url),
    ...(url.directSsl ? { sslnegotiation: 'direct' } : {}),
    enableChannelBinding: url.channelBinding,
    connectionTimeoutMillis: url.connectTimeout * 1000,
    application_name: APPLICATION_NAME,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: await typeParsers(),
  }
}

/** Environment for pg_dump, pg_restore and psql, so that no password is in their arguments. Add it to the process's own; use `--no-password` beside it. */
export function toolEnvironment(target: Target, choice: ConnectionChoice = {}): Readonly<Record<string, string>> {
  const url = parsePostgresqlUrl(target.url.reveal())
  const verify = url.verifyCertificate ? (url.sslMode === 'verify-ca' ? 'verify-ca' : 'verify-full') : url.sslMode
  const isPlain = url.sslMode === 'disable' || url.host.startsWith('/')
  return {
    PGHOST: url.host,
    PGPORT: String(url.port),
    PGDATABASE: choice.database ?? target.name,
    PGAPPNAME: APPLICATION_NAME,
    PGCONNECT_TIMEOUT: String(url.connectTimeout),
    PGSSLMODE: isPlain ? 'disable' : verify,
    ...(url.user === null ? {} : { PGUSER: url.user }),
    ...(url.password === null ? {} : { PGPASSWORD: url.password.reveal() }),
    ...(url.options === null ? {} : { PGOPTIONS: url.options }),
    ...(url.channelBinding ? { PGCHANNELBINDING: 'require' } : {}),
    ...(url.verifyCertificate && !isPlain ? { PGSSLROOTCERT: url.caFile ?? systemCertificates() } : {}),
  }
}

/** Why PostgreSQL's own tools cannot connect as we do; null when they can. libpq reads PEM files, Prisma's `sslidentity` is PKCS#12. */
export function toolLimitation(target: Target): string | null {
  const url = parsePostgresqlUrl(target.url.reveal())
  return url.identityFile === null ? null : 'the URL names a client certificate in PKCS#12 form (sslidentity), which pg_dump cannot read'
}

/** Whether the URL allows a connection without encryption when the server offers none. */
export function mayFallBackToPlain(target: Target): boolean {
  const url = parsePostgresqlUrl(target.url.reveal())
  return url.sslMode === 'prefer' && !url.verifyCertificate && !url.directSsl
}

async function tlsOptions(url: PostgresqlUrl): Promise<ConnectionOptions> {
  return {
    rejectUnauthorized: url.verifyCertificate,
    ...(url.caFile === null ? {} : { ca: await readCertificate(url.caFile, 'sslcert') }),
    ...(url.identityFile === null ? {} : { pfx: await readCertificate(url.identityFile, 'sslidentity') }),
    ...(url.identityPassword === null ? {} : { passphrase: url.identityPassword.reveal() }),
    ...(url.sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  }
}

async function readCertificate(file: string, parameter: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new SafeMigrateError({
      code: 'connection',
      message: `The certificate file ${file} cannot be read.`,
      why: `The connection URL names it as ${parameter}. ${messageOf(error)}`,
      next: ['Check the path: it is relative to the folder of the Prisma schema.'],
    })
  }
}

function systemCertificates(): string {
  return existsSync(SYSTEM_CERTIFICATES) ? SYSTEM_CERTIFICATES : 'system'
}
