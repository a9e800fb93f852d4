import { constants } from 'node:fs'
import { access, chmod, copyFile, link, open, readlink, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { syncFolder } from '../../../util/durable-files.js'

/** What SQLite keeps beside a database file. https://www.sqlite.org/tempfiles.html */
const COMPANIONS = ['-wal', '-shm', '-journal'] as const

/**
 * Puts a copy of `source` where there is no database file, at once: nobody sees half of it. Fails when a file has come into being meanwhile.
 * A journal without its database would be played into the new one and ruin it, so it is renamed out of the way, not deleted.
 */
export async function installFile(source: string, path: string, mode: number): Promise<void> {
  const file = await followLink(path)
  const temporary = `${file}.safe-migrate-new`
  await rm(temporary, { force: true })
  await copyFile(source, temporary, constants.COPYFILE_FICLONE)
  await chmod(temporary, mode)
  const handle = await open(temporary, 'r+')
  await handle.sync()
  await handle.close()
  await setAsideCompanions(file)
  await link(temporary, file)
  await rm(temporary)
  await syncFolder(dirname(file))
}

async function setAsideCompanions(file: string): Promise<void> {
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '')
  for (const suffix of COMPANIONS) {
    if (await exists(`${file}${suffix}`)) await rename(`${file}${suffix}`, `${file}${suffix}.left-${stamp}`)
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** SQLite keeps a database that is a symbolic link where the link points, also when nothing is there yet. */
async function followLink(path: string): Promise<string> {
  try {
    return await followLink(resolve(dirname(path), await readlink(path)))
  } catch {
    return path
  }
}
