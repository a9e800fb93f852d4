import { messageOf, SafeMigrateError } from '../../../errors.js'
import type { SnapshotContext, VerifyDepth } from '../../snapshot.js'
import { type Handle, readNumber } from './copy-pages.js'

/** What is smaller is checked before anybody could read that it is. */
const QUICK_BYTES = 100_000_000

/**
 * Every page of every table and index, and every row; `all`: also whether each index has the rows of its table, which takes several times as
 * long. An index that does not is no reason to have no snapshot: no row is lost by it, and REINDEX mends it. https://www.sqlite.org/pragma.html#pragma_quick_check
 * @throws SafeMigrateError `snapshot`
 */
export function requireIntegrity(
  { onProgress }: Pick<SnapshotContext, 'onProgress'>,
  handle: Handle,
  what: string,
  depth: VerifyDepth,
): void {
  const bytes = readNumber(handle, 'page_count') * readNumber(handle, 'page_size')
  if (bytes > QUICK_BYTES) onProgress({ step: "SQLite's integrity check", done: bytes, unit: 'bytes', isBlocking: true })
  const check = depth === 'all' ? 'integrity_check' : 'quick_check'
  const lines = readLines(handle, `PRAGMA ${check}(10)`)
  if (lines.length === 1 && lines[0] === 'ok') return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${what} fails SQLite's integrity check.`,
    why: lines.join('; '),
    next: ['Look at the database with: PRAGMA integrity_check', 'Restore an earlier snapshot: safe-migrate snapshot list'],
  })
}

/** Some damage ends the check itself. */
function readLines(handle: Handle, check: string): readonly string[] {
  try {
    return handle.prepare(check).pluck().all().map(String)
  } catch (error) {
    return [messageOf(error)]
  }
}
