import { SafeMigrateError } from '../../errors.js'
import { Secret } from '../../util/secret.js'

export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

/** A PostgreSQL URL as Prisma understands it. https://www.prisma.io/docs/orm/overview/databases/postgresql#connection-url */
export interface PostgresqlUrl {
  readonly user: string | null
  readonly password: Secret | null
  /** Host name or address, or the folder of a local socket (starts with `/`). */
  readonly host: string
  readonly port: number
  readonly database: string
  /** Null when the URL does not say; Prisma then uses `public` and leaves the search path alone. */
  readonly schema: string | null
  readonly sslMode: SslMode
  /** Whether the server's certificate is checked. */
  readonly verifyCertificate: boolean
  /** File with the certificates to trust. */
  readonly caFile: string | null
  /** PKCS#12 file with the client's certificate and key. */
  readonly identityFile: string | null
  readonly identityPassword: Secret | null
  readonly directSsl: boolean
  readonly channelBinding: boolean
  /** Seconds; 0 waits for ever. */
  readonly connectTimeout: number
  /** Start-up options of the server session (`-c name=value`). */
  readonly options: string | null
}

const SSL_MODES: readonly SslMode[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']
const DEFAULT_PORT = 5432
/** Prisma's own default. */
const DEFAULT_CONNECT_TIMEOUT = 5

/** Parameters that are not for connecting (`connection_limit`, `pgbouncer`, `socket_timeout` …) are understood and left aside, unknown ones too. @throws SafeMigrateError `config`, without the URL */
export function parsePostgresqlUrl(url: string): PostgresqlUrl {
  const parsed = parseUrl(url)
  const parameters = parsed.searchParams
  const sslMode = SSL_MODES.find((mode) => mode === parameters.get('sslmode')) ?? 'prefer'
  const password = decode(parsed.password)
  const identityPassword = parameters.get('sslpassword')
  return {
    user: decode(parsed.username),
    password: password === null ? null : new Secret(password),
    host: readHost(parsed),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    database: decode(parsed.pathname.replace(/^\//, '').split('/')[0] ?? '') ?? 'postgres',
    schema: parameters.get('schema') || null,
    sslMode,
    verifyCertificate: parameters.get('sslaccept') === 'strict' || sslMode.startsWith('verify'),
    caFile: parameters.get('sslcert') ?? parameters.get('sslrootcert'),
    identityFile: parameters.get('sslidentity'),
    identityPassword: identityPassword === null ? null : new Secret(identityPassword),
    directSsl: parameters.get('sslnegotiation') === 'direct',
    channelBinding: parameters.get('channel_binding') === 'require',
    connectTimeout: readSeconds(parameters.get('connect_timeout')),
    options: parameters.get('options'),
  }
}

function parseUrl(url: string): URL {
  if (!/^postgres(ql)?:\/\//.test(url)) throw invalidUrl('It must start with postgresql:// or postgres://.')
  if (!URL.canParse(url)) throw invalidUrl('It cannot be read as a URL.')
  return new URL(url)
}

// The cause is left out on purpose: Node's own error carries the whole URL, password included.
function invalidUrl(why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'config',
    message: 'The PostgreSQL connection URL is not valid.',
    why,
    next: [
      'Use postgresql://USER:PASSWORD@HOST:PORT/DATABASE?schema=SCHEMA',
      'Characters such as # / ? : @ in a user name or password must be percent-encoded (# is %23, @ is %40).',
    ],
  })
}

function decode(part: string): string | null {
  if (part === '') return null
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalidUrl('It has a % that is not followed by two hexadecimal digits. A real percent sign is written %25.')
  }
}

/** `host=/path` beats the host part; brackets of an IPv6 address go; a percent-encoded path is a socket, as in libpq. */
function readHost(parsed: URL): string {
  const parameter = parsed.searchParams.get('host')
  if (parameter !== null && parameter !== '') return parameter
  const host = decode(parsed.hostname) ?? 'localhost'
  return host.startsWith('[') ? host.slice(1, -1) : host
}

function readSeconds(text: string | null): number {
  const seconds = text === null ? Number.NaN : Number(text)
  return Number.isInteger(seconds) && seconds >= 0 ? seconds : DEFAULT_CONNECT_TIMEOUT
}
