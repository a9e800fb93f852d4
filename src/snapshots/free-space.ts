import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { formatBytes } from '../util/bytes.js'

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

/** @throws SafeMigrateError `snapshot` when `bytes` do not fit where `path` is or will be */
export async function requireFreeSpace(path: string, bytes: number, what: string): Promise<void> {
  const free = await readFreeSpace(path)
  if (free >= bytes) return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `There is not enough room for ${what}: it needs at least ${formatBytes(bytes)}, and ${formatBytes(free)} are free at ${path}.`,
    why: 'Without a snapshot nothing may be migrated. Nothing was changed.',
    next: ['Remove old snapshots: safe-migrate snapshot list', 'Or name a snapshot folder on a larger disk in the configuration.'],
  })
}

/** Turns a full disk, which shows in many ways, into one clear error; null for anything else. */
export function diskFullError(error: unknown, path: string): SafeMigrateError | null {
  if (!isDiskFull(error)) return null
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The disk became full while the snapshot was written to ${path}.`,
    why: 'Without a snapshot nothing may be migrated. What was half written is removed, and the database was not changed.',
    next: ['Make room, or name a snapshot folder on a larger disk in the configuration.'],
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
