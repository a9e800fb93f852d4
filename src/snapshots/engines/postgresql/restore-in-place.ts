import { commit } from '../../../databases/commit.js'
import { isUserSchema } from '../../../databases/postgresql/catalog-sql.js'
import { connectTo, type PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { findInequalities, readingLike } from '../../equal-fingerprints.js'
import { readFingerprint } from '../../fingerprint-file.js'
import { requireUnwritten } from '../../require-unwritten.js'
import type { RestoreOptions, RestoreOutcome, Snapshot, SnapshotContext } from '../../snapshot.js'
import { type ClearedDatabase, clearDatabase } from './clear-database.js'
import { type DatabaseFile, readDatabaseFile } from './database-file.js'
import { majorOf } from './maintenance.js'
import { unequal } from './replace-database.js'

/** Milliseconds to wait for others' locks on tables. */
const LOCK_TIMEOUT = 30_000

/** Makes everything of a snapshot in the emptied database, inside the open transaction of this connection. */
export type FillDatabase = (connection: PostgresqlConnection, cleared: ClearedDatabase, file: DatabaseFile) => Promise<void>

/**
 * For a role that may not create or rename databases: empties the database and lets `fill` make the snapshot's contents in it, all in one transaction that is
 * only committed when the fingerprint proves equal. Others see the old state until then, or wait.
 * @throws SafeMigrateError `snapshot`; then the transaction was rolled back
 */
export async function restoreInPlace(
  context: SnapshotContext,
  snapshot: Snapshot,
  { kept }: RestoreOptions,
  fill: FillDatabase,
): Promise<RestoreOutcome> {
  const { target } = context.project
  const connection = await connectTo(postgresql, target, target.name)
  try {
    await connection.query(`SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = ${LOCK_TIMEOUT}`)
    await context.onStep?.('replace-contents', { database: target.name })
    await connection.query('BEGIN')
    await lockTables(connection)
    if (kept) await requireUnwritten(context, connection, kept)
    await replaceContents(context, snapshot, connection, fill)
    await commit(connection, target.label, { what: 'what was restored was', next: `safe-migrate restore ${snapshot.id} --dry-run` })
    return { replaced: null, isProven: true, disconnected: [] }
  } catch (error) {
    throw error instanceof SafeMigrateError ? error : inPlaceError(context, error)
  } finally {
    await connection.close() // what is not committed by now is rolled back
  }
}

/** Those that this role may drop; where there are others it fails later. */
async function lockTables(connection: PostgresqlConnection): Promise<void> {
  const rows = await connection.query(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND ${isUserSchema('n.nspname')} AND pg_has_role(c.relowner, 'USAGE') ORDER BY c.oid`,
  )
  if (rows.length > 0) await connection.query(`LOCK TABLE ${rows.map(({ name }) => String(name)).join(', ')} IN ACCESS EXCLUSIVE MODE`)
}

async function replaceContents(
  context: SnapshotContext,
  snapshot: Snapshot,
  connection: PostgresqlConnection,
  fill: FillDatabase,
): Promise<void> {
  const file = await readDatabaseFile(snapshot)
  await fill(connection, await clearDatabase(connection, file), file)
  await connection.query('SET row_security = off; ANALYZE')
  const expected = await readFingerprint(snapshot)
  const actual = await postgresql.fingerprint(connection, { ...readingLike(expected), onProgress: context.onProgress })
  const digests = majorOf(connection.serverVersion) === majorOf(snapshot.manifest.serverVersion)
  const differences = findInequalities(expected, actual, { digests, definitions: false, sequences: false })
  if (differences.length > 0) throw unequal(context, snapshot, connection.serverVersion, differences)
}

function inPlaceError(context: SnapshotContext, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} could not be restored.`,
    why: `${messageOf(error)}. It is as it was: everything was undone.`,
    next: [
      'If rights are missing: run the restore as the owner of the database with CREATEDB, or as a superuser.',
      'If a lock was not to be had: stop the programs that use the database, then run the restore again.',
    ],
    cause: error,
  })
}

/** @throws SafeMigrateError `snapshot` when what is there now would be overwritten and is in no snapshot */
export function requireKept(context: SnapshotContext, isKept: boolean, why: string): void {
  if (isKept) return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} cannot be swapped, only overwritten, and what is there now is in no snapshot.`,
    why,
    next: ['Take a snapshot first: safe-migrate snapshot create'],
  })
}
