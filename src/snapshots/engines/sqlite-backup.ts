import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PRIVATE_FILE } from '../../util/durable-files.js'
import type { OnProgress } from '../../util/progress.js'
import type { Snapshot, SnapshotContext, SnapshotEngine, TakenSnapshot, VerifyDepth } from '../snapshot.js'
import { takeFingerprint } from '../take-fingerprint.js'
import { copyPages, type Handle, readJournalMode, readNumber, withHandle } from './sqlite/copy-pages.js'
import { makeScratchFile } from './sqlite/make-scratch-file.js'
import { openAttached } from './sqlite/open-attached.js'
import { BUSY_TIMEOUT } from './sqlite/replace-contents.js'
import { requireIntegrity } from './sqlite/require-integrity.js'
import { restoreFile } from './sqlite/restore-file.js'

const DATA_FILE = 'database.sqlite'

/** SQLite's online backup: every page as it is, also while others write. https://www.sqlite.org/backup.html */
export const sqliteBackup: SnapshotEngine = {
  id: 'sqlite-backup',
  databases: ['sqlite'],
  summary: "SQLite's online backup: an exact copy of every page, also while others use the database",
  fingerprintsCopy: true,
  checkAvailability: async () => ({ available: true, why: 'sqlite-backup copies the database page by page, also while it is in use' }),
  estimateBytes: (context) =>
    withHandle(context.project.target.name, {}, (handle) => readNumber(handle, 'page_count') * readNumber(handle, 'page_size')),
  take,
  verify,
  keepsReplaced: async () => false,
  restore: (context, snapshot, options) => restoreFile(context, join(snapshot.folder, DATA_FILE), snapshot.manifest.details, options),
  openTable: (context, snapshot, table) => openAttached(context, snapshot, join(snapshot.folder, DATA_FILE), table),
  makeScratch: makeScratchFile,
  remove: async () => {},
  discard: async () => {},
}

async function take(context: SnapshotContext, folder: string): Promise<TakenSnapshot> {
  const { target, database } = context.project
  const copy = join(folder, DATA_FILE)
  const { journalMode, pageSize } = await withHandle(target.name, { timeout: BUSY_TIMEOUT }, async (handle) => {
    await copyLiveDatabase(context, handle, copy)
    return { journalMode: readJournalMode(handle), pageSize: readNumber(handle, 'page_size') }
  })
  const pages = await withHandle(copy, {}, (handle) => {
    // A copy of a database in WAL mode would need a second file to be complete.
    if (readJournalMode(handle) === 'wal') handle.pragma('journal_mode = DELETE')
    requireIntegrity(context, handle, `The copy of ${target.label}`, 'rows')
    return readNumber(handle, 'page_count')
  })
  const connection = await database.connect({ ...target, name: copy, label: `the copy of ${target.label}` })
  try {
    // What is encrypted cannot be compared with without decrypting all of it, and comparing does not stop when the time is up.
    const isAtHand = context.encryption === null && context.reading.budget === undefined
    const fingerprint = await takeFingerprint(context, connection, isAtHand ? { rowsIn: copy } : {})
    return { fingerprint, details: { journalMode, pageSize, pages, fileMode: (await stat(target.name)).mode & 0o777 } }
  } finally {
    await connection.close()
  }
}

// The open read transaction keeps the copy at one moment: without it, SQLite starts again whenever another process has written.
async function copyLiveDatabase(context: SnapshotContext, handle: Handle, copy: string): Promise<void> {
  handle.exec('BEGIN')
  try {
    handle.prepare('SELECT count(*) FROM sqlite_master').get()
    if (readNumber(handle, 'page_count') === 0) return await writeFile(copy, '', { mode: PRIVATE_FILE })
    const onProgress: OnProgress = (progress) => {
      context.signal?.throwIfAborted()
      context.onProgress(progress)
    }
    const options = { timeout: BUSY_TIMEOUT, step: 'Copying the database', onProgress }
    if (!(await copyPages(handle, copy, options))) throw new Error(`${copy} is locked by another process`)
  } finally {
    handle.exec('ROLLBACK')
  }
}

async function verify(context: SnapshotContext, snapshot: Snapshot, depth: VerifyDepth): Promise<void> {
  await withHandle(join(snapshot.folder, DATA_FILE), { readonly: true }, (handle) => {
    requireIntegrity(context, handle, `Snapshot ${snapshot.id}`, depth)
  })
}
