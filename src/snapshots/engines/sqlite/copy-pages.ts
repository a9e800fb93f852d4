import type SqliteDatabase from 'better-sqlite3'
import type { OnProgress } from '../../../util/progress.js'

export type Handle = SqliteDatabase.Database

/** Pages copied between two looks at the event loop; at 4 kB a page this is a few milliseconds. */
const PAGES_A_STEP = 5000
const RETRY_INTERVAL = 100

export interface CopyPagesOptions {
  /** Milliseconds to wait for other processes to let go of the destination. */
  readonly timeout: number
  readonly step: string
  readonly onProgress: OnProgress
}

/**
 * Copies every page of `source` into the database file `destination`, as one transaction of the destination: every other process sees the
 * old database until the very end, and a process killed half-way leaves the old one. https://www.sqlite.org/backup.html
 * @returns false when other processes held the destination for all of `timeout`; nothing was changed then
 */
export async function copyPages(source: Handle, destination: string, options: CopyPagesOptions): Promise<boolean> {
  const pages = readNumber(source, 'page_count')
  const pageSize = readNumber(source, 'page_size')
  const deadline = Date.now() + options.timeout
  for (;;) {
    const result = await source.backup(destination, {
      progress: ({ totalPages, remainingPages }) => {
        options.onProgress({
          step: options.step,
          done: (totalPages - remainingPages) * pageSize,
          total: totalPages * pageSize,
          unit: 'bytes',
        })
        return PAGES_A_STEP
      },
    })
    // better-sqlite3 reports a destination that is busy at the first step as done, with no pages at all.
    if (pages > 0 && result.totalPages === pages) {
      const bytes = pages * pageSize
      options.onProgress({ step: options.step, done: bytes, total: bytes, unit: 'bytes' })
      return true
    }
    if (pages === 0 && (await isEmpty(destination))) return true
    if (Date.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL))
  }
}

/** Opens a database file, closed again after `work`. */
export async function withHandle<T>(file: string, options: SqliteDatabase.Options, work: (handle: Handle) => Promise<T> | T): Promise<T> {
  const Driver = (await import('better-sqlite3')).default
  const handle = new Driver(file, { fileMustExist: true, ...options })
  try {
    return await work(handle)
  } finally {
    handle.close()
  }
}

/** A numeric PRAGMA. https://www.sqlite.org/pragma.html */
export function readNumber(handle: Handle, pragma: 'page_count' | 'page_size'): number {
  return Number(handle.pragma(pragma, { simple: true }))
}

export function readJournalMode(handle: Handle): string {
  return String(handle.pragma('journal_mode', { simple: true })).toLowerCase()
}

async function isEmpty(file: string): Promise<boolean> {
  return withHandle(file, { readonly: true, timeout: 0 }, (handle) => {
    try {
      return handle.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0
    } catch {
      return false
    }
  })
}
