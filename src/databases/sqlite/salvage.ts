import { chmod, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type SqliteDatabase from 'better-sqlite3'
import { syncFolder } from '../../util/durable-files.js'
import { quoteIdentifier as quote, quoteText } from '../../util/names.js'
import type { CatalogTable } from '../catalog.js'
import type { Connection } from '../database.js'
import type { StagedSource } from '../row-restore.js'
import type { SalvagedColumn, SalvageSql, SideColumn, SideTables } from '../salvage.js'
import { comparison } from './comparison.js'
import { toSqlite } from './connection.js'
import { isMisfit, STORAGE_CLASSES } from './declared-type.js'
import { rowRestore } from './row-restore.js'

const LONGEST_NAME = 63

export const salvage: SalvageSql = {
  // A row does not tell who wrote it, nor when.
  writtenBetween: () => '1 = 1',
  writerOf: () => null,
  readPlainTypes: async (_source, columns) => new Map(columns.map(({ name, type }) => [name, type])),
  cast: (sql) => sql,
  changeType: () => null,
  stage,
  openSideTables,
}

async function stage(
  source: StagedSource,
  target: Connection,
  table: string,
  live: CatalogTable | null,
  columns: readonly SalvagedColumn[],
): Promise<void> {
  const values = columns.flatMap(({ before, fitted, original }) => [
    ...(fitted === null ? [] : [{ from: before.name, to: fitted.to, type: fitted.type, before, live: fitted.live }]),
    ...(original === null ? [] : [{ from: before.name, to: original, type: before.type, before, live: before.name }]),
  ])
  await rowRestore.stage(source, target, table, live ?? NO_TABLE, values)
  for (const { before, fitted, original } of columns) {
    if (fitted === null || original === null || before.type === fitted.type) continue
    const after = { ...before, type: fitted.type }
    const differs = comparison.differs({ sql: original, column: before }, { sql: fitted.to, column: after })
    const misfits = STORAGE_CLASSES.filter((one) => isMisfit(fitted.type, one)).map(quoteText)
    const unreadable = misfits.length === 0 ? '0' : `typeof(${fitted.to}) IN (${misfits.join(', ')})`
    await target.query(`UPDATE ${table} SET ${fitted.to} = NULL WHERE ${fitted.to} IS NOT NULL AND (${differs} OR ${unreadable})`)
  }
}

/** A dropped table is staged as it was: nothing of the live one is asked for. */
const NO_TABLE: CatalogTable = {
  id: '',
  schema: null,
  name: '',
  columns: [],
  primaryKey: [],
  foreignKeys: [],
  uniqueKeys: [],
  triggers: [],
  estimatedRows: null,
}

/**
 * In a file of their own: one more table in the database would be drift to `prisma migrate dev`, which then offers to reset it. The file is
 * complete and on disk before the database is committed; when that does not happen, it is removed.
 */
async function openSideTables(connection: Connection, folder: string, stamp: string): Promise<SideTables> {
  const base = path.basename(connection.target.name).replaceAll(/[^A-Za-z0-9._-]/g, '_')
  const file = path.join(folder, `${stamp}-${base}`)
  const written = new Set<string>()
  let handle: SqliteDatabase.Database | null = null
  const open = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const Driver = (await import('better-sqlite3')).default
    handle = new Driver(file)
    handle.defaultSafeIntegers(true)
    await chmod(file, 0o600)
    handle.pragma('synchronous = EXTRA')
    handle.exec('BEGIN')
    return handle
  }
  return {
    place: file,
    prologue: `ATTACH DATABASE ${quoteText(file)} AS salvage`,
    longestName: LONGEST_NAME,
    has: (name) => written.has(name),
    nameOf: (name) => `salvage.${quote(name)}`,
    write: async (name, columns, select) => {
      written.add(name)
      return copyRows(connection, handle ?? (await open()), name, columns, select)
    },
    keep: async () => {
      if (handle === null) return
      handle.exec('COMMIT')
      handle.close()
      handle = null
      await syncFolder(folder)
    },
    discard: async () => {
      handle?.close()
      handle = null
      for (const one of [file, `${file}-journal`]) await rm(one, { force: true })
    },
  }
}

/** Text goes over as its bytes: not all that SQLite keeps as text is valid UTF-8. */
function copyRows(
  connection: Connection,
  to: SqliteDatabase.Database,
  name: string,
  columns: readonly SideColumn[],
  select: string,
): number {
  to.exec(`CREATE TABLE ${quote(name)} (${columns.map((column) => `${quote(column.name)} ${column.type}`).join(', ')})`)
  const places = columns.map((_, place) => `c${place}`)
  const values = places.flatMap((sql) => {
    const bytes = `CASE typeof(${sql}) WHEN 'text' THEN CAST(${sql} AS BLOB) ELSE ${sql} END`
    return [`typeof(${sql}) = 'text'`, bytes, bytes]
  })
  const read = toSqlite(connection).handle.prepare(`WITH side (${places.join(', ')}) AS (${select}) SELECT ${values.join(', ')} FROM side`)
  const take = places.map(() => 'CASE ? WHEN 1 THEN CAST(? AS TEXT) ELSE ? END')
  const write = to.prepare(`INSERT INTO ${quote(name)} VALUES (${take.join(', ')})`)
  let rows = 0
  for (const row of read.raw().iterate()) {
    write.run(...(row as readonly unknown[]))
    rows += 1
  }
  return rows
}
