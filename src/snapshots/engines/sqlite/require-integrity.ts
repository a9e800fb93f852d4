import { SafeMigrateError } from '../../../errors.js'
import type { Handle } from './copy-pages.js'

/** @throws SafeMigrateError `snapshot` */
export function requireIntegrity(handle: Handle, what: string): void {
  const lines: unknown[] = handle.prepare('PRAGMA integrity_check(10)').pluck().all()
  if (lines.length === 1 && lines[0] === 'ok') return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${what} fails SQLite's integrity check.`,
    why: lines.map(String).join('; '),
    next: ['Look at the database with: PRAGMA integrity_check', 'Restore an earlier snapshot: safe-migrate snapshot list'],
  })
}
