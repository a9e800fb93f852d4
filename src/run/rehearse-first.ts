import { withReadable } from '../snapshots/encryption/open-snapshot.js'
import { findUnchanged } from '../snapshots/find-unchanged.js'
import { emptyReport } from './empty-report.js'
import { type Plan, summarizePlan } from './plan.js'
import { type Protection, protect } from './protect.js'
import type { Rehearsal } from './rehearsal-report.js'
import { adviseBad, rehearseShown } from './rehearse.js'
import type { RunReport } from './report.js'
import { type Run, snapshotContext } from './run.js'

/** What `deploy` does between its snapshot and Prisma. @returns `stopped`: the report of a run that goes no further, because the rehearsal was bad */
export async function rehearseFirst(
  run: Run,
  plan: Plan,
  { snapshot, summary }: Protection,
): Promise<{ readonly rehearsal: Rehearsal; readonly stopped: RunReport | null }> {
  const { rehearsal } = await withReadable(snapshotContext(run), snapshot, (readable) => rehearseShown(run, readable, async () => plan))
  if (rehearsal.verdict === 'good') return { rehearsal, stopped: null }
  const stopped = { ...emptyReport(run, 'deploy', 'rehearsal-bad'), ...summarizePlan(plan), snapshot: summary, rehearsal }
  return { rehearsal, stopped: { ...stopped, next: adviseBad(plan, rehearsal) } }
}

/** A rehearsal takes its time: what was written meanwhile must be in the snapshot that a restore would go back to. */
export async function renewProtection(run: Run, protection: Protection): Promise<Protection | null> {
  const same = await findUnchanged(snapshotContext(run), run.store, { exact: false, engine: protection.snapshot.manifest.engine })
  if (same?.snapshot.id === protection.snapshot.id) return protection
  run.ui.show({ type: 'notice', message: 'Something was written to the database during the rehearsal: another snapshot is taken.' })
  return protect(run, 'deploy')
}
