import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { formatBytes } from '../util/bytes.js'

const INTERVAL = 250
const MAKE_ROOM = ['Remove old snapshots: safe-migrate snapshot prune', 'Or name a snapshot folder on a larger disk in the configuration.']

/** Bytes that this user may still write where `path` is or will be. */
export async function readFreeSpace(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch (error) {
    const parent = dirname(path)
    if (parent === path) throw error
    return readFreeSpace(parent)
  }
}

/** @param reserve bytes that must stay free @throws SafeMigrateError `snapshot` when `bytes` do not fit where `path` is or will be */
export async function requireFreeSpace(
  path: string,
  bytes: number,
  reserve: number,
  what: string,
  why = 'Without a snapshot nothing may be migrated. Nothing was changed.',
): Promise<void> {
  const free = await readFreeSpace(path)
  if (free >= bytes + reserve) return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `There is not enough room for ${what}: it needs at least ${formatBytes(bytes)}${reserve > 0 ? `, ${formatBytes(reserve)} are to stay free` : ''}, and ${formatBytes(free)} are free at ${path}.`,
    why,
    next: [...MAKE_ROOM, 'What stays free is the setting reserve.'],
  })
}

/**
 * Looks at the disk again and again while `work` writes to it, and has it stopped well before the disk is full: others write there too,
 * perhaps the database itself.
 * @param work stops when the signal is aborted
 * @throws SafeMigrateError `snapshot` when less than `reserve` is free
 */
export async function watchFreeSpace<T>(path: string, reserve: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  const timer = setInterval(async () => {
    const free = await readFreeSpace(path).catch(() => reserve)
    if (free < reserve) abort.abort(runsFull(path, free, reserve))
  }, INTERVAL)
  try {
    const result = await work(abort.signal)
    abort.signal.throwIfAborted()
    return result
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error
  } finally {
    clearInterval(timer)
  }
}

function runsFull(path: string, free: number, reserve: number): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The disk was running full while the snapshot was written to ${path}: ${formatBytes(free)} were free, and ${formatBytes(reserve)} are to stay free.`,
    why: 'A full disk stops everything that writes there. What was half written is removed, and the database was not changed.',
    next: [...MAKE_ROOM, 'What stays free is the setting reserve.'],
  })
}

/** Turns a full disk, which shows in many ways, into one clear error; null for anything else. */
export function diskFullError(error: unknown, path: string): SafeMigrateError | null {
  if (!isDiskFull(error)) return null
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The disk became full while the snapshot was written to ${path}.`,
    why: 'Without a snapshot nothing may be migrated. What was half written is removed, and the database was not changed.',
    next: MAKE_ROOM,
    cause: error,
  })
}

function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') return true
  if (/No space left on device|disk is full|Disk quota exceeded/i.test(error.message)) return true
  if (error instanceof SafeMigrateError && /No space left on device|disk is full|Disk quota exceeded/i.test(error.why ?? '')) return true
  return isDiskFull(error.cause)
}
