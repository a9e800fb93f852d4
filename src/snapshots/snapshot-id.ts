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
