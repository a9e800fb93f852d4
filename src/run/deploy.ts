import { emptyReport } from './empty-report.js'
import { findUnfinishedRun } from './journal.js'
import { findProtection } from './protection.js'
import type { RunReport } from './report.js'
import { requirePending } from './require-pending.js'
import { dataDirectory, type RunOptions } from './run.js'
import { openSession } from './session.js'

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

async function look({ project, config }: DeployOptions, exists: boolean, mayBeDone: boolean) {
  if (!exists) return { protection: await findProtection(config, null), hasNothingPending: false }
  const session = await openSession(project.database, project.target)
  try {
    const { connection } = session
    const hasNothingPending = mayBeDone && (await requirePending({ project, config }, connection)).length === 0
    return { protection: await findProtection(config, connection), hasNothingPending }
  } finally {
    await session.close()
  }
}
