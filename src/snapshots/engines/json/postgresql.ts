import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { toCopyLine } from '../../../databases/postgresql/json-values.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import type { Snapshot } from '../../snapshot.js'
import { type CopyFile, partsOfTable, type RowsPart, readCopyFile } from '../copy/copy-file.js'
import { copy, restoreCopy } from '../copy.js'
import { firstRow } from '../postgresql/maintenance.js'
import { openCopiedRows } from '../postgresql/open-copied-rows.js'
import { makeScratchDatabase } from '../postgresql/scratch-database.js'
import { readToEnd, verifyRows } from '../postgresql/verify-rows.js'
import { type DataTable, readDataTables, readRows } from './data-file.js'
import type { JsonEngine } from './json-engine.js'
import { takeJsonOfPostgresql } from './take-postgresql.js'

/** What the engine copy does, with other rows. */
export const jsonOfPostgresql: JsonEngine = {
  checkAvailability: copy.checkAvailability,
  estimateText: async ({ connection }) => {
    const sizes = "SELECT coalesce(sum(pg_table_size(oid)), 0)::text AS bytes FROM pg_class WHERE relkind = 'r' AND oid >= 16384"
    return Number(firstRow(await connection.query(sizes)).bytes)
  },
  take: takeJsonOfPostgresql,
  verify: async (context, snapshot) => {
    const [{ largeObjects }, parts] = [await readCopyFile(snapshot), await findParts(snapshot)]
    await verifyRows(context, snapshot, ({ id }) => partsOfTable(parts, id))
    if (largeObjects.file !== null) await readToEnd(snapshot, join(snapshot.folder, largeObjects.file))
  },
  keepsReplaced: copy.keepsReplaced,
  restore: (context, snapshot, options) => restoreCopy(context, snapshot, options, findParts),
  openTable: async (context, snapshot, table) => {
    const [{ encoding }, parts] = [await readCopyFile(snapshot), await findParts(snapshot)]
    return openCopiedRows(context, snapshot, table, { partsOf: ({ id }) => partsOfTable(parts, id) ?? [], encoding })
  },
  makeScratch: makeScratchDatabase,
}

async function findParts(snapshot: Snapshot, _copy?: CopyFile): Promise<readonly RowsPart[]> {
  return (await readDataTables(snapshot)).map((table) => ({
    table: table.id,
    bytes: table.end - table.start,
    write: async (destination, onRows) => {
      await pipeline(Readable.from(toCopyText(snapshot, table, onRows)), destination)
      return table.rows
    },
  }))
}

async function* toCopyText(snapshot: Snapshot, table: DataTable, onRows: (rows: number) => void = () => {}): AsyncGenerator<Buffer> {
  for await (const rows of readRows(snapshot.folder, table)) {
    yield Buffer.from(rows.map((row) => lineOf(snapshot, table, row)).join(''))
    onRows(rows.length)
  }
}

function lineOf(snapshot: Snapshot, table: DataTable, row: string): string {
  try {
    return toCopyLine(row, table.columns)
  } catch (error) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `A row of ${table.key} in snapshot ${snapshot.id} cannot be read.`,
      why: messageOf(error),
      next: ['Use another snapshot: safe-migrate snapshot list'],
      cause: error,
    })
  }
}
