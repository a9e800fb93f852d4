import type { Fingerprint } from '../databases/fingerprint.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { takeSnapshot } from '../snapshots/take-snapshot.js'
import type { InvariantReading } from '../verify/invariants.js'
import { readInvariantsBefore, requireInvariants } from './invariants.js'
import { pruneAfterSnapshot } from './prune.js'
import type { SnapshotSummary } from './report.js'
import { type Run, snapshotContext, timed } from './run.js'

/** The snapshot a run can go back to, with the fingerprint of that very moment. */
export interface Protection {
  readonly snapshot: Snapshot
  readonly before: Fingerprint
  /** Of that moment too. */
  readonly invariants: readonly InvariantReading[]
  readonly summary: SnapshotSummary
}

/**
 * Takes and verifies the snapshot. Null when the database holds no tables: there is nothing to lose.
 * @throws SafeMigrateError `snapshot`; nothing was changed
 */
export async function protect(run: Run, purpose: 'deploy' | 'dev'): Promise<Protection | null> {
  const catalog = await run.project.database.readCatalog(run.session.connection)
  if (catalog.tables.length === 0) {
    run.ui.show({ type: 'snapshot-needless', why: `${run.project.target.label} has no tables yet: nothing to lose, so no snapshot.` })
    return null
  }
  await requireInvariants(run)
  let invariants: readonly InvariantReading[] = []
  const context = snapshotContext(run, {
    onFingerprint: async (connection) => {
      invariants = await readInvariantsBefore(run, connection)
    },
  })
  run.journal.record('snapshot')
  const taken = await timed(run, 'snapshot', () =>
    takeSnapshot(context, {
      store: run.store,
      reason: purpose,
      engine: run.config.engine,
      onChosen: (choice) => run.ui.show({ type: 'snapshot-chosen', engine: choice.engine.id, why: choice.why }),
      onNotice: (message) => run.ui.show({ type: 'notice', message }),
    }),
  )
  run.journal.record('snapshot-taken', { snapshot: taken.id })
  run.ui.show({ type: 'snapshot-taken', snapshot: taken, seconds: run.seconds.snapshot ?? 0 })
  await pruneAfterSnapshot(run, snapshotContext(run), run.store)
  return { snapshot: taken, before: taken.fingerprint, invariants, summary: summarizeSnapshot(taken, taken.choice.why) }
}

/** What the journal must know of it before anything is migrated. */
export function protectedBy(protection: Protection | null): Readonly<Record<string, unknown>> {
  return { snapshot: protection?.snapshot.id ?? null, invariants: protection?.invariants ?? [] }
}

export function summarizeSnapshot(snapshot: Snapshot, why: string): SnapshotSummary {
  const { engine, bytes, notCarried = [] } = snapshot.manifest
  const missing = notCarried.length === 0 ? '' : `not in the snapshot: ${notCarried.join(', ')}`
  return { id: snapshot.id, engine, folder: snapshot.folder, bytes, why: [why, missing].filter((part) => part !== '').join('; ') }
}
