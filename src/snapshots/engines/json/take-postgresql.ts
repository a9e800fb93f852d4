import { isUserSchema } from '../../../databases/postgresql/catalog-sql.js'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { CopyOutput } from '../../../databases/postgresql/copy-output.js'
import { selectJson } from '../../../databases/postgresql/json-rows.js'
import { SafeMigrateError } from '../../../errors.js'
import { displayName, quoteQualified } from '../../../util/names.js'
import type { SnapshotContext, TakenSnapshot } from '../../snapshot.js'
import { takeFingerprint } from '../../take-fingerprint.js'
import { writeCopyFile } from '../copy/copy-file.js'
import { copyLargeObjects } from '../copy/large-objects.js'
import { readNotCarried } from '../copy/not-carried.js'
import { planParts } from '../copy/plan-parts.js'
import { readSchema } from '../copy/schema/read-schema.js'
import { readSequenceValues } from '../copy/sequence-values.js'
import { READING_SETTINGS, withConnections } from '../copy/sessions.js'
import { beginLocked } from '../copy/take-copy.js'
import { type DatabaseFile, type TableLayout, writeDatabaseFile } from '../postgresql/database-file.js'
import { readDatabase } from '../postgresql/read-database.js'
import { DataFile, type DataTable } from './data-file.js'
import { describeData, readNames } from './describe-data.js'

const TYPES = `SELECT a.attrelid::text AS id, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND ${isUserSchema('n.nspname')}`

/** Everything through one connection, in the transaction of the fingerprint. */
export async function takeJsonOfPostgresql(context: SnapshotContext, folder: string): Promise<TakenSnapshot> {
  const { target } = context.project
  return withConnections(target, target.name, 1, READING_SETTINGS, async ([connection]) => {
    if (connection === undefined) throw new Error('no connection')
    await beginLocked(connection)
    const database = await readDatabase(connection)
    requireEncoding(context, database)
    const entries = await readSchema(connection)
    const sequences = await readSequenceValues(connection)
    const fingerprint = await takeFingerprint(context, connection)
    const names = await readNames(context, database.tables)
    const file = await DataFile.create(folder, describeData(context, fingerprint, database.tables, names))
    try {
      for (const { table, from } of await planTables(connection, database, names))
        await file.writeTable(table, () => writeRows(context, connection, file, table, from))
      await file.complete()
    } finally {
      await file.abandon()
    }
    const largeObjects = await copyLargeObjects(connection, folder)
    const notCarried = [...new Set([...database.notCarried, ...(await readNotCarried(connection))])].sort()
    await writeDatabaseFile(folder, { ...database, notCarried })
    await writeCopyFile(folder, { encoding: 'UTF8', entries: [...entries], parts: [], sequences, largeObjects })
    return { fingerprint, notCarried, details: { compression: 'none' } }
  })
}

interface PlannedTable {
  readonly table: Omit<DataTable, 'rows' | 'start' | 'end'>
  /** For FROM. */
  readonly from: string
}

async function planTables(
  connection: PostgresqlConnection,
  database: DatabaseFile,
  names: Awaited<ReturnType<typeof readNames<TableLayout>>>,
): Promise<readonly PlannedTable[]> {
  const types = new Map((await connection.query(TYPES)).map((row) => [JSON.stringify([row.id, row.name]), String(row.type)]))
  const ofExtensions = await planParts(connection, { ...database, tables: database.tables.filter((table) => table.ofExtension) }, 1)
  return database.tables.flatMap((layout): PlannedTable[] => {
    const { id, schema, name } = layout
    const named = names.get(layout)
    const part = ofExtensions.find((one) => one.table === id)
    if (!layout.hasRows || named === undefined || (layout.ofExtension && part === undefined)) return []
    const columns = layout.columns
      .filter((column) => column.generated === null)
      .map((column) => ({ name: column.name, key: named.keyOf(column.name), type: types.get(JSON.stringify([id, column.name])) ?? 'text' }))
    return [{ table: { id, schema, name, key: named.name, columns }, from: part?.source ?? `ONLY ${quoteQualified(schema, name)}` }]
  })
}

/** The server writes the JSON. Neither mark of this CSV can be in it, so that a line is a row as it is. */
async function writeRows(
  context: SnapshotContext,
  connection: PostgresqlConnection,
  file: DataFile,
  { schema, name, columns }: PlannedTable['table'],
  from: string,
): Promise<number> {
  const select = selectJson(from, columns, " || ','")
  const rows = connection.client.query(
    new CopyOutput(String.raw`COPY (${select}) TO STDOUT WITH (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', ENCODING 'UTF8')`),
  )
  for await (const chunk of rows) {
    context.signal?.throwIfAborted()
    await file.write(chunk as Buffer)
  }
  context.onProgress({ step: `Writing ${displayName(schema, name)}`, done: rows.rows, unit: 'rows' })
  return rows.rows
}

/** JSON is UTF-8: text of no known encoding cannot be in it. */
function requireEncoding({ project }: SnapshotContext, { properties }: DatabaseFile): void {
  if (properties.encoding !== 'SQL_ASCII') return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${project.target.label} cannot be written as JSON: its encoding is SQL_ASCII.`,
    why: 'Its texts may be bytes in any encoding, and JSON is UTF-8. Nothing was changed.',
    next: ['Use another engine: --engine copy'],
  })
}
