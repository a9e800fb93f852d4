import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type SqliteConnection, toSqlite } from '../../../databases/sqlite/connection.js'
import { iterateJson } from '../../../databases/sqlite/json-rows.js'
import { writePrivateFile } from '../../../util/durable-files.js'
import { quoteIdentifier } from '../../../util/names.js'
import type { SnapshotContext, TakenSnapshot } from '../../snapshot.js'
import { takeFingerprint } from '../../take-fingerprint.js'
import { readJournalMode } from '../sqlite/copy-pages.js'
import { DataFile } from './data-file.js'
import { describeData, readNames } from './describe-data.js'

export const SCHEMA_FILE = 'schema.json'
/** In the rows of tables whose rows are numbered by nothing else; other tables can refer to it. https://www.sqlite.org/rowidtable.html */
const ROWID_KEY = '$rowid'
const ROWID_NAMES = ['rowid', '_rowid_', 'oid']
const ROWS_AT_ONCE = 500
const PRAGMAS = ['encoding', 'page_size', 'auto_vacuum', 'user_version', 'application_id'] as const

export const schemaFileSchema = z.object({
  pragmas: z.object({
    encoding: z.string(),
    page_size: z.number(),
    auto_vacuum: z.number(),
    user_version: z.number(),
    application_id: z.number(),
  }),
  /** In the order in which they were made. */
  objects: z.array(z.object({ type: z.string(), name: z.string(), table: z.string(), sql: z.string() })),
  /** Tables that a virtual one makes for itself. */
  shadows: z.array(z.string()),
})

/** What makes everything but the rows of a SQLite database again. */
export type SchemaFile = z.infer<typeof schemaFileSchema>

/** Everything in one read transaction. */
export async function takeJsonOfSqlite(context: SnapshotContext, folder: string): Promise<TakenSnapshot> {
  const { target, database } = context.project
  const connection = toSqlite(await database.connect(target))
  try {
    connection.handle.exec('BEGIN')
    const fingerprint = await takeFingerprint(context, connection)
    const schema = await readSchema(connection)
    const tables = await readTables(connection)
    const names = await readNames(context, tables)
    const file = await DataFile.create(folder, describeData(context, fingerprint, tables, names))
    try {
      for (const table of tables) {
        const named = names.get(table)
        const columns = [...table.columns, ...table.rowid].map((column) => ({
          ...column,
          key: table.rowid.includes(column) ? ROWID_KEY : (named?.keyOf(column.name) ?? column.name),
        }))
        const described = { id: table.id, schema: null, name: table.name, key: named?.name ?? table.name, columns }
        await file.writeTable(described, () => writeRows(context, connection, file, described))
      }
      await file.complete()
    } finally {
      await file.abandon()
    }
    await writePrivateFile(join(folder, SCHEMA_FILE), `${JSON.stringify(schema)}\n`)
    const details = { journalMode: readJournalMode(connection.handle), fileMode: (await stat(target.name)).mode & 0o777 }
    return { fingerprint, details }
  } finally {
    await connection.close()
  }
}

async function readSchema(connection: SqliteConnection): Promise<SchemaFile> {
  const objects = await connection.query(
    'SELECT type, name, tbl_name AS "table", sql FROM main.sqlite_master WHERE sql IS NOT NULL ORDER BY rowid',
  )
  const shadows = await connection.query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")
  const pragmas = PRAGMAS.map((name) => {
    const value: unknown = connection.handle.pragma(name, { simple: true })
    return [name, typeof value === 'bigint' ? Number(value) : value] as const
  })
  return schemaFileSchema.parse({
    pragmas: Object.fromEntries(pragmas),
    objects,
    shadows: shadows.map(({ name }) => name),
  })
}

interface Column {
  readonly name: string
  readonly type: string
}

interface StoredTable {
  readonly id: string
  readonly schema: null
  readonly name: string
  readonly columns: readonly Column[]
  /** The column that numbers the rows, when no column of the table's own does. */
  readonly rowid: readonly Column[]
}

/** Every table that has rows of its own; those of a virtual table are in its shadow tables. */
async function readTables(connection: SqliteConnection): Promise<readonly StoredTable[]> {
  const found = await connection.query(
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT IN ('sqlite_schema', 'sqlite_master') ORDER BY name",
  )
  const tables: StoredTable[] = []
  for (const row of found) {
    const name = String(row.name)
    const all = await connection.query("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid", [name])
    const columns = all
      .filter(({ hidden }) => Number(hidden) === 0)
      .map((column) => ({ name: String(column.name), type: String(column.type) }))
    const isRowid = (column: (typeof all)[number]) => Number(column.pk) > 0 && String(column.type).toUpperCase() === 'INTEGER'
    const isNumbered = Number(row.wr) === 1 || (all.filter(({ pk }) => Number(pk) > 0).length === 1 && all.some(isRowid))
    const rowid = isNumbered ? undefined : ROWID_NAMES.find((one) => !all.some((column) => String(column.name).toLowerCase() === one))
    tables.push({ id: name, schema: null, name, columns, rowid: rowid === undefined ? [] : [{ name: rowid, type: 'INTEGER' }] })
  }
  return tables
}

async function writeRows(
  context: SnapshotContext,
  connection: SqliteConnection,
  file: DataFile,
  { name, columns }: { readonly name: string; readonly columns: readonly (Column & { readonly key: string })[] },
): Promise<number> {
  let rows = 0
  let lines: string[] = []
  const write = async () => {
    context.signal?.throwIfAborted()
    context.onProgress({ step: `Writing ${name}`, done: rows, unit: 'rows' })
    if (lines.length > 0) await file.write(`${lines.join(',\n')},\n`)
    lines = []
    // SQLite does not let anything else run.
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const line of iterateJson(connection, `main.${quoteIdentifier(name)}`, columns)) {
    lines.push(line)
    rows += 1
    if (lines.length >= ROWS_AT_ONCE) await write()
  }
  await write()
  return rows
}
