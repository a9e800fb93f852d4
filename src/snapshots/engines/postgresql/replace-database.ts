import type { Connection } from '../../../databases/database.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { findInequalities } from '../../equal-fingerprints.js'
import { readFingerprint } from '../../fingerprint-file.js'
import type { RestoreOutcome, Snapshot, SnapshotContext } from '../../snapshot.js'
import type { DatabaseProperties } from './database-file.js'
import { freshDatabaseName, replacedDatabaseName } from './database-names.js'
import { dropDatabase, hasDatabase } from './drop-database.js'
import { majorOf, withDatabase, withMaintenance } from './maintenance.js'
import { readCopy } from './read-copy.js'
import { requireRoomOnServer } from './server-room.js'
import { swapDatabases } from './swap-databases.js'

/** Bytes. */
const EMPTY_DATABASE = 8_000_000

export interface Replacement {
  readonly properties: DatabaseProperties
  /** Whether definitions come back word for word (a copy) or as the server prints them anew (a dump). */
  readonly isExactCopy: boolean
  /** Creates the database of this name, through the connection to the maintenance database, and fills it. */
  create(maintenance: Connection, name: string, serverMajor: number): Promise<void>
}

/**
 * Restores beside the live database, compares with the snapshot's fingerprint, and only then swaps. The live database is kept under
 * another name. @throws SafeMigrateError `snapshot`; then the live database is as it was and the new one is dropped
 */
export async function replaceDatabase(context: SnapshotContext, snapshot: Snapshot, replacement: Replacement): Promise<RestoreOutcome> {
  const { target } = context.project
  const fresh = freshDatabaseName(target.name)
  try {
    await withMaintenance(target, async (maintenance) => {
      await context.onStep?.('create-database', { database: fresh })
      // Left by a restore that was killed; the run lock keeps others from being at it now.
      await dropDatabase(target, fresh)
      await requireRoomOnServer(context, maintenance, leastBytesOf(snapshot, replacement.properties), {
        why: `It is restored beside what is there now. ${target.label} is as it was.`,
        next: ['Make room on the server, then run the restore again.'],
      })
      await replacement.create(maintenance, fresh, majorOf(maintenance.serverVersion))
    })
    await requireEquality(context, snapshot, fresh, replacement)
    const exists = await hasDatabase(target, target.name)
    const replaced = exists ? replacedDatabaseName(target.name, new Date()) : null
    const swap = { fresh, replaced, properties: replacement.properties }
    const disconnected = await context.withoutConnection(() => swapDatabases(context, swap))
    return { replaced, isProven: true, disconnected }
  } catch (error) {
    await dropDatabase(target, fresh).catch(() => {})
    throw error instanceof SafeMigrateError ? error : restoreError(context, error)
  }
}

/** Its rows take no less than compressed, unless they are on a disk of their own; an empty database is written into the server's log too. */
function leastBytesOf({ manifest: { bytes, details } }: Snapshot, { tablespace }: DatabaseProperties): number {
  const rows = tablespace === 'pg_default' ? Math.max(bytes, Number(details.databaseBytes ?? 0)) : 0
  return rows + 2 * EMPTY_DATABASE
}

/** @throws SafeMigrateError `snapshot` when the database `name` is not what the snapshot shows */
async function requireEquality(context: SnapshotContext, snapshot: Snapshot, name: string, replacement: Replacement): Promise<void> {
  const { target } = context.project
  const expected = await readFingerprint(snapshot)
  const { differences, serverVersion } = await withDatabase(target, name, async (connection) => {
    const actual = await readCopy(context, connection, expected)
    const digests = majorOf(connection.serverVersion) === majorOf(snapshot.manifest.serverVersion)
    const found = findInequalities(expected, actual, {
      digests,
      definitions: replacement.isExactCopy && digests,
      sequences: replacement.isExactCopy,
    })
    return { differences: found, serverVersion: connection.serverVersion }
  })
  if (differences.length > 0) throw unequal(context, snapshot, serverVersion, differences)
}

export function unequal(
  context: SnapshotContext,
  snapshot: Snapshot,
  serverVersion: string,
  differences: readonly string[],
): SafeMigrateError {
  const shown = differences.slice(0, 5).join('; ')
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : ''
  const { serverVersion: before } = snapshot.manifest
  const versions = serverVersion === before ? '' : ` The snapshot was taken on PostgreSQL ${before}, this is ${serverVersion}.`
  return new SafeMigrateError({
    code: 'snapshot',
    message: `What snapshot ${snapshot.id} gave back is not what it shows.`,
    why: `It differs: ${shown}${more}.${versions} ${context.project.target.label} is as it was.`,
    next: ['Use another snapshot: safe-migrate snapshot list'],
  })
}

function restoreError(context: SnapshotContext, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} could not be restored.`,
    why: `${messageOf(error)}. It is as it was.`,
    cause: error,
  })
}
