import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PLACE, readValue, toParameters } from '../../../databases/sqlite/json-values.js'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { quoteIdentifier as quote } from '../../../util/names.js'
import { readMembers } from '../../../util/raw-json.js'
import type { Snapshot } from '../../snapshot.js'
import type { Handle } from '../sqlite/copy-pages.js'
import { type DataTable, readDataTables, readRows } from './data-file.js'
import { SCHEMA_FILE, type SchemaFile, schemaFileSchema } from './take-sqlite.js'

const STATISTICS = ['sqlite_stat1', 'sqlite_stat4']
const SEQUENCE = 'sqlite_sequence'

/**
 * Makes the database of a snapshot again, in a new file.
 * @param only this table and its rows, and nothing else
 * @throws SafeMigrateError `snapshot` when that does not work
 */
export async function buildSqlite(snapshot: Snapshot, file: string, only: string | null = null): Promise<void> {
  const schema = await readSchemaFile(snapshot)
  const tables = await readDataTables(snapshot)
  const isWanted = (name: string) => only === null || name === only || (schema.shadows.includes(name) && name.startsWith(`${only}_`))
  try {
    // Virtual tables keep what they know of their shadow tables: their rows are written by another connection.
    await withNewHandle(file, (handle) => makeTables(handle, schema, isWanted, only === null))
    await withNewHandle(file, async (handle) => {
      handle.exec('BEGIN')
      // The marks of AUTOINCREMENT last: rows raise them.
      const ordered = [...tables.filter(({ name }) => name !== SEQUENCE), ...tables.filter(({ name }) => name === SEQUENCE)]
      for (const table of ordered) if (isWanted(table.name)) await fillTable(handle, snapshot, table)
      if (only === null) for (const { type, sql } of schema.objects) if (type !== 'table') handle.exec(sql)
      handle.exec('COMMIT')
    })
  } catch (error) {
    throw error instanceof SafeMigrateError ? error : notBuilt(snapshot, error)
  }
}

async function readSchemaFile(snapshot: Snapshot): Promise<SchemaFile> {
  try {
    return schemaFileSchema.parse(JSON.parse(await readFile(join(snapshot.folder, SCHEMA_FILE), 'utf8')))
  } catch (error) {
    throw notBuilt(snapshot, error)
  }
}

async function withNewHandle(file: string, work: (handle: Handle) => void | Promise<void>): Promise<void> {
  const Driver = (await import('better-sqlite3')).default
  const handle = new Driver(file)
  try {
    // Shadow tables can be written then. https://www.sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigdefensive
    handle.unsafeMode(true)
    for (const setting of ['foreign_keys = OFF', 'ignore_check_constraints = ON', 'synchronous = OFF']) handle.pragma(setting)
    await work(handle)
  } finally {
    handle.close()
  }
}

function makeTables(
  handle: Handle,
  { pragmas, objects, shadows }: SchemaFile,
  isWanted: (name: string) => boolean,
  isWhole: boolean,
): void {
  for (const [name, value] of Object.entries(pragmas)) handle.pragma(`${name} = ${quote(String(value))}`)
  handle.exec('BEGIN')
  for (const { type, name, sql } of objects)
    if (type === 'table' && isWanted(name) && !shadows.includes(name) && !name.startsWith('sqlite_')) handle.exec(sql)
  handle.exec('COMMIT')
  if (isWhole) makeOwnTables(handle, objects)
}

/** SQLite makes them itself, when there is need of them. */
function makeOwnTables(handle: Handle, objects: SchemaFile['objects']): void {
  const wanted = new Set(objects.map(({ name }) => name))
  const isThere = (name: string) => handle.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(name) !== undefined
  if (wanted.has(SEQUENCE) && !isThere(SEQUENCE))
    handle.exec('CREATE TABLE "safe_migrate" ("id" INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE "safe_migrate"')
  if (!STATISTICS.some((name) => wanted.has(name))) return
  handle.exec('ANALYZE sqlite_master')
  for (const name of STATISTICS) if (!wanted.has(name) && isThere(name)) handle.exec(`DROP TABLE ${quote(name)}`)
}

async function fillTable(handle: Handle, snapshot: Snapshot, table: DataTable): Promise<void> {
  const name = quote(table.name)
  if (handle.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table.name) === undefined) return
  handle.exec(`DELETE FROM ${name}`)
  const places = table.columns.map(() => PLACE)
  const insert = handle.prepare(
    table.columns.length === 0
      ? `INSERT INTO ${name} DEFAULT VALUES`
      : `INSERT INTO ${name} (${table.columns.map((column) => quote(column.name)).join(', ')}) VALUES (${places.join(', ')})`,
  )
  for await (const rows of readRows(snapshot.folder, table)) for (const row of rows) insert.run(...bind(row, table))
}

function bind(row: string, { key, columns }: DataTable): unknown[] {
  const members = readMembers(row)
  return columns.flatMap((column) => {
    const raw = members.get(column.key)
    if (raw === undefined) throw new RangeError(`a row of ${key} has no ${column.key}`)
    return toParameters(readValue(raw, column.type))
  })
}

function notBuilt(snapshot: Snapshot, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The database cannot be made again from the JSON of snapshot ${snapshot.id}.`,
    why: messageOf(error),
    next: ['Use another engine: --engine sqlite-backup', 'Or another snapshot: safe-migrate snapshot list'],
    cause: error,
  })
}
