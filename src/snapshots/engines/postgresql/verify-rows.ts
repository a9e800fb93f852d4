import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { TableFingerprint } from '../../../databases/fingerprint.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { decompressorOf } from '../../../util/compression.js'
import { formatCount, formatQuantity } from '../../../util/format.js'
import { displayName } from '../../../util/names.js'
import { startStep } from '../../../util/progress.js'
import { readFingerprint } from '../../fingerprint-file.js'
import { countRowsOf } from '../../manifest-tables.js'
import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import type { WriteRows } from './copy-text.js'
import { readDatabaseFile, type TableLayout } from './database-file.js'

/** Files read at once; decompressing runs in Node's thread pool. */
const PARALLEL = 2

/**
 * Reads the rows of every table to their end; there must be as many as the fingerprint counted.
 * @param partsOf the parts of a table; null when its rows are not in the snapshot
 * @throws SafeMigrateError `snapshot`
 */
export async function verifyRows(
  context: SnapshotContext,
  snapshot: Snapshot,
  partsOf: (table: TableLayout) => readonly WriteRows[] | null,
): Promise<void> {
  const { tables } = await readDatabaseFile(snapshot)
  const jobs = tables.filter((table) => table.hasRows)
  const counts = new Map<string, number>()
  const progress = startStep(context.onProgress, 'Reading the snapshot back', countRowsOf(snapshot), 'rows')
  await inParallel(jobs, async (table) => {
    const rows = await countRows(snapshot, table, partsOf(table), progress.add)
    if (rows !== null) counts.set(table.id, rows)
  })
  progress.end()
  requireCounts(snapshot, tables, (await readFingerprint(snapshot)).tables, counts)
}

/** As many rows of each table as the fingerprint counted. @param counts by the table's OID @throws SafeMigrateError `snapshot` */
export function requireCounts(
  snapshot: Pick<Snapshot, 'id'>,
  layouts: readonly TableLayout[],
  tables: readonly TableFingerprint[],
  counts: ReadonlyMap<string, number>,
): void {
  const ofExtensions = new Set(layouts.filter((table) => table.ofExtension).map((table) => table.id))
  // An extension decides which of its tables' rows are taken.
  for (const table of tables) if (!ofExtensions.has(table.id)) requireRows(snapshot, table, counts)
}

/** Null when the table's rows are not in the snapshot, and need not be. */
async function countRows(
  snapshot: Snapshot,
  table: TableLayout,
  parts: readonly WriteRows[] | null,
  onRows: (rows: number) => void,
): Promise<number | null> {
  const name = displayName(table.schema, table.name)
  if (parts === null && table.ofExtension) return null
  if (parts === null) throw damaged(snapshot, `the rows of ${name} are not in it`)
  let rows = 0
  for (const write of parts) {
    rows += await write(nowhere(), onRows).catch((error: unknown) => {
      throw damaged(snapshot, `the rows of ${name} cannot be read: ${messageOf(error)}`)
    })
  }
  return rows
}

/** The rows of a partitioned table are those of its partitions. */
function requireRows(snapshot: Pick<Snapshot, 'id'>, table: TableFingerprint, counts: ReadonlyMap<string, number>): void {
  const rows = (table.members ?? [table.id]).reduce((sum, id) => sum + (counts.get(id) ?? 0), 0)
  if (rows === table.rows) return
  const name = displayName(table.schema, table.name)
  throw damaged(snapshot, `it holds ${formatQuantity(rows, 'row')} of ${name}, and the database had ${formatCount(table.rows)}`)
}

/** Reads any other compressed file to its end. @throws SafeMigrateError `snapshot` */
export async function readToEnd(snapshot: Snapshot, file: string): Promise<void> {
  await pipeline(createReadStream(file), decompressorOf(file), nowhere()).catch((error: unknown) => {
    throw damaged(snapshot, `a large object cannot be read: ${messageOf(error)}`)
  })
}

export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const takeNext = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: PARALLEL }, takeNext))
}

function damaged(snapshot: Pick<Snapshot, 'id'>, why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} is not complete: ${why}.`,
    why: 'What it holds cannot be trusted.',
    next: ['Use another one: safe-migrate snapshot list', 'Or take a new one: safe-migrate snapshot create'],
  })
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}
