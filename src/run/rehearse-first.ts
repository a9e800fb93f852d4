import type { TableFingerprint } from '../databases/fingerprint.js'
import { withReadable } from '../snapshots/encryption/open-snapshot.js'
import { findUnchanged } from '../snapshots/find-unchanged.js'
import { displayName } from '../util/names.js'
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
  run.ui.show({ type: 'notice', message: whyAnother(protection.before.tables) })
  return protect(run, 'deploy')
}

/** For people. */
export function whyAnother(tables: readonly Pick<TableFingerprint, 'schema' | 'name' | 'level'>[]): string {
  const less = tables
    .filter(({ level, name }) => level === 'counts' && name !== '_prisma_migrations')
    .map(({ schema, name }) => displayName(schema, name))
  if (less.length === 0) return 'Something was written to the database during the rehearsal: another snapshot is taken.'
  const names = `${less.slice(0, 5).join(', ')}${less.length > 5 ? ` and ${less.length - 5} more` : ''}`
  return `Whether something was written to the database during the rehearsal cannot be told, as the values of ${names} were not read (verify): another snapshot is taken.`
}
