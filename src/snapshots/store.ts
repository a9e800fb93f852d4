import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { messageOf, SafeMigrateError } from '../errors.js'
import { PRIVATE_FOLDER, syncFolder, writePrivateFile } from '../util/durable-files.js'
import { explainFolder } from './foreign-folder.js'
import {
  beginPartial,
  isBeingWritten,
  PARTIAL_PREFIX,
  type PartialOwner,
  type PartialSnapshot,
  partialFolder,
  readPartialOwner,
  removePartial,
} from './partial-snapshot.js'
import { readManifest } from './read-manifest.js'
import { readMoment } from './read-moment.js'
import { requireIgnored, requireUntracked } from './require-out-of-git.js'
import type { Snapshot } from './snapshot.js'

/** A folder in the store that is no usable snapshot. */
export interface UnusableSnapshot {
  readonly id: string
  readonly folder: string
  /** For people. */
  readonly why: string
  /** Null for a complete but unreadable one. */
  readonly partial: { readonly owner: PartialOwner | null; readonly isBeingWritten: boolean } | null
}

export interface SnapshotList {
  /** Newest first. Their manifests are sound; `verifySnapshot` reads the rest. */
  readonly usable: readonly Snapshot[]
  readonly unusable: readonly UnusableSnapshot[]
}

export interface FindOptions {
  /** Target.identity: `latest` means the latest of this database. */
  readonly targetIdentity: string
}

/** The folder with all snapshots. Reading never creates anything. */
export interface Store {
  /** Absolute path. */
  readonly folder: string
  list(): Promise<SnapshotList>
  /** By id, by the unambiguous beginning of one, by a time (the latest that was taken at or before it), or `latest`: what was kept before a restore only counts when there is nothing else, so that restoring twice is restoring once. @throws SafeMigrateError `snapshot` when there is none */
  find(wanted: string, options: FindOptions): Promise<Snapshot>
  /** Begins a snapshot under this id, or the next free one. */
  begin(owner: Pick<PartialOwner, 'id' | 'engine' | 'targetIdentity'>): Promise<PartialSnapshot>
  /** Removes a partial snapshot's folder. What its engine left elsewhere is the caller's to remove first. */
  removePartial(id: string): Promise<void>
  /** Makes a snapshot a partial one, to be removed; what lives elsewhere is the caller's to remove (`SnapshotEngine.remove`). `complete` puts it back. */
  withdraw(snapshot: Snapshot): Promise<PartialSnapshot>
  /** A partial one that was complete before; null when it was not. */
  readWithdrawn(id: string): Promise<Snapshot | null>
}

export function openStore(path: string): Store {
  const folder = resolve(path)
  return {
    folder,
    list: () => listSnapshots(folder),
    find: async (wanted, options) => chooseSnapshot(folder, await listSnapshots(folder), wanted, options),
    begin: (owner) => beginSnapshot(folder, owner),
    removePartial: (id) => removePartial(folder, id),
    withdraw: (snapshot) => withdrawSnapshot(folder, snapshot),
    readWithdrawn: (id) => readWithdrawn(folder, id),
  }
}

async function listSnapshots(folder: string): Promise<SnapshotList> {
  if (!existsSync(folder)) return { usable: [], unusable: [] }
  const all = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw explainFolder(folder, error)
  })
  const entries = all.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const read = await Promise.all(entries.map((name) => readEntry(folder, name)))
  const found = read.filter((entry) => entry !== null)
  return {
    usable: sortByAge(found.filter((entry): entry is Snapshot => 'manifest' in entry)),
    unusable: found.filter((entry): entry is UnusableSnapshot => !('manifest' in entry)).sort((a, b) => compareText(b.id, a.id)),
  }
}

/** Newest first. */
export function sortByAge<T extends Snapshot>(snapshots: readonly T[]): T[] {
  return [...snapshots].sort((a, b) => compareText(b.manifest.takenAt, a.manifest.takenAt) || compareText(b.id, a.id))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function readEntry(store: string, name: string): Promise<Snapshot | UnusableSnapshot | null> {
  if (name.startsWith(PARTIAL_PREFIX)) return describePartial(store, name.slice(PARTIAL_PREFIX.length))
  if (name.startsWith('.')) return null
  const folder = join(store, name)
  try {
    return { id: name, folder, manifest: await readManifest(folder) }
  } catch (error) {
    return { id: name, folder, why: messageOf(error), partial: null }
  }
}

async function describePartial(store: string, id: string): Promise<UnusableSnapshot> {
  const owner = await readPartialOwner(store, id)
  const isWritten = owner !== null && isBeingWritten(owner)
  const why = isWritten
    ? `it is being written by process ${owner.pid} on ${owner.host} since ${owner.startedAt}`
    : 'it was not completed: the process that wrote it ended before it was done'
  return { id, folder: join(store, `${PARTIAL_PREFIX}${id}`), why, partial: { owner, isBeingWritten: isWritten } }
}

/** See `Store.find`. @param folder where the list is of, for people */
export function chooseSnapshot(
  folder: string,
  list: Pick<SnapshotList, 'usable'> & { readonly unusable: readonly Pick<UnusableSnapshot, 'id' | 'why'>[] },
  wanted: string,
  options: FindOptions,
): Snapshot {
  const ofTarget = list.usable.filter((snapshot) => snapshot.manifest.targetIdentity === options.targetIdentity)
  const latestOf = (snapshots: readonly Snapshot[]) =>
    snapshots.find((snapshot) => snapshot.manifest.reason !== 'before restore') ?? snapshots[0]
  const moment = readMoment(wanted)
  if (moment !== null) {
    const found = latestOf(ofTarget.filter((snapshot) => Date.parse(snapshot.manifest.takenAt) <= moment.getTime()))
    if (found) return found
    throw noneSoEarly(folder, ofTarget, moment)
  }
  if (wanted === 'latest') {
    const latest = latestOf(ofTarget)
    if (latest) return latest
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `There is no snapshot of this database in ${folder}.`,
      ...(list.usable.length > 0 ? { why: `The ${list.usable.length} snapshots there are of other databases.` } : {}),
      next: ['Take one: safe-migrate snapshot create', 'See all: safe-migrate snapshot list'],
    })
  }
  const exact = list.usable.find((snapshot) => snapshot.id === wanted)
  if (exact) return exact
  const beginning = list.usable.filter((snapshot) => snapshot.id.startsWith(wanted.toLowerCase()) || snapshot.id.startsWith(wanted))
  const [only] = beginning
  if (only && beginning.length === 1 && wanted !== '') return only
  throw notFound(folder, list, wanted, beginning)
}

