import type { Row, Target } from '../../../databases/database.js'
import { connectTo, MAINTENANCE_DATABASE, type PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'

/** Databases from which others can be created, renamed and dropped. */
const MAINTENANCE_DATABASES = [MAINTENANCE_DATABASE, 'template1']

/** Connects to a database of the target's server by name; closed after `work`. The server's time limits do not apply. */
export async function withDatabase<T>(target: Target, name: string, work: (connection: PostgresqlConnection) => Promise<T>): Promise<T> {
  const connection = await connectTo(postgresql, target, name)
  try {
    await connection.query('SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0')
    return await work(connection)
  } finally {
    await connection.close()
  }
}

/** Connects to a database other than the target's own. @throws SafeMigrateError `snapshot` when there is none we may connect to */
export async function withMaintenance<T>(target: Target, work: (connection: PostgresqlConnection) => Promise<T>): Promise<T> {
  const connection = await openMaintenance(target)
  try {
    await connection.query('SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0')
    return await work(connection)
  } finally {
    await connection.close()
  }
}

async function openMaintenance(target: Target): Promise<PostgresqlConnection> {
  let last: unknown = null
  for (const name of MAINTENANCE_DATABASES.filter((candidate) => candidate !== target.name)) {
    try {
      return await connectTo(postgresql, target, name)
    } catch (error) {
      last = error
    }
  }
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `This user may connect to no database beside "${target.name}", so it cannot be copied or renamed.`,
    why: messageOf(last),
    next: [`Allow it: GRANT CONNECT ON DATABASE ${MAINTENANCE_DATABASE} TO … (or a line in pg_hba.conf)`],
  })
}

/** The first row, for queries that always give one. */
export function firstRow(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('the server gave no row')
  return row
}

/** `15.20` → 15. */
export function majorOf(version: string): number {
  return Number.parseInt(version, 10)
}
