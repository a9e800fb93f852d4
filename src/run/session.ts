import type { Connection, Database, Target } from '../databases/database.js'

/** The run's one connection to the database; it can be set aside where the database must have no users. */
export interface Session {
  readonly connection: Connection
  /** Closes the connection for the time of `work` (copying or renaming a database needs everybody out). */
  withoutConnection<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** @throws SafeMigrateError `connection` */
export async function openSession(database: Database, target: Target): Promise<Session> {
  let connection = await database.connect(target)
  return {
    get connection() {
      return connection
    },
    async withoutConnection(work) {
      await connection.close()
      try {
        return await work()
      } finally {
        connection = await database.connect(target)
      }
    },
    close: () => connection.close(),
  }
}
