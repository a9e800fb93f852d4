import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { TableFingerprint } from '../../../databases/fingerprint.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { formatCount, formatQuantity } from '../../../util/format.js'
import { displayName } from '../../../util/names.js'
import { readFingerprint } from '../../fingerprint-file.js'
import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import { type ArchiveEntry, findRestoreTools, isTableData, largeObjectFiles, readArchive, rowsFile } from './archive.js'
import { pipeRows } from './copy-text.js'
import { readDatabaseFile, type TableLayout } from './database-file.js'

/** Files read at once; decompressing runs in Node's thread pool. */
const PARALLEL = 2

/**
 * Reads a dump to its end: the table of contents, every table's rows (as many as the fingerprint counted), every large object. A dump that
 * was cut off cannot pass. @throws SafeMigrateError `snapshot`
 */
export async function verifyDump(context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  const tools = await findRestoreTools(snapshot)
  const entries = (await readArchive(tools, context.project.target, snapshot)).filter(isTableData)
  const { tables } = await readDatabaseFile(snapshot)
  const jobs = tables.filter((table) => table.hasRows).map((table) => ({ table, entry: entries.find((entry) => entry.oid === table.id) }))
  const counts = new Map<string, number>()
  await inParallel(jobs, async ({ table, entry }) => {
    const rows = await countRows(snapshot, table, entry)
    if (rows !== null) counts.set(table.id, rows)
    context.onProgress({ step: 'Reading the snapshot back', done: counts.size, total: jobs.length, unit: 'tables' })
  })
  const ofExtensions = new Set(tables.filter((table) => table.ofExtension).map((table) => table.id))
  for (const table of (await readFingerprint(snapshot)).tables) {
    // An extension decides which of its tables' rows pg_dump takes.
    if (!ofExtensions.has(table.id)) requireRows(snapshot, table, counts)
  }
  await inParallel(await largeObjectFiles(snapshot), (file) => readToEnd(snapshot, file))
}

/** Null when the table's rows are not in the dump, and need not be. */
async function countRows(snapshot: Snapshot, table: TableLayout, entry: ArchiveEntry | undefined): Promise<number | null> {
  const name = displayName(table.schema, table.name)
  if (entry === undefined && table.ofExtension) return null
  if (entry === undefined) throw damaged(snapshot, `the rows of ${name} are not in the dump`)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return pipeRows(rowsFile(snapshot, entry), nowhere).catch((error: unknown) => {
    throw damaged(snapshot, `the rows of ${name} cannot be read: ${messageOf(error)}`)
  })
}

/** The rows of a partitioned table are those of its partitions. */
function requireRows(snapshot: Snapshot, table: TableFingerprint, counts: ReadonlyMap<string, number>): void {
  const rows = (table.members ?? [table.id]).reduce((sum, id) => sum + (counts.get(id) ?? 0), 0)
  if (rows === table.rows) return
  const name = displayName(table.schema, table.name)
  throw damaged(snapshot, `it holds ${formatQuantity(rows, 'row')} of ${name}, and the database had ${formatCount(table.rows)}`)
}

async function readToEnd(snapshot: Snapshot, file: string): Promise<void> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  await pipeline(createReadStream(file), createGunzip(), nowhere).catch((error: unknown) => {
    throw damaged(snapshot, `a large object cannot be read: ${messageOf(error)}`)
  })
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const takeNext = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: PARALLEL }, takeNext))
}

function damaged(snapshot: Snapshot, why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} is not complete: ${why}.`,
    why: 'What it holds cannot be trusted.',
    next: ['Use another one: safe-migrate snapshot list', 'Or take a new one: safe-migrate snapshot create'],
  })
}
