import type { Settings } from '../config/select-environment.js'
import type { Project } from '../project/project.js'
import { DATABASE_EVIDENCE, FILES_EVIDENCE, findUnchanged } from '../snapshots/find-unchanged.js'
import { proveRestore } from '../snapshots/prove-restore.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { takeSnapshot } from '../snapshots/take-snapshot.js'
import { verifySnapshot, withVerified } from '../snapshots/verify-snapshot.js'
import { summarizeSnapshot } from './protect.js'
import { pruneAfterSnapshot } from './prune.js'
import type { SnapshotDetails, SnapshotReport } from './report.js'
import { openProjectStore, type RunOptions, snapshotContext, withRunLock } from './run.js'
import { openSession } from './session.js'

type ProjectAndConfig = { readonly project: Project; readonly config: Settings }

export interface CreateSnapshotOptions extends RunOptions {
  /** Takes none when the last one of the database shows what is there now: as the database says where it can (`cheap`), or by comparing everything. */
  readonly ifChanged?: 'cheap' | 'exact'
}

/** Takes a snapshot on request, under the run lock. @throws SafeMigrateError `snapshot` */
export async function createSnapshot(options: CreateSnapshotOptions): Promise<SnapshotReport> {
  const { project, config, ui, ifChanged } = options
  return withRunLock(options, async () => {
    const session = await openSession(project.database, project.target)
    try {
      const context = snapshotContext({ project, config, session, ui, journal: null })
      const store = openProjectStore(project, config)
      const same =
        ifChanged === undefined ? null : await findUnchanged(context, store, { exact: ifChanged === 'exact', engine: config.engine })
      if (same !== null) return { ...report('create', [describeSnapshot(same.snapshot, '')]), unchanged: { how: same.how } }
      const taken = await takeSnapshot(context, {
        store,
        reason: 'manual',
        engine: config.engine,
        onNotice: (message) => ui.show({ type: 'notice', message }),
      })
      await pruneAfterSnapshot(options, context, store)
      return report('create', [describeSnapshot(taken, taken.choice.why)])
    } finally {
      await session.close()
    }
  })
}

/** Every snapshot in the project's store, of whichever database. */
export async function listSnapshots({ project, config }: ProjectAndConfig): Promise<SnapshotReport> {
  const { usable, unusable } = await openProjectStore(project, config).list()
  return {
    ...report(
      'list',
      usable.map((snapshot) => describeSnapshot(snapshot, '')),
    ),
    unusable: unusable.map(({ id, why }) => ({ id, why })),
  }
}

/** @param wanted id, the beginning of one, or `latest` */
export async function showSnapshot({ project, config }: ProjectAndConfig, wanted: string): Promise<SnapshotReport> {
  const snapshot = await openProjectStore(project, config).find(wanted, { targetIdentity: project.target.identity })
  return report('show', [describeSnapshot(snapshot, '')])
}

/**
 * Re-reads everything.
 * @param byRestoring also restores it into a database of its own, and compares
 * @throws SafeMigrateError `snapshot` that says what is wrong with it
 */
export async function verifyStored(options: RunOptions, wanted: string, byRestoring = false): Promise<SnapshotReport> {
  const { project, config } = options
  const snapshot = await openProjectStore(project, config).find(wanted, { targetIdentity: project.target.identity })
  // The database beside the project's has one name: one at a time.
  await (byRestoring ? withRunLock(options, () => verifyOne(options, snapshot, true)) : verifyOne(options, snapshot, false))
  return report('verify', [describeSnapshot(snapshot, '')])
}

async function verifyOne({ project, config, ui }: RunOptions, snapshot: Snapshot, byRestoring: boolean): Promise<void> {
  const session = await openSession(project.database, project.target)
  try {
    const context = snapshotContext({ project, config, session, ui, journal: null })
    if (byRestoring) return await withVerified(context, snapshot, (readable) => proveRestore(context, readable))
    const unread = await verifySnapshot(context, snapshot)
    if (unread !== null) ui.show({ type: 'notice', message: unread })
  } finally {
    await session.close()
  }
}

function report(command: SnapshotReport['command'], snapshots: readonly SnapshotDetails[]): SnapshotReport {
  return { report: 'snapshots', formatVersion: 1, command, exitCode: 0, snapshots, unusable: [] }
}

function describeSnapshot(snapshot: Snapshot, why: string): SnapshotDetails {
  const { takenAt, reason, target, serverVersion, tables, history, encryption } = snapshot.manifest
  // Evidence is for us.
  const { [DATABASE_EVIDENCE]: _database, [FILES_EVIDENCE]: _files, ...details } = snapshot.manifest.details
  return {
    ...summarizeSnapshot(snapshot, why),
    takenAt,
    reason,
    target,
    serverVersion,
    encryption: encryption?.how ?? null,
    details,
    tables: tables.map(({ schema, name, rows }) => ({ schema, name, rows })),
    history: history.map(({ name, state }) => ({ name, state })),
  }
}
