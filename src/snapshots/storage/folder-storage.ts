import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { listFiles, PRIVATE_FILE, PRIVATE_FOLDER, syncFile, syncFolder } from '../../util/durable-files.js'
import { isSnapshotId } from '../snapshot-id.js'
import type { SnapshotStorage } from './storage.js'

const HALF = '.half-'

/** A folder on another disk or in the network. It must be there: an unmounted disk must not pass for an empty one. */
export function openFolderStorage(folder: string): SnapshotStorage {
  const tried = <T>(work: () => Promise<T>): Promise<T> => work().catch((error: unknown) => Promise.reject(failed(folder, error)))
  const filesOf = async (id: string) => (await listFiles(join(folder, id)).catch(orWhenMissing([]))).filter((path) => !path.includes(HALF))
  return {
    label: folder,
    listIds: () =>
      tried(async () => {
        const ids = await foldersIn(folder)
        const filled = await Promise.all(ids.map(async (id) => (await filesOf(id)).length > 0))
        return ids.filter((_, at) => filled[at] === true)
      }),
    listObjects: (id) =>
      tried(async () => {
        const paths = await filesOf(id)
        return Promise.all(
          paths.map(async (path) => {
            const { size, mtime } = await stat(join(folder, id, path))
            return { path, bytes: size, changedAt: mtime }
          }),
        )
      }),
    readText: (id, path) => tried(() => readFile(join(folder, id, path), 'utf8').catch(orWhenMissing(null))),
    read: (id, path) =>
      tried(async () => {
        await access(join(folder, id, path))
        return createReadStream(join(folder, id, path))
      }),
    write: (id, path, file, onBytes) => tried(() => writeWhole(folder, join(folder, id, path), file, onBytes)),
    remove: (id, path) => tried(() => removeFile(folder, join(folder, id, path))),
    removeInterrupted: (before) =>
      tried(async () => {
        for (const id of await foldersIn(folder))
          for (const path of (await listFiles(join(folder, id))).filter((one) => one.includes(HALF)))
            if ((await stat(join(folder, id, path))).mtime < before) await removeFile(folder, join(folder, id, path))
      }),
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory() && isSnapshotId(entry.name)).map((entry) => entry.name)
}

async function writeWhole(root: string, target: string, file: string, onBytes: (bytes: number) => void = () => {}): Promise<void> {
  await access(root)
  await mkdir(dirname(target), { recursive: true, mode: PRIVATE_FOLDER })
  const half = join(dirname(target), `${HALF}${process.pid}-${Date.now()}`)
  try {
    const source = createReadStream(file).on('data', (chunk) => onBytes(chunk.length))
    await pipeline(source, createWriteStream(half, { flags: 'wx', mode: PRIVATE_FILE }))
    await syncFile(half)
    await rename(half, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await rm(half, { force: true })
    throw error
  }
}

/** And the folders that are empty then. */
async function removeFile(root: string, file: string): Promise<void> {
  await rm(file, { force: true })
  for (let folder = dirname(file); folder !== root; folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    )
    if (!isGone) return
  }
}

function orWhenMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead
    throw error
  }
}

function failed(folder: string, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${folder}, where the configuration has snapshots copied (storage.folder), cannot be used.`,
    why: messageOf(error),
    next: ['Make the folder, or mount the disk that it is on, and allow this user to read and write there.'],
    cause: error,
  })
}
