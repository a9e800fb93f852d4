import type {
  Catalog,
  CatalogColumn,
  CatalogDefinition,
  CatalogForeignKey,
  CatalogObject,
  CatalogTable,
  CatalogUniqueKey,
  ForeignKeyAction,
} from '../catalog.js'
import type { Connection, Row } from '../database.js'
import { readBelongings } from './belongings.js'
import { readObjects } from './objects.js'
import { parseSqlite } from './parse.js'
import { readStoredCode } from './stored-code.js'

const ACTIONS: readonly ForeignKeyAction[] = ['no action', 'restrict', 'cascade', 'set null', 'set default']

/** Every table of the main database but SQLite's own and the hidden ones behind virtual tables. */
export async function readCatalog(connection: Connection): Promise<Catalog> {
  const tables: CatalogTable[] = []
  for (const row of await readTables(connection)) tables.push(await readTable(connection, row.name, row.isVirtual))
  const objects = await readObjectNames(connection)
  return {
    defaultSchema: null,
    tables,
    enums: [],
    objects,
    dependents: [],
    belongings: await readBelongings(connection),
    definitions: await readDefinitions(connection),
    code: await readStoredCode(connection),
  }
}

async function readDefinitions(connection: Connection): Promise<readonly CatalogDefinition[]> {
  const objects = await readObjects(connection)
  return objects.flatMap(({ type, name, table, definition }) =>
    type === 'view' || type === 'trigger' ? [{ type, name, table, sql: definition }] : [],
  )
}

async function readObjectNames(connection: Connection): Promise<readonly CatalogObject[]> {
  const objects: CatalogObject[] = []
  for (const type of ['view', 'index', 'trigger'] as const) {
    const rows = await connection.query('SELECT name FROM sqlite_master WHERE type = ? ORDER BY name', [type])
    objects.push(...rows.map((row) => ({ type, schema: null, name: String(row.name) })))
  }
  return objects
}

export interface SqliteTableName {
  readonly name: string
  readonly isVirtual: boolean
}

/** https://www.sqlite.org/pragma.html#pragma_table_list */
export async function readTables(connection: Connection): Promise<readonly SqliteTableName[]> {
  const rows = await connection.query(
    "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  )
  return rows.map((row) => ({ name: String(row.name), isVirtual: row.type === 'virtual' }))
}

async function readTable(connection: Connection, name: string, isVirtual: boolean): Promise<CatalogTable> {
  const columns = await connection.query("SELECT * FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 1 ORDER BY cid", [name])
  const triggers = await connection.query(
    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY name",
    [name],
  )
  const keyColumns = columns.filter((column) => Number(column.pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk))
  return {
    id: name,
    schema: null,
    name,
    columns: columns.map(readColumn),
    primaryKey: keyColumns.map((column) => String(column.name)),
    foreignKeys: await readForeignKeys(connection, name),
    uniqueKeys: await readUniqueKeys(connection, name),
    triggers: triggers.map((trigger) => String(trigger.name)),
    estimatedRows: null,
    ...(isVirtual ? { kind: 'virtual' } : await readConstraints(connection, name)),
  }
}

/** Read by the same parser as migrations. */
async function readConstraints(connection: Connection, name: string): Promise<Pick<CatalogTable, 'constraints'>> {
  const [row] = await connection.query("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [name])
  const [change] = (await parseSqlite({ migration: '', file: '', sql: String(row?.sql ?? '') })).changes
  return change?.kind === 'create-table' && change.constraints !== undefined ? { constraints: change.constraints } : {}
}

/** `hidden` is 2 or 3 for a generated column. https://www.sqlite.org/pragma.html#pragma_table_xinfo */
function readColumn(row: Row): CatalogColumn {
  return {
    id: String(row.name),
    name: String(row.name),
    type: String(row.type),
    notNull: Number(row.notnull) === 1,
    default: typeof row.dflt_value === 'string' ? row.dflt_value : null,
    generated: Number(row.hidden) >= 2,
  }
}

/** https://www.sqlite.org/pragma.html#pragma_index_list */
async function readUniqueKeys(connection: Connection, table: string): Promise<readonly CatalogUniqueKey[]> {
  const rows = await connection.query(
    `SELECT l.name, i.name AS column FROM pragma_index_list(?, 'main') l, pragma_index_info(l.name, 'main') i
     WHERE l."unique" = 1 AND l.partial = 0 AND l.origin <> 'pk' ORDER BY l.name, i.seqno`,
    [table],
  )
  const keys = new Map<string, unknown[]>()
  for (const { name, column } of rows) keys.set(String(name), [...(keys.get(String(name)) ?? []), column])
  // The column of an expression has no name.
  return [...keys].filter(([, columns]) => !columns.includes(null)).map(([name, columns]) => ({ name, columns: columns.map(String) }))
}

/** SQLite keeps no names of foreign keys where they can be asked for: they are called after their columns. */
async function readForeignKeys(connection: Connection, table: string): Promise<readonly CatalogForeignKey[]> {
  const rows = await connection.query("SELECT * FROM pragma_foreign_key_list(?, 'main') ORDER BY id, seq", [table])
  const groups = groupById(rows)
  const keys: CatalogForeignKey[] = []
  for (const parts of groups.values()) {
    const [first] = parts
    if (first !== undefined) keys.push(await readForeignKey(connection, table, first, parts))
  }
  return keys
}

function groupById(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(String(row.id), [...(groups.get(String(row.id)) ?? []), row])
  return groups
}

async function readForeignKey(connection: Connection, table: string, first: Row, parts: readonly Row[]): Promise<CatalogForeignKey> {
  const columns = parts.map((part) => String(part.from))
  const referenced = String(first.table)
  // `to` is empty when the key references the primary key without naming it.
  const referencedColumns = parts.every((part) => typeof part.to === 'string')
    ? parts.map((part) => String(part.to))
    : await readPrimaryKey(connection, referenced)
  return {
    name: `${table}(${columns.join(', ')})`,
    columns,
    references: { schema: null, table: referenced, columns: referencedColumns },
    onDelete: readAction(first.on_delete),
    onUpdate: readAction(first.on_update),
  }
}

async function readPrimaryKey(connection: Connection, table: string): Promise<readonly string[]> {
  const rows = await connection.query("SELECT name FROM pragma_table_info(?, 'main') WHERE pk > 0 ORDER BY pk", [table])
  return rows.map((row) => String(row.name))
}

function readAction(value: unknown): ForeignKeyAction {
  return ACTIONS.find((action) => action === String(value).toLowerCase()) ?? 'no action'
}
