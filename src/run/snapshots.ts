import type { Settings } from '../config/select-environment.js'
import { SafeMigrateError } from '../errors.js'
import type { Project } from '../project/project.js'
import { DATABASE_EVIDENCE, FILES_EVIDENCE, findUnchanged } from '../snapshots/find-unchanged.js'
import { MANIFEST_FILE } from '../snapshots/read-manifest.js'
import { withRestored } from '../snapshots/restore-beside.js'
import type { Snapshot, SnapshotContext } from '../snapshots/snapshot.js'
import { listEverywhere, type PlacedSnapshot } from '../snapshots/storage/everywhere.js'
import { openStorage } from '../snapshots/storage/storage.js'
import { placeOf, storeSnapshot } from '../snapshots/storage/stored-snapshots.js'
import { takeSnapshot } from '../snapshots/take-snapshot.js'
import { verifySnapshot, withVerified } from '../snapshots/verify-snapshot.js'
import { findSnapshot, locateSnapshot } from './find-snapshot.js'
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
      if (same !== null) await copyWhereMissing(context, same.snapshot)
      if (same !== null) return { ...report('create', [describeSnapshot(same.snapshot, '')]), unchanged: { how: same.how } }
      const taken = await takeSnapshot(context, {
        store,
        reason: 'manual',
        engine: config.engine,
        onNotice: (message) => ui.show({ type: 'notice', message }),
      })
      await pruneAfterSnapshot(options, context, store)
      const places = [taken.folder, ...(context.storage === null ? [] : [placeOf(context.storage, taken.id)])]
      return report('create', [describeSnapshot({ ...taken, places }, taken.choice.why)])
    } finally {
      await session.close()
    }
  })
}

/** Every snapshot in the project's store, of whichever database. */
export async function listSnapshots({ project, config }: ProjectAndConfig): Promise<SnapshotReport> {
  const { usable, unusable, unusableStored } = await listEverywhere(
    openProjectStore(project, config),
    openStorage(config.storage, project.root),
  )
  return {
    ...report(
      'list',
      usable.map((snapshot) => describeSnapshot(snapshot, '')),
    ),
    unusable: [...unusable, ...unusableStored].map(({ id, why }) => ({ id, why })),
  }
}

/** @param wanted id, the beginning of one, or `latest` */
export async function showSnapshot(options: ProjectAndConfig, wanted: string): Promise<SnapshotReport> {
  const snapshot = await locateSnapshot(options, wanted, options.project.target.identity)
  return report('show', [describeSnapshot(snapshot, '')])
}

/** Brings a snapshot here that is elsewhere, comparing every file with its manifest. @throws SafeMigrateError `snapshot` */
export async function fetchStored(options: RunOptions, wanted: string): Promise<SnapshotReport> {
  if (options.config.storage === null)
    throw new SafeMigrateError({
      code: 'config',
      message: 'The configuration does not say where snapshots are fetched from.',
      next: ["Say it in safe-migrate.config: storage: { s3: { bucket: '…' } }"],
    })
  return report('fetch', [describeSnapshot(await findSnapshot(options, wanted, options.project.target.identity), '')])
}

/** A copy that failed must not stay undone because nothing changed since. */
async function copyWhereMissing({ storage, onProgress }: SnapshotContext, snapshot: Snapshot): Promise<void> {
  if (storage === null || (await storage.readText(snapshot.id, MANIFEST_FILE)) !== null) return
  await storeSnapshot(storage, snapshot, onProgress)
}

/**
 * Re-reads everything.
 * @param byRestoring also restores it into a database of its own, and compares
 * @throws SafeMigrateError `snapshot` that says what is wrong with it
 */
export async function verifyStored(options: RunOptions, wanted: string, byRestoring = false): Promise<SnapshotReport> {
  const snapshot = await findSnapshot(options, wanted, options.project.target.identity)
  // The database beside the project's has one name: one at a time.
  await (byRestoring ? withRunLock(options, () => verifyOne(options, snapshot, true)) : verifyOne(options, snapshot, false))
  return report('verify', [describeSnapshot(snapshot, '')])
}

async function verifyOne({ project, config, ui }: RunOptions, snapshot: Snapshot, byRestoring: boolean): Promise<void> {
  const session = await openSession(project.database, project.target)
  try {
    const context = snapshotContext({ project, config, session, ui, journal: null })
    if (byRestoring) return await withVerified(context, snapshot, (readable) => withRestored(context, readable, async () => {}), true)
    const unread = await verifySnapshot(context, snapshot)
    if (unread !== null) ui.show({ type: 'notice', message: unread })
  } finally {
    await session.close()
  }
}

function report(command: SnapshotReport['command'], snapshots: readonly SnapshotDetails[]): SnapshotReport {
  return { report: 'snapshots', formatVersion: 1, command, exitCode: 0, snapshots, unusable: [] }
}

function describeSnapshot(snapshot: Snapshot & Partial<PlacedSnapshot>, why: string): SnapshotDetails {
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
    places: snapshot.places ?? [snapshot.folder],
    isHere: snapshot.isHere ?? true,
    details,
    tables: tables.map(({ schema, name, rows }) => ({ schema, name, rows })),
    history: history.map(({ name, state }) => ({ name, state })),
  }
}
