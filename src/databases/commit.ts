import { messageOf, SafeMigrateError } from '../errors.js'
import type { Connection } from './database.js'

export interface LostCommit {
  /** What is committed, for people, with its verb: `the rows were`. */
  readonly what: string
  /** How to find out. */
  readonly next: string
}

/** @throws SafeMigrateError `connection` when the answer is lost: nobody knows then whether it was committed */
export async function commit(connection: Connection, label: string, { what, next }: LostCommit): Promise<void> {
  await connection.query('COMMIT').catch((error: unknown) => {
    if (!connection.database.isConnectionLost(error)) throw error
    throw new SafeMigrateError({
      code: 'connection',
      message: `The connection to ${label} was lost while ${what} being committed.`,
      why: `${messageOf(error)}. Either all of it is done or nothing.`,
      next: [`To see which: ${next}`],
      cause: error,
    })
  })
}
