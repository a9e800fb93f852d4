import { readFileSync } from 'node:fs'
import { UserError } from '../user-error.mjs'

/** Prisma's own default for `connect_timeout`, in seconds. */
const CONNECT_TIMEOUT = 5

/**
 * @typedef {object} ConnectionSettings
 * @property {string} schema
 * @property {boolean} setsSearchPath whether the URL names a schema, which then is the session's search path
 * @property {string} host host name or folder of the socket
 * @property {number} port
 * @property {string} user
 * @property {string} database
 * @property {object} client settings for a client of `pg`
 */

/**
 * Reads a connection URL with Prisma's parameters. Fields rather than a connection string are handed to `pg`,
 * because the database of a string would win over that of the shadow database.
 *
 * @param {string} text
 * @param {string} [databaseOverride]
 * @returns {ConnectionSettings}
 */
export function readConnectionUrl(text, databaseOverride) {
  const url = parseUrl(text)
  const parameters = url.searchParams
  const host = parameters.get('host') ?? (url.hostname ? url.hostname.replace(/^\[|\]$/g, '') : 'localhost')
  const port = Number(url.port || 5432)
  const user = decodeURIComponent(url.username) || 'postgres'
  const database = databaseOverride ?? (decodeURIComponent(url.pathname.slice(1)) || 'postgres')
  const timeout = Number(parameters.get('connect_timeout') ?? CONNECT_TIMEOUT)
  const client = {
    host: decodeURIComponent(host),
    port,
    user,
    database,
    password: decodeURIComponent(url.password),
    ssl: readSsl(parameters),
    connectionTimeoutMillis: timeout * 1000,
    options: parameters.get('options') ?? undefined,
    application_name: parameters.get('application_name') ?? undefined,
  }
  const schema = parameters.get('schema')
  return { schema: schema ?? 'public', setsSearchPath: schema !== null, host: client.host, port, user, database, client }
}

/** @param {string} name */
export const quoteIdentifier = (name) => `"${name.replaceAll('"', '""')}"`

/** @param {string} text */
function parseUrl(text) {
  try {
    return new URL(text)
  } catch {
    throw new UserError('P1013', 'The provided database string is invalid. invalid port number or host in database URL.')
  }
}

/** @param {URLSearchParams} parameters */
function readSsl(parameters) {
  if (parameters.get('sslmode') !== 'require') return false
  const certificate = parameters.get('sslcert')
  return {
    rejectUnauthorized: parameters.get('sslaccept') === 'strict',
    ...(certificate ? { ca: readFileSync(certificate) } : {}),
  }
}

/**
 * Opens the one connection that the native engine would use, so that session state (advisory lock, `SET`, an open
 * transaction) lasts from one statement to the next.
 *
 * @param {any} pg the `pg` package
 * @param {ConnectionSettings} settings
 * @returns {Promise<any>} a connected client of `pg`
 */
export async function openConnection(pg, settings) {
  const client = new pg.Client(settings.client)
  client.on('error', () => {}) // a lost connection shows itself as the error of the next query
  try {
    await client.connect()
    if (settings.setsSearchPath) await client.query(`SET search_path = ${quoteIdentifier(settings.schema)}`)
    return client
  } catch (error) {
    throw explainConnectionError(error, settings)
  }
}

/**
 * @param {any} error what `pg` threw
 * @param {ConnectionSettings} settings
 */
export function explainConnectionError(error, { user, database, schema, host, port }) {
  switch (error.code) {
    case '28P01':
    case '28000':
      return new UserError(
        'P1000',
        `Authentication failed against database server, the provided database credentials for \`${user}\` are not valid.\n\n` +
          'Please make sure to provide valid database credentials for the database server at the configured address.',
      )
    case '3D000':
      return new UserError('P1003', `Database \`${database}\` does not exist`, { database_name: database })
    case '42501':
      return new UserError('P1010', `User was denied access on the database \`${database}.${schema}\``)
  }
  if (error.severity) return new UserError('', `Database error\n${error.message}`)
  if (/SSL|TLS|certificate/i.test(error.message)) return new UserError('P1011', `Error opening a TLS connection: ${error.message}`)
  return new UserError(
    'P1001',
    `Can't reach database server at \`${host}:${port}\`\n\nPlease make sure your database server is running at \`${host}:${port}\`.`,
  )
}
