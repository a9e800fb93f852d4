import { z } from 'zod'
import { SafeMigrateError } from '../errors.js'
import { settleLeftovers } from '../snapshots/adopt-replaced.js'
import { withReadable } from '../snapshots/encryption/open-snapshot.js'
import { FINGERPRINT_FILE } from '../snapshots/fingerprint-file.js'
import { findRestoreDifferences } from '../snapshots/restore-snapshot.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { emptyReport, endRun } from './empty-report.js'
import type { JournalRecord } from './journal.js'
import { summarizeSnapshot } from './protect.js'
import { restore } from './recover.js'
import type { RunReport } from './report.js'
import { type Run, snapshotContext } from './run.js'

const restoreSchema = z.looseObject({ known: z.array(z.string()).optional(), undoes: z.boolean().optional() })

/** Whether it was somebody's wish, so that undoing it means what was there before it: a restore within another run is that run's own undoing. */
export function isRestoreOfItsOwn({ head, steps }: JournalRecord): boolean {
  const last = restoreSchema.safeParse(steps.findLast((one) => one.step === 'restore')).data
  return head.command === 'restore' && last !== undefined && last.undoes !== true
}

/**
 * Goes back to before an interrupted restore. It replaced the database in one step or not at all: in the latter case everything is as it was.
 * @throws SafeMigrateError `snapshot`
 */
export async function undoRestore(run: Run, record: JournalRecord, snapshot: Snapshot): Promise<RunReport> {
  const context = snapshotContext(run)
  for (const message of await settleLeftovers(context, run.store)) run.ui.show({ type: 'notice', message })
  if (!(await isReplaced(run, snapshot))) return endRun(run, emptyReport(run, 'undo', 'abandoned'))
  const kept = await findKept(run, record)
  if (kept === null) throw nothingKept(snapshot)
  const recovery = await restore(run, kept, 'asked', { undoes: true })
  return endRun(run, { ...emptyReport(run, 'undo', 'restored'), snapshot: summarizeSnapshot(kept, ''), recovery })
}

async function isReplaced(run: Run, snapshot: Snapshot): Promise<boolean> {
  if (!(await run.project.database.exists(run.project.target))) return true
  const context = snapshotContext(run)
  const differences = await withReadable(context, snapshot, (readable) => findRestoreDifferences(context, readable), [FINGERPRINT_FILE])
  return differences.length === 0
}

/** What the restore kept: the snapshot that was not there when it began. Not told by times, as clocks are set back. */
async function findKept({ store, project }: Run, { steps }: JournalRecord): Promise<Snapshot | null> {
  const { known = [] } = restoreSchema.parse(steps.findLast((one) => one.step === 'restore'))
  const { usable } = await store.list()
  return (
    usable.find(
      ({ id, manifest }) =>
        manifest.reason === 'before restore' && manifest.targetIdentity === project.target.identity && !known.includes(id),
    ) ?? null
  )
}

function nothingKept({ id }: Snapshot): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The database is as in snapshot ${id}, and there is no snapshot of what was there before that restore.`,
    why: 'Perhaps nothing was there, or it was the same.',
    next: ['safe-migrate snapshot list shows the others.', 'To close the run as it is: safe-migrate status --resume'],
  })
}
