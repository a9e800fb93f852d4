import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { PRIVATE_FILE, PRIVATE_FOLDER, writePrivateFile } from '../../util/durable-files.js'
import { type OnProgress, startStep } from '../../util/progress.js'
import { Sha256Stream } from '../../util/sha256.js'
import { diskFullError, requireFreeSpace, watchFreeSpace } from '../free-space.js'
import { MANIFEST_FILE, parseManifest } from '../read-manifest.js'
import type { Snapshot, SnapshotContext } from '../snapshot.js'
import type { Store } from '../store.js'
import { verifyFiles } from '../verify-files.js'
import type { SnapshotStorage } from './storage.js'

/** Milliseconds after which what is not complete is not being written any more. */
const STALE = 86_400_000
const AT_ONCE = 8

/** Something there that is no usable snapshot. */
export interface UnusableStored {
  readonly id: string
  /** For people. */
  readonly why: string
  /** Half written or half removed, so long ago that nobody is at it. */
  readonly isStale: boolean
}

export interface StoredList {
  /** Their folder is where they are there. */
  readonly usable: readonly Snapshot[]
  readonly unusable: readonly UnusableStored[]
}

export async function listStored(storage: SnapshotStorage): Promise<StoredList> {
  const ids = await storage.listIds()
  const found: (Snapshot | UnusableStored)[] = []
  for (let at = 0; at < ids.length; at += AT_ONCE)
    found.push(...(await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => readStored(storage, id)))))
  return {
    usable: found.filter((one): one is Snapshot => 'manifest' in one),
    unusable: found.filter((one): one is UnusableStored => !('manifest' in one)),
  }
}

async function readStored(storage: SnapshotStorage, id: string): Promise<Snapshot | UnusableStored> {
  const text = await storage.readText(id, MANIFEST_FILE)
  if (text === null) {
    const latest = Math.max(...(await storage.listObjects(id)).map(({ changedAt }) => changedAt.getTime()))
    const why = `it is not complete in ${storage.label}: it is being copied there or removed, or that was interrupted`
    return { id, why, isStale: Date.now() - latest > STALE }
  }
  try {
    return { id, folder: placeOf(storage, id), manifest: parseManifest(text, id) }
  } catch (error) {
    return { id, why: messageOf(error), isStale: false }
  }
}

export function placeOf({ label }: SnapshotStorage, id: string): string {
  return `${label}/${id}`
}

/** Whether every file of it is there, by the sizes. */
export async function isStoredWhole(storage: SnapshotStorage, { id, manifest }: Snapshot): Promise<boolean> {
  const sizes = new Map((await storage.listObjects(id)).map(({ path, bytes }) => [path, bytes]))
  return manifest.files.every(({ path, bytes }) => sizes.get(path) === bytes)
}

/**
 * Copies a complete snapshot there, its manifest last: without one it is no snapshot.
 * @throws SafeMigrateError `snapshot`; the local one stays
 */
export async function storeSnapshot(storage: SnapshotStorage, { id, folder, manifest }: Snapshot, onProgress: OnProgress): Promise<void> {
  const progress = startStep(onProgress, `Copying the snapshot to ${storage.label}`, manifest.bytes, 'bytes')
  try {
    for (const { path } of manifest.files) await storage.write(id, path, join(folder, path), progress.add)
    await storage.write(id, MANIFEST_FILE, join(folder, MANIFEST_FILE))
  } catch (error) {
    const { message, why, next } = error instanceof SafeMigrateError ? error : { message: messageOf(error), why: null, next: [] }
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `Snapshot ${id} was taken, but could not be copied to ${storage.label}.`,
      why: [message, why].filter(Boolean).join(' '),
      next: [...next, 'Then run the same command again. Nothing else was done.', `The snapshot itself is complete here: ${folder}`],
      cause: error,
    })
  }
}

/** Removes it there, its manifest first: what is left of an interrupted removal is no snapshot. */
export async function removeStored(storage: SnapshotStorage, id: string): Promise<void> {
  await storage.remove(id, MANIFEST_FILE)
  for (const { path } of await storage.listObjects(id)) await storage.remove(id, path)
}

