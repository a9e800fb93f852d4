import { SafeMigrateError } from '../errors.js'
import { pendingMigrations, readHistory } from '../project/history.js'
import { withReadable } from '../snapshots/encryption/open-snapshot.js'
import { removeSnapshot } from '../snapshots/remove-snapshot.js'
import type { Snapshot, SnapshotContext } from '../snapshots/snapshot.js'
import { takeSnapshot } from '../snapshots/take-snapshot.js'
import { withVerified } from '../snapshots/verify-snapshot.js'
import { adviseBlocked } from './consent.js'
import { emptyReport, endRun } from './empty-report.js'
import { findSnapshot } from './find-snapshot.js'
import { makePlan, type Plan, summarizePlan } from './plan.js'
import { type MakePlan, type Rehearsed, readPending, rehearse, requireOnItsOwn } from './rehearsal.js'
import { removeRehearsalLeftovers } from './rehearsal-leftovers.js'
import type { Rehearsal } from './rehearsal-report.js'
import type { RunReport } from './report.js'
import { requirePending } from './require-pending.js'
import { type Run, type RunOptions, snapshotContext, stopIfAborted, timed, withRun, withRunLock } from './run.js'
import { settleUnfinished } from './unfinished.js'

export interface RehearseOptions extends RunOptions {
  /** A snapshot with the data to rehearse on, see `Store.find`; null: the data of now. */
  readonly snapshot: string | null
}

/**
 * Runs the pending migrations by the project's own Prisma on a copy of the database, and compares the copy with itself before. The database
 * itself is not touched, and nothing is left. Exit code 1 when a run would be stopped, or the rehearsal went badly.
 * @throws SafeMigrateError `blocked` or `snapshot` where that cannot be done
 */
export async function rehearsePending(options: RehearseOptions): Promise<RunReport> {
  const named = options.snapshot === null ? null : await findSnapshot(options, options.snapshot, options.project.target.identity)
  return withRunLock(options, async (lock) => {
    const settled = await settleUnfinished(options, lock)
    if (settled !== null) return settled
    return withRun(options, lock, 'rehearse', async (run) => {
      await removeRehearsalLeftovers(run)
      return endRun(run, named === null ? await rehearseNow(run) : await rehearseThen(run, named))
    })
  })
}

/** On the data of now: a snapshot is taken for it, and removed again. */
async function rehearseNow(run: Run): Promise<RunReport> {
  const { project, session, config, ui } = run
  const pending = await requirePending(run, session.connection)
  if (pending.length === 0) return emptyReport(run, 'rehearse', 'nothing-pending')
  await requireOnItsOwn(run, await readPending(run))
  const plan = await timed(run, 'plan', () => makePlan(project, session, pending, config, { onProgress: ui.progress }))
  ui.show({ type: 'plan', plan })
  await requireTables(run)
  await stopIfAborted(ui, 'before the rehearsal')
  const context = forRehearsal(snapshotContext(run))
  const taken = await timed(run, 'snapshot', () =>
    takeSnapshot(context, {
      store: run.store,
      reason: 'rehearsal',
      engine: config.engine,
      onChosen: ({ engine, why }) => ui.show({ type: 'snapshot-chosen', engine: engine.id, why }),
      onNotice: (message) => ui.show({ type: 'notice', message }),
    }),
  )
  try {
    return reportOf(run, await withReadable(context, taken, (readable) => rehearseShown(run, readable, async () => plan)))
  } finally {
    await removeSnapshot(context, run.store, taken)
  }
}

/** On the data of a snapshot: what is pending there, and what it costs there. */
async function rehearseThen(run: Run, snapshot: Snapshot): Promise<RunReport> {
  const makePlanThere: MakePlan = async (copy) => {
    const pending = pendingMigrations(await readHistory(copy.project, copy.session.connection))
    if (pending.length === 0) throw nothingPending(snapshot)
    const plan = await makePlan(copy.project, copy.session, pending, copy.config, { onProgress: copy.ui.progress })
    run.ui.show({ type: 'plan', plan })
    return plan
  }
  // The copy is a whole restore.
  const rehearsed = await withVerified(snapshotContext(run), snapshot, (readable) => rehearseShown(run, readable, makePlanThere), true)
  return reportOf(run, rehearsed)
}

/** The snapshot is gone before long: it is not copied elsewhere, and files have nothing to do with it. */
function forRehearsal(context: SnapshotContext): SnapshotContext {
  return {
    ...context,
    files: [],
    storage: null,
    get connection() {
      return context.connection
    },
  }
}

export async function rehearseShown(run: Run, snapshot: Snapshot, plan: MakePlan): Promise<Rehearsed> {
  const rehearsed = await timed(run, 'rehearsal', () => rehearse(run, snapshot, plan))
  run.ui.show({ type: 'rehearsed', rehearsal: rehearsed.rehearsal })
  return rehearsed
}

function reportOf(run: Run, { plan, rehearsal }: Rehearsed): RunReport {
  const verdict = rehearsal.verdict === 'bad' ? 'rehearsal-bad' : plan.blocking.length > 0 ? 'blocked' : 'rehearsed'
  const next =
    verdict === 'rehearsed'
      ? ['To apply them: safe-migrate deploy']
      : verdict === 'blocked'
        ? adviseBlocked(plan)
        : adviseBad(plan, rehearsal)
  return { ...emptyReport(run, 'rehearse', verdict), ...summarizePlan(plan), rehearsal, next }
}

/** What to do about a bad rehearsal. */
export function adviseBad({ pending }: Pick<Plan, 'pending'>, { failed, differences }: Rehearsal): string[] {
  const hasRows = differences.some(({ keys, values }) => keys.length > 0 && values === undefined)
  return [
    `Change ${failed?.name ?? pending.join(', ')}: what ${failed !== null || pending.length === 1 ? 'it does to the copy, it does' : 'they do to the copy, they do'} to the database.`,
    ...(hasRows ? ['To see values before and after, in the first rows of each: safe-migrate rehearse --show-values'] : []),
    'To try it again: safe-migrate rehearse',
    'Nothing was changed, and the copy is gone.',
  ]
}

async function requireTables({ project, session }: Run): Promise<void> {
  const { tables } = await project.database.readCatalog(session.connection)
  if (tables.length > 0) return
  throw new SafeMigrateError({
    code: 'usage',
    message: `${project.target.label} has no tables yet: there is nothing to rehearse on.`,
    next: ['safe-migrate deploy'],
  })
}

function nothingPending({ id }: Snapshot): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: `Every migration was applied already when snapshot ${id} was taken: there is nothing to rehearse on it.`,
    next: ['Name an earlier one: safe-migrate snapshot list', 'Or rehearse on the data of now: safe-migrate rehearse'],
  })
}