function noneSoEarly(folder: string, ofTarget: readonly Snapshot[], moment: Date): SafeMigrateError {
  const earliest = ofTarget.at(-1)
  return new SafeMigrateError({
    code: 'snapshot',
    message: `There is no snapshot of this database in ${folder} that was taken at or before ${moment.toISOString()}.`,
    ...(earliest === undefined ? {} : { why: `The earliest is ${earliest.id}, taken ${earliest.manifest.takenAt}.` }),
    next: ['See all: safe-migrate snapshot list'],
  })
}

function notFound(
  folder: string,
  list: Parameters<typeof chooseSnapshot>[1],
  wanted: string,
  beginning: readonly Snapshot[],
): SafeMigrateError {
  const broken = list.unusable.find((entry) => entry.id === wanted)
  const next = ['See all: safe-migrate snapshot list']
  if (broken) {
    const message = broken.why.includes(broken.id) ? broken.why : `Snapshot ${broken.id} cannot be used: ${broken.why}.`
    return new SafeMigrateError({ code: 'snapshot', message, next })
  }
  if (beginning.length > 1) {
    return new SafeMigrateError({
      code: 'snapshot',
      message: `"${wanted}" is the beginning of ${beginning.length} snapshots.`,
      next: beginning.map((snapshot) => `Name one: ${snapshot.id}`),
    })
  }
  return new SafeMigrateError({ code: 'snapshot', message: `There is no snapshot "${wanted}" in ${folder}.`, next })
}

async function beginSnapshot(folder: string, owner: Pick<PartialOwner, 'id' | 'engine' | 'targetIdentity'>): Promise<PartialSnapshot> {
  requireUntracked(folder)
  await createStoreFolder(folder)
  requireIgnored(folder)
  for (let attempt = 1; attempt < 1000; attempt++) {
    const id = attempt === 1 ? owner.id : `${owner.id}-${attempt}`
    if (existsSync(join(folder, id))) continue
    const partial = await beginPartial(folder, { ...owner, id })
    if (partial !== null) return partial
  }
  throw new SafeMigrateError({ code: 'snapshot', message: `No free name for snapshot ${owner.id} in ${folder}.` })
}

/** Snapshots hold personal data: nobody else may read them, and git must not pick them up. */
async function createStoreFolder(folder: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
    if (made !== undefined) await chmod(folder, PRIVATE_FOLDER)
    if (!existsSync(join(folder, '.gitignore'))) await writePrivateFile(join(folder, '.gitignore'), '*\n')
  } catch (error) {
    if (existsSync(join(folder, '.gitignore'))) return
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The snapshot folder ${folder} cannot be made.`,
      why: messageOf(error),
      next: ['Name another folder in the configuration, or allow this user to write there.'],
    })
  }
}

async function withdrawSnapshot(store: string, { id, folder, manifest }: Snapshot): Promise<PartialSnapshot> {
  const { engine, targetIdentity } = manifest
  // An empty one can be left by a process that was killed just after it had completed the snapshot.
  if (!(await isPartialInUse(store, id))) await removePartial(store, id)
  const partial = await beginPartial(store, { id, engine, targetIdentity })
  if (partial === null) throw new SafeMigrateError({ code: 'snapshot', message: `Snapshot ${id} is being removed by another process.` })
  await rm(partial.folder, { recursive: true })
  await rename(folder, partial.folder)
  await syncFolder(store)
  return partial
}

async function readWithdrawn(store: string, id: string): Promise<Snapshot | null> {
  const folder = partialFolder(store, id)
  try {
    return { id, folder, manifest: await readManifest(folder, id) }
  } catch {
    return null
  }
}

async function isPartialInUse(store: string, id: string): Promise<boolean> {
  const owner = await readPartialOwner(store, id)
  return owner !== null && isBeingWritten(owner)
}
