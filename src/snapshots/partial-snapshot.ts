import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { PRIVATE_FOLDER, syncFolder, syncTree, writePrivateFile } from '../util/durable-files.js'
import { explainFolder } from './foreign-folder.js'

export const PARTIAL_PREFIX = '.partial-'
const OWNER_FILE = 'owner.json'
const CONTENT = 'snapshot'

const ownerSchema = z.object({
  id: z.string(),
  pid: z.number(),
  host: z.string(),
  startedAt: z.string(),
  engine: z.string(),
  targetIdentity: z.string(),
})

/** Who is writing a partial snapshot. */
export type PartialOwner = z.infer<typeof ownerSchema>

/** A snapshot that is being written. Nobody sees it as usable before `complete`. */
export interface PartialSnapshot {
  readonly id: string
  /** Where the files go; empty, private. */
  readonly folder: string
  /** Renames it to its final name, durably. @returns that path */
  complete(): Promise<string>
  discard(): Promise<void>
}

/** Ids that this very process is writing: its process id alone does not say so, ids are used again after a restart. */
const ours = new Set<string>()

/** Where the files of a partial snapshot are. */
export function partialFolder(store: string, id: string): string {
  return join(store, `${PARTIAL_PREFIX}${id}`, CONTENT)
}

/** @returns null when the id is taken */
export async function beginPartial(
  store: string,
  owner: Pick<PartialOwner, 'id' | 'engine' | 'targetIdentity'>,
): Promise<PartialSnapshot | null> {
  const outer = join(store, `${PARTIAL_PREFIX}${owner.id}`)
  try {
    await mkdir(outer, { mode: PRIVATE_FOLDER })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null
    throw explainFolder(store, error)
  }
  ours.add(owner.id)
  const folder = partialFolder(store, owner.id)
  const file = { ...owner, pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
  await writePrivateFile(join(outer, OWNER_FILE), `${JSON.stringify(file)}\n`)
  await mkdir(folder, { mode: PRIVATE_FOLDER })
  const discard = async () => {
    await removeFolder(outer)
    ours.delete(owner.id)
  }
  return { id: owner.id, folder, discard, complete: () => complete(store, owner.id, folder, discard) }
}

// The content is renamed out of the partial folder: a kill before leaves a partial, a kill after a complete snapshot beside an empty partial.
async function complete(store: string, id: string, folder: string, discard: () => Promise<void>): Promise<string> {
  await syncTree(folder)
  const final = join(store, id)
  await rename(folder, final)
  await syncFolder(store)
  await discard()
  return final
}

/** Who began the partial snapshot with this id; null when that was not recorded (it died at once). */
export async function readPartialOwner(store: string, id: string): Promise<PartialOwner | null> {
  try {
    const text = await readFile(join(store, `${PARTIAL_PREFIX}${id}`, OWNER_FILE), 'utf8')
    return ownerSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Whether somebody may still be writing it. On another machine we cannot know: yes. */
export function isBeingWritten(owner: PartialOwner): boolean {
  if (owner.host !== hostname()) return true
  if (owner.pid === process.pid) return ours.has(owner.id)
  try {
    process.kill(owner.pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

export async function removePartial(store: string, id: string): Promise<void> {
  await removeFolder(join(store, `${PARTIAL_PREFIX}${id}`))
}

/** A pg_dump whose parent was killed may still be writing into it for a moment. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
