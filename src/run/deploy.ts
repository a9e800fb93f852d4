import { SafeMigrateError } from '../errors.js'
import { failedMigrations, type Migration, type MigrationHistory, pendingMigrations, readHistory } from '../project/history.js'
import { concludeRun, emptyReport, endRun } from './conclude.js'
import { adviseBlocked, askConsent } from './consent.js'
import { findUnfinishedRun } from './journal.js'
import { applyPending } from './migrate.js'
import { makeEmptyPlan, makePlan, summarizePlan } from './plan.js'
import { protect } from './protect.js'
import type { RunReport } from './report.js'
import { beginJournal, dataDirectory, type Run, type RunOptions, stopIfAborted, timed, withRun, withRunLock } from './run.js'
import { openSession } from './session.js'
import { settleUnfinished } from './unfinished.js'

export interface DeployOptions extends RunOptions {
  /** Options for `prisma migrate deploy` itself. */
  readonly passedOn: readonly string[]
}

/**
 * The main job: findings, consent, snapshot, `prisma migrate deploy`, comparison, recovery.
 * @throws SafeMigrateError when it cannot start or stops before any change; a bad outcome is a report
 */
export async function deploy(options: DeployOptions): Promise<RunReport> {
  const { project, config } = options
  if (!(await project.database.exists(project.target))) return deployNewDatabase(options)
  const unfinished = findUnfinishedRun(dataDirectory(project, config), project.target.identity)
  if (unfinished === null && (await hasNothingPending(options))) return emptyReport(options, 'deploy', 'nothing-pending')
  return withRunLock(options, async (lock) => {
    const settled = await settleUnfinished(options, lock)
    return settled ?? withRun(options, lock, 'deploy', (run) => deployLocked(run, options))
  })
}

async function deployLocked(run: Run, { passedOn }: DeployOptions): Promise<RunReport> {
  const history = await readHistory(run.project, run.session.connection)
  const pending = requirePending(history)
  if (pending.length === 0) return endRun(run, emptyReport(run, 'deploy', 'nothing-pending'))
  return endRun(run, await deployPending(run, 'deploy', history, pending, passedOn))
}

/** Findings, consent, snapshot, `prisma migrate deploy`, comparison, recovery. The caller ends the run. */
export async function deployPending(
  run: Run,
  command: 'deploy' | 'dev',
  history: MigrationHistory,
  pending: readonly Migration[],
  passedOn: readonly string[] = [],
): Promise<RunReport> {
  const planned = await timed(run, 'plan', () => makePlan(run.project, run.session, pending, run.config.impactTimeout))
  run.ui.show({ type: 'plan', plan: planned })
  const { plan, verdict } = await askConsent(run, planned)
  if (verdict !== null) return { ...emptyReport(run, command, verdict), ...summarizePlan(plan), next: adviseBlocked(plan) }
  stopIfAborted(run.ui, 'before the snapshot')
  const protection = await protect(run, command, history)
  stopIfAborted(run.ui, 'after the snapshot, before the migration')
  const end = await applyPending(run, plan, protection?.snapshot.id ?? null, passedOn)
  return concludeRun(run, command, plan, protection, end)
}

/** @throws SafeMigrateError `history` when a failed migration is in the way */
export function requirePending(history: MigrationHistory): Migration[] {
  const failed = failedMigrations(history)[0]
  if (failed === undefined) return pendingMigrations(history)
  throw new SafeMigrateError({
    code: 'history',
    message: `The migration ${failed.name} failed at ${failed.startedAt ?? 'an unknown time'}, and Prisma goes no further until that is resolved (P3009).`,
    ...(failed.logs ? { why: `The database said: ${failed.logs.trim().split('\n').slice(0, 6).join('\n')}` } : {}),
    next: [
      'If a snapshot from before it exists (safe-migrate snapshot list): safe-migrate restore <snapshot>',
      `If none of its statements took effect: npx prisma migrate resolve --rolled-back ${failed.name}`,
      `If you have completed it by hand: npx prisma migrate resolve --applied ${failed.name}`,
    ],
  })
}

async function hasNothingPending(options: DeployOptions): Promise<boolean> {
  const session = await openSession(options.project.database, options.project.target)
  try {
    return requirePending(await readHistory(options.project, session.connection)).length === 0
  } finally {
    await session.close()
  }
}

// Prisma creates the database; there is nothing to protect and nothing to compare with.
async function deployNewDatabase(options: DeployOptions): Promise<RunReport> {
  const { project, ui } = options
  const plan = await makeEmptyPlan(project, pendingMigrations(await readHistory(project, null)))
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
