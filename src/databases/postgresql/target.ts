import { isAbsolute, join } from 'node:path'
import { Secret } from '../../util/secret.js'
import type { ReadTargetContext, Target } from '../database.js'
import { type PostgresqlUrl, parsePostgresqlUrl } from './url.js'

/** Prisma's default schema. */
const DEFAULT_SCHEMA = 'public'

/** @throws SafeMigrateError `config` when it is no PostgreSQL URL */
export function readTarget(url: string, context: ReadTargetContext): Target {
  const parsed = parsePostgresqlUrl(url)
  const isSocket = parsed.host.startsWith('/')
  const place = isSocket ? `${parsed.host} (socket ${parsed.port})` : `${bracket(parsed.host)}:${parsed.port}`
  return {
    url: new Secret(withAbsoluteFiles(url, parsed, context.fileBase)),
    label: `PostgreSQL database "${parsed.database}" on ${place}`,
    name: parsed.database,
    host: isSocket ? null : parsed.host,
    isLocal: isSocket || isLoopback(parsed.host),
    schema: parsed.schema ?? DEFAULT_SCHEMA,
    identity: `postgresql://${identityHost(parsed.host)}:${parsed.port}/${encodeURIComponent(parsed.database)}`,
  }
}

/** Certificate paths are relative to the schema's folder in Prisma; later readers of the URL do not know that folder. */
function withAbsoluteFiles(url: string, parsed: PostgresqlUrl, fileBase: string): string {
  const files = [parsed.caFile, parsed.identityFile]
  if (!files.some((file) => file !== null && !isAbsolute(file))) return url
  const absolute = new URL(url)
  for (const name of ['sslcert', 'sslrootcert', 'sslidentity']) {
    const file = absolute.searchParams.get(name)
    if (file !== null && !isAbsolute(file)) absolute.searchParams.set(name, join(fileBase, file))
  }
  return absolute.href
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function identityHost(host: string): string {
  return isLoopback(host.toLowerCase()) ? 'localhost' : bracket(host.startsWith('/') ? host.replace(/\/+$/, '') : host.toLowerCase())
}

function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
