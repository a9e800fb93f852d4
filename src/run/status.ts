import type { Settings } from '../config/select-environment.js'
import type { Migrating } from '../databases/database.js'
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
  const { databaseExists, history, protection, migrating } = await readDatabase(options).catch(async (error: unknown) => {
    throw await withUnfinished(options, error)
  })
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
      const state = hasNoEnd(one) ? stateOfBegun(migrating) : one.state
      return { name, state, editedAfterApply, missingOnDisk, startedAt, finishedAt }
    }),
    ...(migrating.sessions.length === 0 ? {} : { migrating: migrating.sessions.map(({ description }) => description) }),
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
    next: [...adviseStatus({ history, migrating }, unfinished), ...(elsewhere.length === 0 ? [] : ADVICE_ELSEWHERE)],
  }
}

/** Where the database does not answer, what a run left open is said all the same. */
async function withUnfinished(options: Parameters<typeof readStatus>[0], error: unknown): Promise<unknown> {
  const unfinished = await readUnfinished(options).catch(() => null)
  if (!(error instanceof SafeMigrateError) || unfinished === null || isSettled(unfinished)) return error
  const { code, message, why, next } = error
  const settle = `${unfinished.explanation} It can be settled when the database answers again.`
  return new SafeMigrateError({
    code,
    message,
    why: [why?.replace(/\.?$/, '.'), settle].filter(Boolean).join(' '),
    next: [...next, ...adviseOpenRun(unfinished)],
    cause: error,
  })
}

function stateOfBegun({ sessions, unseen }: Migrating): MigrationStatus['state'] {
  if (sessions.length > 0) return 'running'
  return unseen !== null ? 'begun' : 'failed'
}

interface Live {
  readonly history: MigrationHistory
  readonly protection: TargetProtection | null
  /** Who is applying a migration right now. */
  readonly migrating: Migrating
}

const NOBODY: Migrating = { sessions: [], unseen: null }

async function readDatabase(options: Parameters<typeof readStatus>[0]): Promise<Live & { readonly databaseExists: boolean }> {
  const { project, config } = options
  if (!(await project.database.exists(project.target))) {
    const history = await readHistory(project, null)
    return { databaseExists: false, history, protection: await findProtection(config, null), migrating: NOBODY }
  }
  const session = await openSession(project.database, project.target)
  try {
    const { connection } = session
    const history = await readHistory(project, connection)
    const migrating = history.migrations.some(hasNoEnd) ? await findMigrating(options, connection) : NOBODY
    return { databaseExists: true, history, protection: await findProtection(config, connection), migrating }
  } finally {
    await session.close()
  }
}

function adviseStatus({ history, migrating }: Pick<Live, 'history' | 'migrating'>, unfinished: UnfinishedRun | null): string[] {
  if (migrating.sessions.length > 0) return ['Wait until it is done, then: safe-migrate status', ...adviseEnding(migrating.sessions)]
  if (unfinished !== null && !isSettled(unfinished)) return adviseOpenRun(unfinished)
  const failed = failedMigrations(history)
  if (failed.length > 0)
    return [...(failed.some(hasNoEnd) ? adviseWait(migrating.unseen) : []), ...failed.flatMap(({ name }) => adviseResolve(name))]
  const edited = history.migrations.filter((one) => one.editedAfterApply)
  return [
    ...(pendingMigrations(history).length > 0
      ? ['To see what the pending migrations would do: safe-migrate plan', 'To apply them: safe-migrate deploy']
      : []),
    ...(edited.length > 0 ? ['An edited migration is not applied again. Put its text back, and write the change as a new migration.'] : []),
  ]
}