/** Removes what interrupted copies and removals left. @returns the ids that are gone */
export async function removeStaleStored(storage: SnapshotStorage, unusable: readonly UnusableStored[]): Promise<readonly string[]> {
  const stale = unusable.filter(({ isStale }) => isStale)
  for (const { id } of stale) await removeStored(storage, id)
  await storage.removeInterrupted(new Date(Date.now() - STALE))
  return stale.map(({ id }) => id)
}

/**
 * Brings a snapshot back from there, comparing each file with the manifest while it comes.
 * @throws SafeMigrateError `snapshot`; then nothing of it is left here
 */
export async function fetchSnapshot(
  context: Pick<SnapshotContext, 'reserve' | 'onProgress'>,
  storage: SnapshotStorage,
  { id }: Snapshot,
  store: Store,
): Promise<Snapshot> {
  const text = await storage.readText(id, MANIFEST_FILE)
  if (text === null) throw damaged(storage, id, `${MANIFEST_FILE} is missing`)
  const manifest = parseManifest(text, id)
  await requireFreeSpace(store.folder, manifest.bytes, context.reserve, `snapshot ${id}`, 'Nothing was changed.')
  // A fetch that was killed left it.
  const left = (await store.list()).unusable.find((one) => one.id === id && one.partial?.isBeingWritten === false)
  if (left !== undefined) await store.removePartial(id)
  const partial = await store.begin({ id, engine: manifest.engine, targetIdentity: manifest.targetIdentity })
  try {
    if (partial.id !== id) throw isFetched(id)
    await watchFreeSpace(store.folder, context.reserve, async (signal) => {
      const progress = startStep(context.onProgress, `Fetching the snapshot from ${storage.label}`, manifest.bytes, 'bytes')
      for (const file of manifest.files) await fetchFile(storage, id, file, { folder: partial.folder, signal, onBytes: progress.add })
    })
    await writePrivateFile(join(partial.folder, MANIFEST_FILE), text)
    await verifyFiles({ id, folder: partial.folder, manifest }, context.onProgress)
    return { id, folder: await partial.complete(), manifest }
  } catch (error) {
    await partial.discard()
    throw diskFullError(error, store.folder) ?? error
  }
}

async function fetchFile(
  storage: SnapshotStorage,
  id: string,
  { path, bytes, sha256 }: Snapshot['manifest']['files'][number],
  { folder, signal, onBytes }: { readonly folder: string; readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<void> {
  const hashed = new Sha256Stream((more) => {
    onBytes(more)
    if (hashed.bytes > bytes) throw new TooLong()
  })
  const source = await storage.read(id, path)
  await mkdir(dirname(join(folder, path)), { recursive: true, mode: PRIVATE_FOLDER })
  try {
    await pipeline(source, hashed, createWriteStream(join(folder, path), { flags: 'wx', mode: PRIVATE_FILE }), { signal })
  } catch (error) {
    if (error instanceof TooLong) throw damaged(storage, id, `${path} is longer than it was written`)
    if (signal.aborted || (error instanceof Error && 'syscall' in error && error.syscall === 'write')) throw error
    throw interrupted(storage, id, path, error)
  }
  if (hashed.bytes < bytes) throw damaged(storage, id, `${path} is cut off (${hashed.bytes} of ${bytes} bytes)`)
  if (hashed.digest() !== sha256) throw damaged(storage, id, `${path} is not as it was written (SHA-256 differs)`)
}

class TooLong extends Error {}

function damaged(storage: SnapshotStorage, id: string, what: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${id} in ${storage.label} is damaged: ${what}.`,
    why: 'What it holds cannot be trusted. Nothing of it was kept here, and nothing was changed.',
    next: ['Use another one: safe-migrate snapshot list'],
  })
}

function interrupted(storage: SnapshotStorage, id: string, path: string, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${id} could not be fetched from ${storage.label}: ${path} did not come to its end.`,
    why: `${messageOf(error)}. Nothing of it was kept here, and nothing was changed.`,
    next: ['Run the same command again.'],
  })
}

function isFetched(id: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${id} is here already, or is being fetched by another process.`,
    next: ['See what is there: safe-migrate snapshot list'],
  })
}
