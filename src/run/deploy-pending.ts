import { SafeMigrateError } from '../errors.js'
import { type Migration, pendingMigrations, readHistory } from '../project/history.js'
import { concludeRun } from './conclude.js'
import { adviseBlocked, askConsent } from './consent.js'
import type { DeployOptions } from './deploy.js'
import { emptyReport, endRun } from './empty-report.js'
import { applyPending } from './migrate.js'
import { beginPlan, makeEmptyPlan, makePlan, type Plan, summarizePlan } from './plan.js'
import { type Protection, protect } from './protect.js'
import type { RunReport } from './report.js'
import { requirePending } from './require-pending.js'
import { beginJournal, type Run, stopIfAborted, timed, withRun, withRunLock } from './run.js'
import { settleUnfinished } from './unfinished.js'

/** The database is there; something may be pending, or a run unfinished. */
export async function deployExisting(options: DeployOptions): Promise<RunReport> {
  return withRunLock(options, async (lock) => {
    const settled = await settleUnfinished(options, lock)
    return settled ?? withRun(options, lock, 'deploy', (run) => deployLocked(run, options))
  })
}

async function deployLocked(run: Run, { passedOn }: DeployOptions): Promise<RunReport> {
  const pending = await requirePending(run, run.session.connection)
  if (pending.length === 0) return endRun(run, emptyReport(run, 'deploy', 'nothing-pending'))
  return endRun(run, await deployPending(run, 'deploy', pending, passedOn))
}

/** Findings, consent, snapshot, `prisma migrate deploy`, comparison, recovery. The caller ends the run. */
export async function deployPending(
  run: Run,
  command: 'deploy' | 'dev',
  pending: readonly Migration[],
  passedOn: readonly string[] = [],
): Promise<RunReport> {
  const planned = await timed(run, 'plan', () => makePlan(run.project, run.session, pending, run.config, { onProgress: run.ui.progress }))
  run.ui.show({ type: 'plan', plan: planned })
  const { plan, verdict } = await askConsent(run, planned)
  if (verdict !== null) return { ...emptyReport(run, command, verdict), ...summarizePlan(plan), next: adviseBlocked(plan) }
  await stopIfAborted(run.ui, 'before the snapshot')
  if (command === 'deploy' && run.config.rehearse) return rehearseAndApply(run, plan, passedOn)
  return applyProtected(run, command, plan, await protect(run, command), passedOn)
}

async function applyProtected(
  run: Run,
  command: 'deploy' | 'dev',
  plan: Plan,
  protection: Protection | null,
  passedOn: readonly string[],
): Promise<RunReport> {
  await stopIfAborted(run.ui, 'after the snapshot, before the migration')
  const begun = await beginPlan(plan, run.session)
  const end = await applyPending(run, begun, protection, passedOn)
  return concludeRun(run, command, begun, protection, end)
}

/** The same with a rehearsal on a copy between the snapshot and Prisma; a bad one stops the run. */
async function rehearseAndApply(run: Run, plan: Plan, passedOn: readonly string[]): Promise<RunReport> {
  const { readPending, requireOnItsOwn } = await import('./rehearsal.js')
  const { rehearseFirst, renewProtection } = await import('./rehearse-first.js')
  await requireOnItsOwn(run, await readPending(run))
  const protection = await protect(run, 'deploy')
  if (protection === null) return applyProtected(run, 'deploy', plan, null, passedOn)
  const { rehearsal, stopped } = await rehearseFirst(run, plan, protection)
  if (stopped !== null) return stopped
  const report = await applyProtected(run, 'deploy', plan, await renewProtection(run, protection), passedOn)
  return { ...report, rehearsal }
}

/** Prisma creates the database; there is nothing to protect and nothing to compare with. */
export async function deployNew(options: DeployOptions): Promise<RunReport> {
  const { project, ui, config } = options
  const plan = await makeEmptyPlan(project, pendingMigrations(await readHistory(project, null)), config)
  ui.show({ type: 'plan', plan })
  ui.show({ type: 'snapshot-needless', why: `${project.target.label} does not exist yet: nothing to lose, so no snapshot.` })
  return withRunLock(options, async (lock) => {
    const journal = beginJournal(options, 'deploy')
    const end = await applyPending({ ...options, lock, journal, seconds: {} }, plan, null, options.passedOn)
    if (await project.database.exists(project.target))
      return withRun(options, lock, journal, async (run) => endRun(run, await concludeRun(run, 'deploy', plan, null, end)))
    journal.end('failed-kept')
    throw new SafeMigrateError({
      code: 'prisma',
      message: `Prisma ended with exit code ${end.exitCode} and created no database.`,
      next: ['Read Prisma’s message above.'],
    })
  })
}
