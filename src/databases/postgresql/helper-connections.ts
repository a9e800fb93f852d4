import { availableParallelism } from 'node:os'
import { quoteText } from '../../util/names.js'
import type { Connection } from '../database.js'
import { connectTo, type PostgresqlConnection } from './connection.js'

const MOST_CONNECTIONS = 4
/** Milliseconds: somebody who waits for an exclusive lock lets nobody else in, and may be waiting for us. */
const LOCK_TIMEOUT = 1000

/**
 * Opens connections that see the moment of an exported snapshot, to read at once what one would read in turn; as many as can be had, perhaps none.
 * https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
 * @param moment as `pg_export_snapshot` gave it; its transaction must stay open
 * @param settings for the transaction, each a `SET LOCAL`
 */
export async function withHelpers<T>(
  connection: Connection,
  moment: string | null,
  settings: readonly string[],
  work: (helpers: readonly Connection[]) => Promise<T>,
): Promise<T> {
  const helpers: PostgresqlConnection[] = []
  try {
    const count = moment === null ? 0 : Math.max(2, Math.min(MOST_CONNECTIONS, availableParallelism())) - 1
    while (helpers.length < count) {
      const helper = await openHelper(connection, String(moment), settings).catch(() => null)
      if (helper === null) break
      helpers.push(helper)
    }
    return await work(helpers)
  } finally {
    await Promise.all(helpers.map((helper) => helper.close()))
  }
}

async function openHelper(connection: Connection, moment: string, settings: readonly string[]): Promise<PostgresqlConnection> {
  const [row] = await connection.query('SELECT current_database() AS name')
  const helper = await connectTo(connection.database, connection.target, String(row?.name))
  try {
    const begin = `BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${quoteText(moment)}`
    await helper.query([begin, ...settings, `SET LOCAL lock_timeout = ${LOCK_TIMEOUT}`].join('; '))
    return helper
  } catch (error) {
    await helper.close()
    throw error
  }
}
