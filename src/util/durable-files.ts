import { chmod, type FileHandle, open, readdir, stat, writeFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'

/** Only the owner may read what a database held. */
export const PRIVATE_FILE = 0o600
export const PRIVATE_FOLDER = 0o700

/** Writes a new file, whatever the umask; fails when it exists. Not durable before `syncTree`. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: PRIVATE_FILE, flag: 'wx' })
  await chmod(file, PRIVATE_FILE)
}

/** Makes a folder and everything in it private and durable: after this a power cut loses nothing of it. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      await syncTree(path)
      continue
    }
    await chmod(path, PRIVATE_FILE)
    await syncFile(path)
  }
  await chmod(folder, PRIVATE_FOLDER)
  await syncFolder(folder)
}

/** Makes the names in a folder durable (a rename, a new file). Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (platform() !== 'win32') await syncHandle(await open(folder, 'r'))
}

/** Makes the content of a file durable. */
export async function syncFile(path: string): Promise<void> {
  await syncHandle(await open(path, 'r+'))
}

async function syncHandle(handle: FileHandle): Promise<void> {
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Paths of all files below a folder, relative to it, with `/`, sorted. */
export async function listFiles(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const paths = await Promise.all(
    entries.map((entry) =>
      entry.isDirectory() ? listFiles(join(folder, entry.name), `${prefix}${entry.name}/`) : Promise.resolve([`${prefix}${entry.name}`]),
    ),
  )
  return paths.flat().sort()
}

/** Bytes of several files; what is not there counts as none. */
export async function sumSizes(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
