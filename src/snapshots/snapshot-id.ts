import { basename, extname, isAbsolute } from 'node:path'
import type { Target } from '../databases/database.js'

const LONGEST_NAME = 60

/** Folder name of a snapshot: `20261121t101530123z-shop`. Sorts by time. Safe in every file system and shell. */
export function newSnapshotId(target: Target, time: Date): string {
  const stamp = time.toISOString().replaceAll(/[-:.]/g, '').toLowerCase()
  const name = isAbsolute(target.name) ? basename(target.name, extname(target.name)) : target.name
  const safe = name
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._-]+/, '')
    .slice(0, LONGEST_NAME)
    .replace(/[.]+$/, '')
  return `${stamp}-${safe === '' ? 'database' : safe}`
}

/** Whether a name is one of these. What others keep in the same place must never be taken for a snapshot, and removed. */
export function isSnapshotId(name: string): boolean {
  return /^\d{8}t\d{9}z-[A-Za-z0-9._-]+$/.test(name)
}
