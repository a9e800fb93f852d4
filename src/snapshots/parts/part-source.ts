import type { TableFingerprint } from '../../databases/fingerprint.js'
import { findEngine } from '../engines/index.js'
import { readFingerprint } from '../fingerprint-file.js'
import { requireSameTarget } from '../restore-snapshot.js'
import type { OpenedTable, Snapshot, SnapshotContext, SnapshotTable } from '../snapshot.js'
import { verifySnapshot } from '../verify-snapshot.js'

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
export async function sourceOfSnapshot(context: SnapshotContext, snapshot: Snapshot, force: boolean): Promise<PartSource> {
  if (!force) requireSameTarget(context, snapshot)
  await verifySnapshot(context, snapshot)
  const engine = findEngine(snapshot.manifest.engine)
  return {
    name: `Snapshot ${snapshot.id}`,
    tables: (await readFingerprint(snapshot)).tables,
    isSameDatabase: snapshot.manifest.targetIdentity === context.project.target.identity,
    openTable: (now, table) => engine.openTable(now, snapshot, table),
  }
}
