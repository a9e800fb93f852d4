import { quoteIdentifier as quote } from '../../util/names.js'
import type { CatalogTable } from '../catalog.js'
import type { Connection, Row } from '../database.js'
import type { Prepared, PrepareOptions, RowRestoreSql, StagedColumn, StagedSource } from '../row-restore.js'
import { toSqlite } from './connection.js'
import { affinityOf } from './declared-type.js'

export const rowRestore: RowRestoreSql = {
  temporary: (name) => `temp.${quote(name)}`,
  indexOn: (table, columns) => {
    const plain = table.slice('temp.'.length)
    return `CREATE INDEX IF NOT EXISTS temp.${quote(`${plain.slice(1, -1)}_${columns.join('_')}`)} ON ${plain} (${columns.join(', ')})`
  },
  rowNumber: 'INTEGER PRIMARY KEY',
  rowsOf: nameOf,
  nameOf,
  insertClause: '',
  address: [{ name: 'rowid', type: 'INTEGER' }],
  // https://www.sqlite.org/lang_corefunc.html#quote shows 15 digits of a real number; 17 tell all of them apart.
  signature: (values) =>
    values.length === 0
      ? "''"
      : values.map((sql) => `CASE typeof(${sql}) WHEN 'real' THEN printf('%!.17g', ${sql}) ELSE quote(${sql}) END`).join(" || ',' || "),
  // Without a collation of the column's: 'a' and 'A' are not the same.
  differs: (a, b) => `(typeof(${a}) <> typeof(${b}) OR +${a} IS NOT +${b} COLLATE BINARY)`,
  isWholeNumber: (type) => affinityOf(type) === 'integer',
  isText: (type) => affinityOf(type) === 'text',
  text: (sql) => `CASE typeof(${sql}) WHEN 'blob' THEN 'x''' || hex(${sql}) || '''' ELSE CAST(${sql} AS TEXT) END`,
  begin: async (connection, write) => {
    await connection.query(write ? 'BEGIN IMMEDIATE' : 'BEGIN')
  },
  stage,
  readDeferrable: async () => () => true,
  readFiring: async () => [],
  prepare,
  readTransaction: async () => null,
  readOutcome: async () => null,
  // Rows that are inserted with their ids raise the mark of AUTOINCREMENT by themselves. https://www.sqlite.org/autoinc.html
  advanceSequences: async () => {},
}

function nameOf(table: CatalogTable): string {
  return `main.${quote(table.name)}`
}

/** Text goes over as its bytes: not all that SQLite keeps as text is valid UTF-8. */
async function stage(
  source: StagedSource,
  target: Connection,
  table: string,
  _live: CatalogTable,
  columns: readonly StagedColumn[],
): Promise<readonly []> {
  const names = columns.map(({ from }) => `s.${quote(from)}`)
  const values = names.flatMap((name) => {
    const bytes = `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`
    return [`typeof(${name}) = 'text'`, bytes, bytes]
  })
  const read = toSqlite(source.connection).handle.prepare(
    `SELECT ${values.length === 0 ? '1' : values.join(', ')} FROM ${source.sqlName} AS s`,
  )
  const { handle } = toSqlite(target)
  const places = columns.map(() => 'CASE ? WHEN 1 THEN CAST(? AS TEXT) ELSE ? END')
  const write = handle.prepare(
    columns.length === 0
      ? `INSERT INTO ${table} DEFAULT VALUES`
      : `INSERT INTO ${table} (${columns.map(({ to }) => quote(to)).join(', ')}) VALUES (${places.join(', ')})`,
  )
  handle.exec('SAVEPOINT safe_migrate_stage')
  for (const row of read.raw().iterate()) write.run(...(columns.length === 0 ? [] : (row as readonly unknown[])))
  handle.exec('RELEASE SAVEPOINT safe_migrate_stage')
  return []
}

/** Triggers are dropped and made again, in their order, within the transaction: https://www.sqlite.org/lang_droptrigger.html */
async function prepare(connection: Connection, { tables }: PrepareOptions): Promise<Prepared> {
  const triggers: Row[] = []
  for (const table of tables) {
    const found = "SELECT rowid, name, sql FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
    triggers.push(...(await connection.query(found, [table.name])))
  }
  triggers.sort((a, b) => Number(a.rowid) - Number(b.rowid))
  for (const { name } of triggers) await connection.query(`DROP TRIGGER main.${quote(String(name))}`)
  // Until the transaction ends: https://www.sqlite.org/pragma.html#pragma_defer_foreign_keys
  await connection.query('PRAGMA defer_foreign_keys = ON')
  return {
    settle: async () => {
      for (const { sql } of triggers) await connection.query(String(sql))
    },
  }
}
