import type { Settings } from '../config/select-environment.js'
import { SafeMigrateError } from '../errors.js'
import { failedMigrations, type MigrationHistory, pendingMigrations, readHistory } from '../project/history.js'
import type { Project } from '../project/project.js'
import { findProtection, type TargetProtection } from './protection.js'
import type { StatusReport } from './report.js'
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
  const { history, protection } = databaseExists
    ? await readLive(options)
    : { history: await readHistory(project, null), protection: await findProtection(options.config, null) }
  const unfinished = await readUnfinished(options)
  const elsewhere = readElsewhere(options)
  return {
    report: 'status',
    formatVersion: 1,
    exitCode: 0,
    project: summarizeProject(options),
    databaseExists,
    protection,
    migrations: history.migrations.map(({ name, state, editedAfterApply, missingOnDisk, startedAt, finishedAt }) => ({
      name,
      state,
      editedAfterApply,
      missingOnDisk,
      startedAt,
      finishedAt,
    })),
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
    next: [...adviseStatus(history, unfinished), ...(elsewhere.length === 0 ? [] : ADVICE_ELSEWHERE)],
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

async function readLive({
  project,
  config,
}: {
  readonly project: Project
  readonly config: Settings
}): Promise<{ readonly history: MigrationHistory; readonly protection: TargetProtection | null }> {
  const session = await openSession(project.database, project.target)
  try {
    const { connection } = session
    return { history: await readHistory(project, connection), protection: await findProtection(config, connection) }
  } finally {
    await session.close()
  }
}

function adviseStatus(history: MigrationHistory, unfinished: UnfinishedRun | null): string[] {
  if (unfinished !== null && !isSettled(unfinished)) return adviseOpenRun(unfinished)
  const failed = failedMigrations(history)
  if (failed.length > 0) return failed.flatMap(({ name }) => adviseResolve(name))
  const edited = history.migrations.filter((one) => one.editedAfterApply)
  return [
    ...(pendingMigrations(history).length > 0
      ? ['To see what the pending migrations would do: safe-migrate plan', 'To apply them: safe-migrate deploy']
      : []),
    ...(edited.length > 0 ? ['An edited migration is not applied again. Put its text back, and write the change as a new migration.'] : []),
  ]
}
