import { messageOf, SafeMigrateError } from '../../../errors.js'
import type { SnapshotContext } from '../../snapshot.js'
import { copyPages, readJournalMode, readNumber, withHandle } from './copy-pages.js'

/** Milliseconds to wait for other processes. */
export const BUSY_TIMEOUT = 10_000

/**
 * Replaces the contents of a live database file by those of `source`. Never renames over a file that others hold open: they would go on
 * writing to the old one. @throws SafeMigrateError `snapshot`; then the database is as it was
 */
export async function replaceContents(context: SnapshotContext, source: string, timeout: number): Promise<void> {
  const file = context.project.target.name
  await withHandle(source, { readonly: true }, async (snapshot) => {
    await leaveWalForOtherPageSize(context, readNumber(snapshot, 'page_size'), timeout)
    await context.onStep?.('replace-contents', { file, source })
    const step = 'Restoring the database'
    const isDone = await copyPages(snapshot, file, { timeout, step, onProgress: context.onProgress }).catch((error: unknown) => {
      throw notReplaced(context, messageOf(error), error)
    })
    if (!isDone) throw busy(context, timeout)
  })
}

/** Sets the journal mode that the database had; nothing is lost when others keep it from being set. */
export async function setJournalMode(file: string, mode: string): Promise<void> {
  await withHandle(file, { timeout: 1000 }, (handle) => {
    try {
      if (mode === 'wal' && readJournalMode(handle) !== 'wal') handle.pragma('journal_mode = WAL')
      if (mode !== 'wal' && readJournalMode(handle) === 'wal') handle.pragma('journal_mode = DELETE')
      // Everything that was restored is in the write-ahead log now; moving it saves the next reader the detour.
      if (readJournalMode(handle) === 'wal') handle.pragma('wal_checkpoint(TRUNCATE)')
    } catch {
      // Somebody is reading: SQLite does it later by itself.
    }
  })
}

// A database in WAL mode cannot change its page size, a backup into it neither. https://www.sqlite.org/c3ref/backup_finish.html (SQLITE_READONLY)
async function leaveWalForOtherPageSize(context: SnapshotContext, pageSize: number, timeout: number): Promise<void> {
  const file = context.project.target.name
  await withHandle(file, { timeout }, (handle) => {
    try {
      handle.prepare('SELECT count(*) FROM sqlite_master').get()
      if (readJournalMode(handle) !== 'wal' || readNumber(handle, 'page_size') === pageSize) return
      handle.pragma('journal_mode = DELETE')
    } catch (error) {
      throw isBusy(error) ? busy(context, timeout) : unreadable(context, error)
    }
    if (readJournalMode(handle) !== 'delete') throw busy(context, timeout)
  })
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
}

function busy(context: SnapshotContext, timeout: number): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} could not be restored: another process has been using it for ${Math.round(timeout / 1000)} seconds.`,
    why: 'It can only be replaced while nobody else holds a lock on it. It is as it was.',
    next: ['Stop the programs that use it (your application, Prisma Studio, an editor), then run the restore again.'],
  })
}

function notReplaced(context: SnapshotContext, why: string, cause: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} could not be restored.`,
    why: `${why}. The database is as it was.`,
    next: ['Check that there is room on the disk and that this user may write the file and its folder, then run the restore again.'],
    cause,
  })
}

function unreadable(context: SnapshotContext, error: unknown): SafeMigrateError {
  const file = context.project.target.name
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} cannot be replaced: what is there is no readable database.`,
    why: `${messageOf(error)}. It may hold something of worth, so it is not overwritten.`,
    next: [`Move it away: mv "${file}" "${file}.damaged"`, 'Then run the restore again.'],
    cause: error,
  })
}
