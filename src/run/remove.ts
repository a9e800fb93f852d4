import { SafeMigrateError } from '../errors.js'
import { decideSnapshots, ofAnotherServer, removeEverywhere } from '../snapshots/prune-snapshots.js'
import { LAST_GOOD } from '../snapshots/retention.js'
import type { Snapshot, SnapshotContext } from '../snapshots/snapshot.js'
import { listEverywhere, type PlacedSnapshot } from '../snapshots/storage/everywhere.js'
import { formatBytes } from '../util/bytes.js'
import { refuseAgent } from './guard.js'
import { isNeededByUnfinished, readHolds } from './holds.js'
import type { PruneReport } from './report.js'
import { dataDirectory, openProjectStore, type RunOptions, snapshotContext, withRunLock } from './run.js'
import { openSession } from './session.js'

export interface RemoveRequest {
  /** Its id, or the beginning of it. */
  readonly wanted: string
  /** Also the last good one of its database. */
  readonly last: boolean
  /** Asked once it is known what it is and what holds it. */
  confirm(what: string): Promise<boolean>
}

/**
 * Removes one snapshot that somebody named, under the run lock; also one that a bad run holds, when that is confirmed.
 * @throws SafeMigrateError `blocked` for one that an unfinished run needs, and for the last good one of its database without `last`
 */
export async function removeStored(options: RunOptions, request: RemoveRequest): Promise<PruneReport> {
  const { project, config, ui } = options
  refuseAgent(ui, 'safe-migrate snapshot remove')
  return withRunLock(options, async () => {
    const session = await openSession(project.database, project.target, true)
    try {
      const store = openProjectStore(project, config)
      const context = snapshotContext({ project, config, session, ui, journal: null })
      const { usable } = await listEverywhere(store, context.storage)
      const snapshot = findNamed(usable, request.wanted)
      const question = await describe(context, usable, dataDirectory(project, config), snapshot, request)
      const isAgreed = await request.confirm(question)
      if (isAgreed) await removeEverywhere(context, store, snapshot)
      const { target, takenAt, bytes } = snapshot.manifest
      const reasons = [isAgreed ? 'as asked for' : 'it was not confirmed']
      const one = { id: snapshot.id, keep: !isAgreed, reasons, target, takenAt, bytes, places: snapshot.places, problem: null }
      const exitCode = isAgreed ? 0 : 1
      return { report: 'prune', formatVersion: 1, exitCode, dryRun: false, folder: store.folder, snapshots: [one], partials: [] }
    } finally {
      await session.close()
    }
  })
}

/** By its id only: "latest", or a time, is too easily another one than was meant. */
function findNamed(usable: readonly PlacedSnapshot[], wanted: string): PlacedSnapshot {
  const found = usable.filter(({ id }) => id.startsWith(wanted))
  const snapshot = found.find(({ id }) => id === wanted) ?? found[0]
  if (snapshot !== undefined && (found.length === 1 || snapshot.id === wanted)) return snapshot
  throw new SafeMigrateError({
    code: 'usage',
    message: found.length === 0 ? `There is no snapshot ${wanted}.` : `${wanted} is the beginning of ${found.length} snapshots.`,
    why: 'What is removed has to be named by its id.',
    next: [...found.map(({ id }) => `safe-migrate snapshot remove ${id}`), 'To see all: safe-migrate snapshot list'],
  })
}

/** What is asked. @throws SafeMigrateError `blocked` */
async function describe(
  context: SnapshotContext,
  usable: readonly PlacedSnapshot[],
  directory: string,
  snapshot: PlacedSnapshot,
  { last }: RemoveRequest,
): Promise<string> {
  const { id, manifest } = snapshot
  if (isNeededByUnfinished(directory, id))
    throw refused(snapshot, 'A run that is not finished may still need it.', [
      'To see what that run did: safe-migrate status',
      'To finish or to undo it: safe-migrate status --resume, or safe-migrate status --undo',
    ])
  const elsewhere = ofAnotherServer(context, snapshot)
  if (elsewhere !== null) throw refused(snapshot, `${elsewhere}.`, [])
  const holds = readHolds(directory)
  const decisions = await decideSnapshots(context, usable, { policy: { afterSnapshot: false }, holds: new Map(), now: new Date() })
  const isLast = decisions.find((one) => one.id === id)?.reasons.includes(LAST_GOOD) === true
  if (isLast && !last)
    throw refused(snapshot, 'It is the last good one of its database: without it nothing can be had back.', [
      'Take another one first: safe-migrate snapshot create',
      `Or say that it may go: safe-migrate snapshot remove ${id} --last`,
    ])
  const hold = holds.get(id)
  return [
    `This removes snapshot ${id} of ${manifest.target}, taken ${manifest.takenAt} (${manifest.reason}, ${formatBytes(manifest.bytes)}), for good.`,
    ...(isLast ? ['It is the last good one of its database.'] : []),
    ...(hold === undefined ? [] : [`It was held because ${hold}.`]),
  ].join(' ')
}

function refused({ id }: Snapshot, why: string, next: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({ code: 'blocked', message: `Snapshot ${id} is not removed.`, why, next: [...next] })
}
