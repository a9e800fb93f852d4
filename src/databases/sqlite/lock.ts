import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { pid } from 'node:process'
import type SqliteDatabase from 'better-sqlite3'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { whoAmI } from '../../util/who-am-i.js'
import type { LockHolder, RunLock, Target } from '../database.js'

/** Milliseconds between two tries. */
const POLL_INTERVAL = 100

export interface SqliteRunLock extends RunLock {
  isHeld(): boolean
}

/**
 * The lock is an open write transaction on a tiny database beside the real one: the operating system ends it with the process, so there is
 * no stale lock. The holder is written and committed before, so that the others can read who it is. https://www.sqlite.org/lockingv3.html
 */
export async function acquireLock(target: Target, wait: number): Promise<SqliteRunLock | LockHolder> {
  const file = lockFile(target)
  const Driver = (await import('better-sqlite3')).default
  const deadline = Date.now() + wait
  for (;;) {
    const held = tryLock(Driver, target, file)
    if (held !== null) return held
    const left = deadline - Date.now()
    if (left <= 0) return { description: describeHolder(Driver, file) }
    await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_INTERVAL * (0.5 + Math.random()), left)))
  }
}

/** Beside the real file, so that a symbolic link to the database has the same lock. */
export function lockFile(target: Target): string {
  return `${target.identity.replace(/^sqlite:/, '')}.safe-migrate-lock`
}

type Driver = typeof SqliteDatabase

function tryLock(Driver: Driver, target: Target, file: string): SqliteRunLock | null {
  const token = randomUUID()
  let handle: SqliteDatabase.Database | null = null
  try {
    mkdirSync(dirname(file), { recursive: true })
    handle = new Driver(file, { timeout: 0 })
    writeHolder(handle, token)
    handle.exec('BEGIN IMMEDIATE')
    // Between the two transactions another may have come and gone; and whoever held the file before may have removed it.
    if (readHolder(handle)?.token === token && readHolderOfFile(Driver, file)?.token === token) return makeLock(handle, file)
    handle.close()
    return null
  } catch (error) {
    handle?.close()
    if (isBusy(error)) return null
    throw lockError(target, file, error)
  }
}

function writeHolder(handle: SqliteDatabase.Database, token: string): void {
  handle.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (token TEXT, description TEXT); DELETE FROM holder')
  const description = `process ${pid} by ${whoAmI()}, since ${new Date().toISOString()}`
  handle.prepare('INSERT INTO holder VALUES (?, ?)').run(token, description)
  handle.exec('COMMIT')
}

function makeLock(handle: SqliteDatabase.Database, file: string): SqliteRunLock {
  return {
    isHeld: () => handle.open,
    release: async () => {
      if (!handle.open) return
      // Only the holder removes the file; one that still waits with the removed file open sees that by its token.
      rmSync(file, { force: true })
      handle.close()
    },
  }
}

interface Holder {
  readonly token: string
  readonly description: string
}

function readHolder(handle: SqliteDatabase.Database): Holder | null {
  const row: unknown = handle.prepare('SELECT token, description FROM holder').get()
  if (typeof row !== 'object' || row === null || !('token' in row) || !('description' in row)) return null
  return { token: String(row.token), description: String(row.description) }
}

function readHolderOfFile(Driver: Driver, file: string): Holder | null {
  try {
    const handle = new Driver(file, { readonly: true, fileMustExist: true, timeout: 1000 })
    try {
      return readHolder(handle)
    } finally {
      handle.close()
    }
  } catch {
    return null
  }
}

function describeHolder(Driver: Driver, file: string): string {
  return readHolderOfFile(Driver, file)?.description ?? 'another safe-migrate run, which has just begun or ended'
}

function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && /^SQLITE_(BUSY|LOCKED)/.test(String(error.code))
}

function lockError(target: Target, file: string, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'locked',
    message: `The lock on ${target.label} could not be taken.`,
    why: `The lock file ${file} cannot be written: ${messageOf(error)}`,
    next: [
      'Check that this user may write in that folder, and that the disk is not full.',
      'If the file is damaged and nobody is migrating, delete it.',
    ],
    cause: error,
  })
}
