import { messageOf, SafeMigrateError } from '../errors.js'
import { pruneSnapshots } from '../snapshots/prune-snapshots.js'
import type { SnapshotContext } from '../snapshots/snapshot.js'
import type { Store } from '../snapshots/store.js'
import { readHolds } from './holds.js'
import type { PruneReport } from './report.js'
import { dataDirectory, openProjectStore, type RunOptions, snapshotContext, withRunLock } from './run.js'
import { openSession } from './session.js'

/** Removes the snapshots that `retention` does not keep, under the run lock, and says why of each. @throws SafeMigrateError `config` without `retention` */
export async function pruneStored(options: RunOptions, dryRun: boolean): Promise<PruneReport> {
  const { project, config, ui } = options
  const policy = config.retention
  if (policy === null) throw noRetention()
  return withRunLock(options, async () => {
    const session = await openSession(project.database, project.target, true)
    try {
      const store = openProjectStore(project, config)
      const holds = readHolds(dataDirectory(project, config))
      const context = snapshotContext({ project, config, session, ui, journal: null })
      const pruned = await pruneSnapshots(context, { store, policy, holds, now: new Date(), dryRun })
      const failed = pruned.snapshots.some(({ problem }) => problem !== null)
      return { report: 'prune', formatVersion: 1, exitCode: failed ? 1 : 0, dryRun, folder: store.folder, ...pruned }
    } finally {
      await session.close()
    }
  })
}

/** After a new snapshot, where the configuration says so. What goes wrong is said and stops nothing: the new snapshot is there. */
export async function pruneAfterSnapshot({ project, config, ui }: RunOptions, context: SnapshotContext, store: Store): Promise<void> {
  const policy = config.retention
  if (policy?.afterSnapshot !== true) return
  try {
    const holds = readHolds(dataDirectory(project, config))
    const { snapshots } = await pruneSnapshots(context, { store, policy, holds, now: new Date(), dryRun: false })
    const gone = snapshots.filter(({ keep, problem }) => !keep && problem === null)
    if (gone.length > 0) ui.show({ type: 'snapshots-pruned', removed: gone.map(({ id, reasons }) => ({ id, reasons })) })
    for (const { id, problem } of snapshots)
      if (problem !== null) ui.show({ type: 'notice', message: `Snapshot ${id} could not be removed: ${problem}` })
  } catch (error) {
    ui.show({ type: 'notice', message: `Old snapshots could not be removed: ${messageOf(error)}`, next: ['safe-migrate snapshot prune'] })
  }
}

function noRetention(): SafeMigrateError {
  return new SafeMigrateError({
    code: 'config',
    message: 'The configuration does not say which snapshots to keep.',
    why: 'Nothing is removed without being told.',
    next: ["Say it in safe-migrate.config: retention: { keepLast: 5, daily: 7, weekly: 4, monthly: 6, maxAge: '1y' }"],
  })
}
