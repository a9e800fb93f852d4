import { SafeMigrateError } from '../errors.js'
import { adoptReplaced, settleLeftovers } from './adopt-replaced.js'
import { findEngine } from './engines/index.js'
import { findInequalities, readingLike } from './equal-fingerprints.js'
import { readFingerprint } from './fingerprint-file.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'
import type { Store } from './store.js'
import { removeStalePartials, takeSnapshot } from './take-snapshot.js'
import { withVerified } from './verify-snapshot.js'
import { readKeysOf } from './write-description.js'

export interface RestoreOptions {
  readonly store: Store
  /** Also from a snapshot of another database. */
  readonly force?: boolean
}

export interface RestoredSnapshot {
  /** What was there before, as a snapshot; null when nothing was there, or see `notices`. */
  readonly replacedSnapshot: Snapshot | null
  /** Sessions that were ended, for people. */
  readonly disconnected: readonly string[]
  /** For people: what is worth knowing afterwards. */
  readonly notices: readonly string[]
}

/**
 * Replaces the project's database by a snapshot: verify it, keep what is there now, replace in one atomic step, prove that both are equal.
 * @throws SafeMigrateError `snapshot`; the database is then as it was
 */
export async function restoreSnapshot(context: SnapshotContext, snapshot: Snapshot, options: RestoreOptions): Promise<RestoredSnapshot> {
  if (options.force !== true) requireSameTarget(context, snapshot)
  // What keeps the present state is to be encrypted too: known before anything is replaced.
  await readKeysOf(context)
  return withVerified(context, snapshot, (readable) => restoreVerified(context, readable, options), true)
}

async function restoreVerified(context: SnapshotContext, snapshot: Snapshot, options: RestoreOptions): Promise<RestoredSnapshot> {
  const engine = findEngine(snapshot.manifest.engine)
  await removeStalePartials(context, options.store)
  const earlier = await settleLeftovers(context, options.store)
  const isThere = await context.project.database.exists(context.project.target)
  const needsCopy = isThere && !(await engine.keepsReplaced(context, snapshot))
  const before = needsCopy ? await takeSnapshot(context, { store: options.store, reason: 'before restore' }) : null
  const outcome = await engine.restore(context, snapshot, { isKept: before !== null || !isThere, kept: before })
  const proof = outcome.isProven ? [] : await findRestoreDifferences(context, snapshot)
  const kept = outcome.replaced === null ? null : await adoptReplaced(context, engine, outcome.replaced, options.store)
  if (proof.length > 0) throw notEqual(context, snapshot, proof, before?.id ?? outcome.replaced)
  return {
    replacedSnapshot: before ?? kept?.snapshot ?? null,
    disconnected: outcome.disconnected,
    notices: [...earlier, kept?.snapshot ? null : kept?.notice].filter((notice) => typeof notice === 'string'),
  }
}

/** @throws SafeMigrateError `snapshot` when it is of another database than the project's */
export function requireSameTarget(context: Pick<SnapshotContext, 'project'>, snapshot: Snapshot): void {
  const { target } = context.project
  if (snapshot.manifest.targetIdentity === target.identity) return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} is of ${snapshot.manifest.target}, and the project's database is ${target.label}.`,
    why: 'Restoring it would replace one database by another.',
    next: ['Use a snapshot of this database: safe-migrate snapshot list'],
  })
}

/** What differs from the snapshot, for people. Only for engines whose copy is exact, on the same version of the database. */
export async function findRestoreDifferences(context: SnapshotContext, snapshot: Snapshot): Promise<string[]> {
  const expected = await readFingerprint(snapshot)
  const reading = { ...readingLike(expected), onProgress: context.onProgress }
  const actual = await context.project.database.fingerprint(context.connection, reading)
  return findInequalities(expected, actual, { digests: true, definitions: true, sequences: true })
}

function notEqual(context: SnapshotContext, snapshot: Snapshot, differences: readonly string[], kept: string | null): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} was restored, but is not what snapshot ${snapshot.id} shows.`,
    why: `${differences.slice(0, 5).join('; ')}. Perhaps another program has written to it since.`,
    next: kept === null ? [] : [`What was there before is kept: ${kept}`],
  })
}
