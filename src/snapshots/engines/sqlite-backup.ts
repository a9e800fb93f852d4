import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { PRIVATE_FILE } from '../../util/durable-files.js'
import { quoteIdentifier } from '../../util/names.js'
import type { OnProgress } from '../../util/progress.js'
import type { OpenedTable, Scratch, Snapshot, SnapshotContext, SnapshotEngine, SnapshotTable, TakenSnapshot } from '../snapshot.js'
import { copyPages, type Handle, readJournalMode, readNumber, withHandle } from './sqlite/copy-pages.js'
import { exists, installFile } from './sqlite/install-file.js'
import { BUSY_TIMEOUT, replaceContents, setJournalMode } from './sqlite/replace-contents.js'

const DATA_FILE = 'database.sqlite'
const DEFAULT_MODE = 0o644

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
  restore: async (context, snapshot, { isKept }) => {
    if (!isKept) throw new Error('the database would be overwritten without a snapshot of it')
    await context.withoutConnection(() => restore(context, snapshot))
    return { replaced: null, isProven: false, disconnected: [] }
  },
  openTable,
  makeScratch,
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
    requireIntegrity(handle, `The copy of ${target.label}`)
    return readNumber(handle, 'page_count')
  })
  const connection = await database.connect({ ...target, name: copy, label: `the copy of ${target.label}` })
  try {
    const fingerprint = await database.fingerprint(connection, { onProgress: context.onProgress })
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

/** A file in the store, whose list leaves it out. */
async function makeScratch(context: SnapshotContext, snapshot: Snapshot): Promise<Scratch> {
  const folder = join(dirname(snapshot.folder), `.verify-${snapshot.id}`)
  const { target } = context.project
  return {
    target: {
      ...target,
      name: join(folder, DATA_FILE),
      label: `the restored copy of ${target.label}`,
      identity: `${target.identity}#verify`,
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function requireIntegrity(handle: Handle, what: string): void {
  const lines: unknown[] = handle.prepare('PRAGMA integrity_check(10)').pluck().all()
  if (lines.length === 1 && lines[0] === 'ok') return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${what} fails SQLite's integrity check.`,
    why: lines.map(String).join('; '),
    next: ['Look at the database with: PRAGMA integrity_check', 'Restore an earlier snapshot: safe-migrate snapshot list'],
  })
}

async function verify(_context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  await withHandle(join(snapshot.folder, DATA_FILE), { readonly: true }, (handle) => {
    requireIntegrity(handle, `Snapshot ${snapshot.id}`)
  })
}

async function restore(context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  const file = context.project.target.name
  const source = join(snapshot.folder, DATA_FILE)
  const { journalMode, fileMode } = snapshot.manifest.details
  if (await exists(file)) {
    await replaceContents(context, source, BUSY_TIMEOUT)
  } else {
    await context.onStep?.('create-file', { file })
    await mkdir(dirname(file), { recursive: true })
    await installFile(source, file, typeof fileMode === 'number' ? fileMode : DEFAULT_MODE).catch((error: unknown) => {
      throw new SafeMigrateError({ code: 'snapshot', message: `${file} could not be created.`, why: messageOf(error), cause: error })
    })
  }
  await setJournalMode(file, String(journalMode))
}

async function openTable(context: SnapshotContext, snapshot: Snapshot, table: SnapshotTable): Promise<OpenedTable> {
  const connection = await context.project.database.connect(context.project.target)
  try {
    await connection.query('ATTACH DATABASE ? AS "snapshot"', [join(snapshot.folder, DATA_FILE)])
    // Nothing is to be written through this connection: the snapshot must stay as its checksums say.
    await connection.query('PRAGMA query_only = ON')
    const rows = await connection.query(`PRAGMA "snapshot".table_xinfo(${quoteIdentifier(table.name)})`)
    if (rows.length === 0) throw new SafeMigrateError({ code: 'snapshot', message: `Snapshot ${snapshot.id} has no table ${table.name}.` })
    // hidden = 1: columns of virtual tables that hold no values. https://www.sqlite.org/pragma.html#pragma_table_xinfo
    const columns = rows.filter((row) => Number(row.hidden) !== 1).map((row) => String(row.name))
    return { connection, sqlName: `"snapshot".${quoteIdentifier(table.name)}`, columns, close: () => connection.close() }
  } catch (error) {
    await connection.close()
    throw error
  }
}
