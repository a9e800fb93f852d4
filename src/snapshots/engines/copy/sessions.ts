import type { Target } from '../../../databases/database.js'
import { STABLE_SETTINGS } from '../../../databases/postgresql/canonical.js'
import { connectTo, type PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'

/** Whatever the database or the role sets, rows are written and read in one form, and nothing waits or is hidden. */
const SETTINGS = [
  ...STABLE_SETTINGS.map((sql) => sql.replace('SET LOCAL ', 'SET ')),
  "SET search_path = ''",
  'SET row_security = off',
  'SET standard_conforming_strings = on',
  'SET quote_all_identifiers = off',
  'SET xmloption = content',
  'SET statement_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
]

/** For making a database: the bodies of functions are taken as they are, and a lost server only loses the new database. */
export const LOADING_SETTINGS = [
  ...SETTINGS,
  'SET lock_timeout = 0',
  'SET check_function_bodies = off',
  'SET client_min_messages = warning',
  "SET default_tablespace = ''",
  'SET default_table_access_method = heap',
]

/** Only where everything is done in a new database. Index builds dominate a restore (FACTS.md). */
export const NEW_DATABASE_SETTINGS = ['SET synchronous_commit = off', "SET maintenance_work_mem = '128MB'"]

/** Milliseconds to wait for others' locks on tables: without a limit a forgotten transaction would hold us up for ever. */
const LOCK_TIMEOUT = 60_000

export const READING_SETTINGS = [...SETTINGS, `SET lock_timeout = ${LOCK_TIMEOUT}`]

/** Runs `work` with `count` connections to one database of the target's server. */
export async function withConnections<T>(
  target: Target,
  database: string,
  count: number,
  settings: readonly string[],
  work: (connections: readonly PostgresqlConnection[]) => Promise<T>,
): Promise<T> {
  const connections: PostgresqlConnection[] = []
  try {
    while (connections.length < count) {
      const connection = await connectTo(postgresql, target, database)
      connections.push(connection)
      await connection.query(settings.join('; '))
    }
    return await work(connections)
  } finally {
    await Promise.all(connections.map((connection) => connection.close()))
  }
}
