import type { TableFingerprint } from '../../databases/fingerprint.js'
import { findEngine } from '../engines/index.js'
import { readFingerprint } from '../fingerprint-file.js'
import { requireSameTarget } from '../restore-snapshot.js'
import type { OpenedTable, Snapshot, SnapshotContext, SnapshotTable } from '../snapshot.js'
import { withVerified } from '../verify-snapshot.js'

/** Where rows come from. */
export interface PartSource {
  /** For people: `Snapshot 2026…-shop`. */
  readonly name: string
  readonly tables: readonly TableFingerprint[]
  /** Whether a table may be found again by its id: it is the same database. */
  readonly isSameDatabase: boolean
  openTable(context: SnapshotContext, table: SnapshotTable): Promise<OpenedTable>
}

/** @param force also from a snapshot of another database @throws SafeMigrateError `snapshot` when it is damaged */
export async function withSnapshotSource<T>(
  context: SnapshotContext,
  snapshot: Snapshot,
  force: boolean,
  work: (source: PartSource) => Promise<T>,
): Promise<T> {
  if (!force) requireSameTarget(context, snapshot)
  return withVerified(context, snapshot, async (readable) => {
    const engine = findEngine(snapshot.manifest.engine)
    return work({
      name: `Snapshot ${snapshot.id}`,
      tables: (await readFingerprint(readable)).tables,
      isSameDatabase: snapshot.manifest.targetIdentity === context.project.target.identity,
      openTable: (now, table) => engine.openTable(now, readable, table),
    })
  })
}
