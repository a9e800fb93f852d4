import { SafeMigrateError } from '../errors.js'
import { failedMigrations, type Migration, type MigrationHistory, pendingMigrations, readHistory } from '../project/history.js'
import { emptyReport } from './empty-report.js'
import { findUnfinishedRun } from './journal.js'
import { findProtection } from './protection.js'
import type { RunReport } from './report.js'
import { dataDirectory, type RunOptions } from './run.js'
import { openSession } from './session.js'
import { adviseResolve } from './ways-out.js'

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
  const exists = await project.database.exists(project.target)
  const unfinished = findUnfinishedRun(dataDirectory(project, config), project.target.identity)
  const { protection, hasNothingPending } = await look(options, exists, unfinished === null)
  const guarded = { ...options, protection }
  if (hasNothingPending) return emptyReport(guarded, 'deploy', 'nothing-pending')
  // Nothing pending must feel instant, so what only the rest needs is loaded here.
  const { deployExisting, deployNew } = await import('./deploy-pending.js')
  return exists ? deployExisting(guarded) : deployNew(guarded)
}

/** @throws SafeMigrateError `history` when a failed migration is in the way */
export function requirePending(history: MigrationHistory): Migration[] {
  const failed = failedMigrations(history)[0]
  if (failed === undefined) return pendingMigrations(history)
  throw new SafeMigrateError({
    code: 'history',
    message: `The migration ${failed.name} failed at ${failed.startedAt ?? 'an unknown time'}, and Prisma goes no further until that is resolved (P3009).`,
    ...(failed.logs ? { why: `The database said: ${failed.logs.trim().split('\n').slice(0, 6).join('\n')}` } : {}),
    next: adviseResolve(failed.name),
  })
}

async function look({ project, config }: DeployOptions, exists: boolean, mayBeDone: boolean) {
  if (!exists) return { protection: await findProtection(config, null), hasNothingPending: false }
  const session = await openSession(project.database, project.target)
  try {
    const { connection } = session
    const hasNothingPending = mayBeDone && requirePending(await readHistory(project, connection)).length === 0
    return { protection: await findProtection(config, connection), hasNothingPending }
  } finally {
    await session.close()
  }
}
