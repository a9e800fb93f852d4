import type { Settings } from '../config/select-environment.js'
import type { MigratingSession } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { failedMigrations, hasNoEnd, type MigrationHistory, pendingMigrations, readHistory } from '../project/history.js'
import type { Project } from '../project/project.js'
import { adviseEnding, findMigrating } from './await-prisma.js'
import { findProtection, type TargetProtection } from './protection.js'
import type { MigrationStatus, StatusReport } from './report.js'
import { adviseWait } from './require-pending.js'
import { summarizeProject } from './run.js'
import { openSession } from './session.js'
import { adviseOpenRun, isSettled, readElsewhere, readUnfinished, type UnfinishedRun } from './unfinished.js'
import { adviseResolve } from './ways-out.js'

const ADVICE_ELSEWHERE = [
  'To do the restore into the other database again: safe-migrate restore <snapshot> --to <url>',
  'To leave it as it is: safe-migrate status --resume',
]

/** The history, an interrupted run, and what to do. Reads only. */
export async function readStatus(options: { readonly project: Project; readonly config: Settings }): Promise<StatusReport> {
  const { project } = options
  const databaseExists = await project.database.exists(project.target).catch(async (error: unknown) => {
    throw await withUnfinished(options, error)
  })
  const { history, protection, migrating } = databaseExists
    ? await readLive(options)
    : { history: await readHistory(project, null), protection: await findProtection(options.config, null), migrating: [] }
  const unfinished = await readUnfinished(options)
  const elsewhere = readElsewhere(options)
  return {
    report: 'status',
    formatVersion: 1,
    exitCode: 0,
    project: summarizeProject(options),
    databaseExists,
    protection,
    migrations: history.migrations.map((one) => {
      const { name, editedAfterApply, missingOnDisk, startedAt, finishedAt } = one
      const state = hasNoEnd(one) ? stateOfBegun(project, migrating) : one.state
      return { name, state, editedAfterApply, missingOnDisk, startedAt, finishedAt }
    }),
    ...(migrating.length === 0 ? {} : { migrating: migrating.map(({ description }) => description) }),
    unfinished:
      unfinished === null
        ? null
        : {
            runId: unfinished.record.head.runId,
            stage: unfinished.stage,
            explanation: unfinished.explanation,
            snapshot: unfinished.snapshot?.id ?? null,
          },
    ...(elsewhere.length === 0 ? {} : { elsewhere: elsewhere.map(({ explanation }) => explanation) }),
    next: [...adviseStatus({ history, migrating }, unfinished, project), ...(elsewhere.length === 0 ? [] : ADVICE_ELSEWHERE)],
  }
}

/** Where the database does not answer, what a run left open is said all the same. */
async function withUnfinished(options: Parameters<typeof readStatus>[0], error: unknown): Promise<unknown> {
  const unfinished = await readUnfinished(options).catch(() => null)
  if (!(error instanceof SafeMigrateError) || unfinished === null || isSettled(unfinished)) return error
  const { code, message, why, next } = error
  const settle = `${unfinished.explanation} It can be settled when the database answers again.`
  return new SafeMigrateError({ code, message, why: `${why}. ${settle}`, next: [...next, ...adviseOpenRun(unfinished)], cause: error })
}

function stateOfBegun({ database }: Project, migrating: Live['migrating']): MigrationStatus['state'] {
  if (migrating.length > 0) return 'running'
  return database.traits.isFile ? 'begun' : 'failed'
}

interface Live {
  readonly history: MigrationHistory
  readonly protection: TargetProtection | null
  /** Who is applying a migration right now. */
  readonly migrating: readonly MigratingSession[]
}

async function readLive(options: Parameters<typeof readStatus>[0]): Promise<Live> {
  const { project, config } = options
  const session = await openSession(project.database, project.target)
  try {
    const { connection } = session
    const history = await readHistory(project, connection)
    const migrating = history.migrations.some(hasNoEnd) ? await findMigrating(options, connection) : []
    return { history, protection: await findProtection(config, connection), migrating }
  } finally {
    await session.close()
  }
}

function adviseStatus(
  { history, migrating }: Pick<Live, 'history' | 'migrating'>,
  unfinished: UnfinishedRun | null,
  { database }: Project,
): string[] {
  if (migrating.length > 0) return ['Wait until it is done, then: safe-migrate status', ...adviseEnding(migrating)]
  if (unfinished !== null && !isSettled(unfinished)) return adviseOpenRun(unfinished)
  const failed = failedMigrations(history)
  if (failed.length > 0)
    return [...(failed.some(hasNoEnd) ? adviseWait(database) : []), ...failed.flatMap(({ name }) => adviseResolve(name))]
  const edited = history.migrations.filter((one) => one.editedAfterApply)
  return [
    ...(pendingMigrations(history).length > 0
      ? ['To see what the pending migrations would do: safe-migrate plan', 'To apply them: safe-migrate deploy']
      : []),
    ...(edited.length > 0 ? ['An edited migration is not applied again. Put its text back, and write the change as a new migration.'] : []),
  ]
}
