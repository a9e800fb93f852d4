import { existsSync } from 'node:fs'
import { lstat, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { extract, list, type ReadEntry } from 'tar'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { PRIVATE_FOLDER } from '../../util/durable-files.js'
import { type OnProgress, startStep } from '../../util/progress.js'
import type { Snapshot } from '../snapshot.js'
import { FILES_ARCHIVE } from './pack-files.js'
import { walk } from './walk.js'

/** What bringing the files back would change; the numbers are of files, not of folders. */
export interface FilesPlan {
  /** Files and folders that are replaced as a whole, relative to the project. */
  readonly paths: readonly string[]
  readonly restored: number
  /** There now, and of another size. */
  readonly changed: number
  /** There now, and not in the snapshot. */
  readonly removed: number
}

/** What of a snapshot is read for its files. */
type FilesOfSnapshot = Pick<Snapshot, 'id' | 'folder'> & { readonly manifest: Pick<Snapshot['manifest'], 'filePaths'> }

/** @throws SafeMigrateError `snapshot` when the snapshot holds no files */
export async function planFiles(root: string, snapshot: FilesOfSnapshot): Promise<FilesPlan> {
  const paths = requireFiles(snapshot)
  const sizes = await listSizes(snapshot)
  let [changed, removed] = [0, 0]
  for (const path of paths) {
    for await (const { path: name, size } of walk(root, path)) {
      const then = sizes.get(name)
      if (then === undefined) removed += 1
      else if (then !== size) changed += 1
    }
  }
  return { paths, restored: sizes.size, changed, removed }
}

/** Of every file in the archive. @throws SafeMigrateError `snapshot` when it cannot be read */
async function listSizes(snapshot: FilesOfSnapshot): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  await list({
    file: join(snapshot.folder, FILES_ARCHIVE),
    onReadEntry: (entry) => {
      if (entry.type !== 'Directory') sizes.set(nameOf(entry), entry.size ?? 0)
    },
  }).catch((error: unknown) => {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The file ${FILES_ARCHIVE} of snapshot ${snapshot.id} is damaged.`,
      why: messageOf(error),
      next: ['Use another snapshot: safe-migrate snapshot list'],
      cause: error,
    })
  })
  return sizes
}

function nameOf({ path }: ReadEntry): string {
  return path.replace(/\/$/, '')
}

/**
 * Brings the files back as they were. Everything is unpacked first, then each file or folder is swapped in by rename;
 * what was there is kept.
 * @param keepIn folder for what was there; on the same file system as the project
 * @returns where what was there is now; null when nothing was
 * @throws SafeMigrateError `snapshot` when it holds no files or they cannot be put in place; what was swapped is swapped back
 */
export async function restoreFiles(
  root: string,
  snapshot: FilesOfSnapshot,
  keepIn: string,
  onProgress: OnProgress,
): Promise<string | null> {
  const paths = requireFiles(snapshot)
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '').toLowerCase()
  const [fresh, kept] = [join(keepIn, `${stamp}-new`), join(keepIn, stamp)]
  await mkdir(fresh, { recursive: true, mode: PRIVATE_FOLDER })
  const swapped: string[] = []
  try {
    const sizes = await listSizes(snapshot)
    const progress = startStep(
      onProgress,
      'Unpacking the files',
      [...sizes.values()].reduce((sum, size) => sum + size, 0),
      'bytes',
    )
    await extract({
      file: join(snapshot.folder, FILES_ARCHIVE),
      cwd: fresh,
      strict: true,
      preserveOwner: false,
      onReadEntry: (entry) => entry.on('end', () => progress.add(sizes.get(nameOf(entry)) ?? 0)),
    })
    progress.end()
    for (const path of paths) {
      await swap(join(root, path), join(fresh, path), join(kept, path))
      swapped.push(path)
    }
  } catch (error) {
    for (const path of swapped.reverse()) await swap(join(root, path), join(kept, path), join(fresh, path))
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The files of snapshot ${snapshot.id} could not be put back; they are as they were.`,
      why: messageOf(error),
      next: [`When that is settled, once more: safe-migrate restore ${snapshot.id} --files`],
      cause: error,
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return existsSync(kept) ? kept : null
}

/** Both renames stay on one file system, so that neither copies. */
async function swap(live: string, fresh: string, kept: string): Promise<void> {
  await mkdir(dirname(kept), { recursive: true, mode: PRIVATE_FOLDER })
  await mkdir(dirname(live), { recursive: true })
  const isThere = await exists(live)
  if (isThere) await rename(live, kept)
  try {
    if (await exists(fresh)) await rename(fresh, live)
  } catch (error) {
    if (isThere) await rename(kept, live)
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}

function requireFiles(snapshot: FilesOfSnapshot): readonly string[] {
  const { filePaths } = snapshot.manifest
  if (filePaths !== undefined && filePaths.length > 0) return filePaths
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} holds no files.`,
    why: 'They are taken along when the configuration names them (files) at the time of the snapshot.',
    next: [`Restore the database alone: safe-migrate restore ${snapshot.id}`],
  })
}
