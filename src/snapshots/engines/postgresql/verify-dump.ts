import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { formatCount } from '../../../util/format.js'
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
  const counts = new Map((await readFingerprint(snapshot)).tables.map((table) => [table.id, table.rows]))
  const jobs = tables.filter((table) => table.hasRows).map((table) => ({ table, entry: entries.find((entry) => entry.oid === table.id) }))
  let done = 0
  await inParallel(jobs, async ({ table, entry }) => {
    await verifyRows(snapshot, table, entry, counts.get(table.id))
    context.onProgress({ step: 'Reading the snapshot back', done: ++done, total: jobs.length, unit: 'tables' })
  })
  await inParallel(await largeObjectFiles(snapshot), (file) => readToEnd(snapshot, file))
}

async function verifyRows(
  snapshot: Snapshot,
  table: TableLayout,
  entry: ArchiveEntry | undefined,
  expected: number | undefined,
): Promise<void> {
  const name = displayName(table.schema, table.name)
  // An extension decides which of its tables pg_dump takes, and which of their rows.
  if (entry === undefined && table.ofExtension) return
  if (entry === undefined) throw damaged(snapshot, `the rows of ${name} are not in the dump`)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const rows = await pipeRows(rowsFile(snapshot, entry), nowhere).catch((error: unknown) => {
    throw damaged(snapshot, `the rows of ${name} cannot be read: ${messageOf(error)}`)
  })
  if (table.ofExtension || rows === expected) return
  const wanted = expected === undefined ? 'none' : formatCount(expected)
  throw damaged(snapshot, `it holds ${formatCount(rows)} rows of ${name}, and the database had ${wanted}`)
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
