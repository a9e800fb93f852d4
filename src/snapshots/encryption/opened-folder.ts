import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { PRIVATE_FOLDER, writePrivateFile } from '../../util/durable-files.js'

const PREFIX = '.opened-'
const OWNER_FILE = 'owner.json'
/** Milliseconds. Whether a process on another machine still reads cannot be seen; a container has another name at each start. */
const FOREIGN_LIFETIME = 86_400_000

const ownerSchema = z.object({ pid: z.number(), host: z.string(), startedAt: z.string() })

/** Of this very process: its id alone does not say so, ids are used again after a restart. */
const ours = new Set<string>()

/** A folder beside the snapshots, which no list shows, for what is decrypted for a while. */
export interface OpenedFolder {
  /** Empty, private, named after the snapshot. */
  readonly folder: string
  remove(): Promise<void>
}

export async function makeOpenedFolder(store: string, id: string): Promise<OpenedFolder> {
  const outer = await mkdtemp(join(store, PREFIX))
  ours.add(outer)
  const remove = async () => {
    await rm(outer, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    ours.delete(outer)
  }
  try {
    const owner = { pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
    await writePrivateFile(join(outer, OWNER_FILE), `${JSON.stringify(owner)}\n`)
    const folder = join(outer, id)
    await mkdir(folder, { mode: PRIVATE_FOLDER })
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Removes what killed processes left decrypted. @returns how many there were */
export async function removeStaleOpened(store: string): Promise<number> {
  const names = await readdir(store).catch(() => [])
  let removed = 0
  for (const name of names.filter((one) => one.startsWith(PREFIX))) {
    const outer = join(store, name)
    if (ours.has(outer) || (await isInUse(outer))) continue
    await rm(outer, { recursive: true, force: true })
    removed += 1
  }
  return removed
}

// Without an owner it was killed in its first moment, or is in it: empty either way.
async function isInUse(outer: string): Promise<boolean> {
  const text = await readFile(join(outer, OWNER_FILE), 'utf8').catch(() => null)
  if (text === null) return (await readdir(outer).catch(() => [])).length === 0
  const owner = ownerSchema.safeParse(parse(text)).data
  if (owner === undefined) return false
  if (owner.host !== hostname()) return Date.now() - Date.parse(owner.startedAt) < FOREIGN_LIFETIME
  if (owner.pid === process.pid) return false
  try {
    process.kill(owner.pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
