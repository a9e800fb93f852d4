import type { Connection, Database, Target } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'

/** The run's one connection to the database; it can be set aside where the database must have no users. */
export interface Session {
  /** @throws SafeMigrateError `connection` while there is no such database */
  readonly connection: Connection
  /** Closes the connection for the time of `work` (copying or renaming a database needs everybody out). */
  withoutConnection<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * @param mayBeMissing for a restore: there may be no such database before it
 * @throws SafeMigrateError `connection`
 */
export async function openSession(database: Database, target: Target, mayBeMissing = false): Promise<Session> {
  const connect = async () => (mayBeMissing && !(await database.exists(target)) ? null : database.connect(target))
  let connection = await connect()
  return {
    get connection() {
      if (connection !== null) return connection
      throw new SafeMigrateError({
        code: 'connection',
        message: `${target.label} does not exist.`,
        next: ['To bring it back: safe-migrate restore'],
      })
    },
    async withoutConnection(work) {
      await connection?.close()
      try {
        return await work()
      } finally {
        connection = await connect()
      }
    },
    close: async () => connection?.close(),
  }
}
