import { SafeMigrateError } from '../../../errors.js'
import type { SnapshotContext } from '../../snapshot.js'
import { type Handle, readNumber } from './copy-pages.js'

/** What is smaller is checked before anybody could read that it is. */
const QUICK_BYTES = 100_000_000

/** @throws SafeMigrateError `snapshot` */
export function requireIntegrity({ onProgress }: Pick<SnapshotContext, 'onProgress'>, handle: Handle, what: string): void {
  const bytes = readNumber(handle, 'page_count') * readNumber(handle, 'page_size')
  if (bytes > QUICK_BYTES) onProgress({ step: "SQLite's integrity check", done: bytes, unit: 'bytes', isBlocking: true })
  const lines: unknown[] = handle.prepare('PRAGMA integrity_check(10)').pluck().all()
  if (lines.length === 1 && lines[0] === 'ok') return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${what} fails SQLite's integrity check.`,
    why: lines.map(String).join('; '),
    next: ['Look at the database with: PRAGMA integrity_check', 'Restore an earlier snapshot: safe-migrate snapshot list'],
  })
}
