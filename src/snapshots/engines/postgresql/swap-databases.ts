import { commit } from '../../../databases/commit.js'
import type { Target } from '../../../databases/database.js'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { codeOf } from '../../../databases/postgresql/connection-errors.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { quoteIdentifier as quote } from '../../../util/names.js'
import type { SnapshotContext } from '../../snapshot.js'
import type { DatabaseProperties } from './database-file.js'
import { propertiesSql } from './database-sql.js'
import { withMaintenance } from './maintenance.js'
import { type DatabaseSession, describeSessions, readSessions, terminateSessions } from './sessions.js'

/** SQLSTATE of "is being accessed by other users". */
const OBJECT_IN_USE = '55006'
const ATTEMPTS = 5
const TERMINATE_INTERVAL = 50

export interface Swap {
  /** The database that takes the target's name. */
  readonly fresh: string
  /** The name that the target's present database gets; null when there is none. */
  readonly replaced: string | null
  readonly properties: DatabaseProperties
}

/**
 * Puts another database in the place of the target's, in one transaction: at every moment there is exactly one under that name. While
 * the rename waits it holds the lock that new connections need, so those already there can be ended and none follow; no setting is left
 * behind that would keep people out after a crash. The caller has closed its own connection.
 * @returns who was disconnected, for people
 * @throws SafeMigrateError `snapshot`; then nothing was renamed
 */
export async function swapDatabases(context: SnapshotContext, swap: Swap): Promise<readonly string[]> {
  const { target } = context.project
  return withMaintenance(target, (connection) =>
    withMaintenance(target, async (helper) => {
      const ended: DatabaseSession[] = []
      await context.onStep?.('swap-databases', { database: target.name, fresh: swap.fresh, replaced: swap.replaced })
      await connection.query('BEGIN')
      try {
        if (swap.replaced !== null) await renameInUse(connection, helper, target, swap.replaced, ended)
        await connection.query(`ALTER DATABASE ${quote(swap.fresh)} RENAME TO ${quote(target.name)}`)
        for (const sql of propertiesSql(target.name, swap.properties)) await connection.query(sql)
        await commit(connection, target.label, { what: 'the restored database was', next: 'safe-migrate status' })
      } catch (error) {
        await connection.query('ROLLBACK').catch(() => {})
        throw error instanceof SafeMigrateError ? error : notSwapped(target, messageOf(error), error)
      }
      return describeSessions(ended)
    }),
  )
}

/** Renames the target's database although people use it. Leaves the transaction open. */
async function renameInUse(
  connection: PostgresqlConnection,
  helper: PostgresqlConnection,
  target: Target,
  name: string,
  ended: DatabaseSession[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await connection.query('SAVEPOINT rename')
    const rename = connection.query(`ALTER DATABASE ${quote(target.name)} RENAME TO ${quote(name)}`)
    const outcome = rename.then(
      () => null,
      (error: unknown) => ({ error }),
    )
    await endSessionsUntil(outcome, helper, target, ended)
    const failure = await outcome
    if (failure === null) return
    if (codeOf(failure.error) !== OBJECT_IN_USE) throw failure.error
    if (attempt === ATTEMPTS) throw await inUse(helper, target, failure.error)
    await connection.query('ROLLBACK TO SAVEPOINT rename')
  }
}

/** Ends everybody's sessions in the target's database, again and again, until `outcome` is there. */
async function endSessionsUntil(
  outcome: Promise<unknown>,
  helper: PostgresqlConnection,
  target: Target,
  ended: DatabaseSession[],
): Promise<void> {
  let isOver = false
  outcome.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const sessions = await readSessions(helper, target.name)
    ended.push(...sessions.filter((session) => !ended.some((other) => other.pid === session.pid)))
    if (sessions.length > 0) {
      // Superusers' sessions can only be ended by superusers; the rename then fails and says who is left.
      await terminateSessions(helper, sessions).catch(() => {})
    }
    await Promise.race([outcome, new Promise((resolve) => setTimeout(resolve, TERMINATE_INTERVAL))])
  }
}

async function inUse(helper: PostgresqlConnection, target: Target, error: unknown): Promise<SafeMigrateError> {
  const left = describeSessions(await readSessions(helper, target.name))
  const why = left.length > 0 ? `Still connected: ${left.join('; ')}.` : messageOf(error)
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${target.label} could not be replaced: it is in use, and the sessions could not be ended.`,
    why: `${why} It is as it was.`,
    next: ['Stop these programs, or run the restore as a role that may end their sessions (pg_signal_backend).'],
    cause: error,
  })
}

function notSwapped(target: Target, why: string, cause: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${target.label} could not be replaced.`,
    why: `${why}. It is as it was.`,
    next: ['Run the restore again; as the owner of the database or a superuser if rights were missing.'],
    cause,
  })
}
