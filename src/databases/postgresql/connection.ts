import type { Client, ClientConfig } from 'pg'
import { quoteIdentifier } from '../../util/names.js'
import type { Connection, Database, Row, Target } from '../database.js'
import { type ConnectionChoice, connectionConfig, mayFallBackToPlain } from './connection-config.js'
import { codeOf, connectionError, DATABASE_MISSING, isTlsRefused } from './connection-errors.js'
import { parsePostgresqlUrl } from './url.js'

/** Where one connects to create, rename and drop other databases. https://www.postgresql.org/docs/current/app-initdb.html */
export const MAINTENANCE_DATABASE = 'postgres'

/** A live connection that also shows the driver's client, for COPY and the like. */
export interface PostgresqlConnection extends Connection {
  readonly client: Client
  /** False once the server or the network has closed it. */
  isOpen(): boolean
  /** Whether a transaction is open on it. */
  isInTransaction(): boolean
}

/** @throws TypeError for a connection of another database, which is a bug of the caller's */
export function toPostgresql(connection: Connection): PostgresqlConnection {
  if (isPostgresql(connection)) return connection
  throw new TypeError(`Not a PostgreSQL connection: ${connection.target.label}`)
}

function isPostgresql(connection: Connection): connection is PostgresqlConnection {
  return connection.database.id === 'postgresql' && 'isInTransaction' in connection
}

/** Opens a client with no session settings of ours. The caller ends it. @throws SafeMigrateError `connection` */
export async function openClient(target: Target, choice: ConnectionChoice = {}): Promise<Client> {
  const config = await connectionConfig(target, choice)
  try {
    return await connectClient(config)
  } catch (error) {
    if (config.ssl === false || !mayFallBackToPlain(target) || !isTlsRefused(error)) throw connectionError(target, error)
  }
  try {
    return await connectClient({ ...config, ssl: false })
  } catch (error) {
    throw connectionError(target, error)
  }
}

async function connectClient(config: ClientConfig): Promise<Client> {
  const { Client } = (await import('pg')).default
  const client = new Client(config)
  // Without a listener a lost connection would end the process; the next query reports it.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** Runs `work` with a client of its own, ended afterwards. */
export async function withClient<T>(target: Target, choice: ConnectionChoice, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openClient(target, choice)
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** @throws SafeMigrateError `connection` */
export async function openConnection(database: Database, target: Target): Promise<PostgresqlConnection> {
  const client = await openClient(target)
  const { schema } = parsePostgresqlUrl(target.url.reveal())
  try {
    // As Prisma does: names without a schema mean the schema of the URL.
    if (schema !== null) await client.query(`SET search_path = ${quoteIdentifier(schema)}`)
    const version = await client.query<{ server_version: string }>('SHOW server_version')
    return makeConnection(database, target, client, (version.rows[0]?.server_version ?? '').split(' ')[0] ?? '')
  } catch (error) {
    await client.end().catch(() => {})
    throw connectionError(target, error)
  }
}

/** A connection to another database of the same server, e.g. the maintenance database. */
export async function connectTo(database: Database, target: Target, name: string): Promise<PostgresqlConnection> {
  return openConnection(database, targetOfDatabase(target, name))
}

/** The same server and user, another database. */
export function targetOfDatabase(target: Target, name: string): Target {
  const replaceLast = (text: string, from: string, to: string): string => {
    const at = text.lastIndexOf(from)
    return at < 0 ? text : text.slice(0, at) + to + text.slice(at + from.length)
  }
  return {
    ...target,
    name,
    label: replaceLast(target.label, `"${target.name}"`, `"${name}"`),
    identity: replaceLast(target.identity, `/${encodeURIComponent(target.name)}`, `/${encodeURIComponent(name)}`),
  }
}

/** False when the server answers but has no such database. @throws SafeMigrateError `connection` otherwise */
export async function databaseExists(target: Target): Promise<boolean> {
  try {
    await withClient(target, {}, async () => {})
    return true
  } catch (error) {
    if (error instanceof Error && codeOf(error.cause) === DATABASE_MISSING) return false
    throw error
  }
}

/** A server tells itself from others by the microsecond in which it was started; everybody may ask for that. */
export async function identifyDatabase(connection: Connection): Promise<string> {
  const [row] = await connection.query(
    `SELECT extract(epoch FROM pg_postmaster_start_time())::text AS server, oid::text AS database FROM pg_database WHERE datname = current_database()`,
  )
  return `${String(row?.server)}/${String(row?.database)}`
}

function makeConnection(database: Database, target: Target, client: Client, serverVersion: string): PostgresqlConnection {
  let isOpen = true
  client.on('end', () => {
    isOpen = false
  })
  const query = async (sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> => {
    const result: unknown = parameters.length === 0 ? await client.query(sql) : await client.query(sql, [...parameters])
    return lastRows(result)
  }
  return {
    database,
    target,
    client,
    serverVersion,
    query,
    isOpen: () => isOpen,
    isInTransaction: () => client.getTransactionStatus() !== 'I',
    readOnly: (timeout, work) => runReadOnly(query, client.getTransactionStatus() !== 'I', timeout, work),
    close: async () => {
      if (isOpen) await client.end().catch(() => {})
    },
  }
}

/** Inside a transaction of the caller's (an exported snapshot) it is a savepoint, so that the caller's goes on. */
async function runReadOnly<T>(query: Connection['query'], isNested: boolean, timeout: number, work: () => Promise<T>): Promise<T> {
  await query(isNested ? 'SAVEPOINT safe_migrate_read; SET LOCAL transaction_read_only = on' : 'BEGIN TRANSACTION READ ONLY')
  try {
    await query(`SET LOCAL statement_timeout = ${Math.max(0, Math.trunc(timeout))}`)
    return await work()
  } finally {
    // A lost connection has rolled back by itself; what `work` threw says more than this would.
    await query(isNested ? 'ROLLBACK TO SAVEPOINT safe_migrate_read; RELEASE SAVEPOINT safe_migrate_read' : 'ROLLBACK').catch(() => {})
  }
}

/** The driver gives one result, or one per statement when the text held several. */
function lastRows(result: unknown): readonly Row[] {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result
  if (typeof last !== 'object' || last === null || !('rows' in last)) return []
  return Array.isArray(last.rows) ? last.rows : []
}
