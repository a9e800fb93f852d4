import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import { quoteIdentifier as quote, quoteQualified, quoteText } from '../../util/names.js'
import type { CatalogTable } from '../catalog.js'
import type { Connection } from '../database.js'
import type { ColumnFingerprint } from '../fingerprint.js'
import type { Misfit, RowRestoreSql, StagedColumn, StagedSource } from '../row-restore.js'
import { STABLE_SETTINGS } from './canonical.js'
import { comparison } from './comparison.js'
import { toPostgresql } from './connection.js'
import { CopyOutput } from './copy-output.js'
import { prepareRestore, readDeferrable, readFiring } from './prepare-restore.js'
import { COLUMNS_WITH_TYPES, familyOf } from './types.js'

/** Types whose equality says that two values are the same: 1.0 and 1.00, or 'a' and 'A' as citext, are equal and not the same. */
const EXACT = /^(?:smallint|integer|bigint|boolean|uuid|bytea|date|oid|timestamp|time(?!tz)(?! with time))/
const WHOLE = /^(?:smallint|integer|bigint)$/
const TEXT = /^(?:text|character varying|character\b|citext)/
/** How long to wait for others who are writing to the tables. */
const LOCK_TIMEOUT = '30s'

export const rowRestore: RowRestoreSql = {
  temporary: (name) => `pg_temp.${quote(name)}`,
  indexOn: (table, columns) => `CREATE INDEX ON ${table} (${columns.join(', ')})`,
  rowNumber: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  rowsOf: (table) => (table.kind === 'partitioned' ? nameOf(table) : `ONLY ${nameOf(table)}`),
  nameOf,
  insertClause: 'OVERRIDING SYSTEM VALUE',
  address: [
    { name: 'tableoid', type: 'oid' },
    { name: 'ctid', type: 'tid' },
  ],
  signature: (values) => `md5(ROW(${values.join(', ')})::text)`,
  differs: (a, b, type) => (EXACT.test(type) ? `${a} IS DISTINCT FROM ${b}` : `${asText(a)} IS DISTINCT FROM ${asText(b)}`),
  isWholeNumber: (type) => WHOLE.test(type),
  isText: (type) => TEXT.test(type),
  text: (sql) => `(${sql})::text`,
  begin,
  stage,
  readDeferrable,
  readFiring,
  prepare: prepareRestore,
  readTransaction: async (connection) => String((await connection.query('SELECT txid_current()::text AS id'))[0]?.id),
  readOutcome,
  advanceSequences,
}

function nameOf(table: CatalogTable): string {
  return quoteQualified(table.schema, table.name)
}

function asText(sql: string): string {
  return `(${sql})::text COLLATE "C"`
}

async function begin(connection: Connection, write: boolean, tables: readonly CatalogTable[]): Promise<void> {
  await connection.query(write ? 'BEGIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ')
  for (const setting of [
    ...STABLE_SETTINGS,
    'SET LOCAL row_security = off',
    "SET LOCAL work_mem = '64MB'",
    // With statistics from before rows were lost the planner would look for each row by itself.
    'SET LOCAL enable_nestloop = off',
    'SET LOCAL statement_timeout = 0',
  ])
    await connection.query(setting)
  if (!write || tables.length === 0) return
  await connection.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`)
  // Readers go on. https://www.postgresql.org/docs/current/explicit-locking.html
  await connection.query(`LOCK TABLE ${tables.map(nameOf).join(', ')} IN SHARE ROW EXCLUSIVE MODE`)
}

/** Casts where the types differ, on the side of the snapshot; the rows go from one connection to the other as a stream. */
async function stage(
  source: StagedSource,
  target: Connection,
  table: string,
  live: CatalogTable,
  columns: readonly StagedColumn[],
): Promise<readonly Misfit[]> {
  return withStableValues(source, async () => {
    const opened = await readOpenedTypes(source)
    const values = columns.map((column) => {
      const name = `s.${quote(column.from)}`
      return { column, name, sql: opened.get(column.from) === column.type ? name : `(${name})::${column.type}` }
    })
    const misfits = await findMisfits(source, live, values)
    if (misfits.length > 0) return misfits
    await streamRows(
      source,
      target,
      table,
      values.map(({ column, sql }) => ({ to: column.to, sql })),
    )
    return []
  })
}

/** In a transaction of the source's connection, which is rolled back: settings, and functions that are made for it, end with it. */
export async function withStableValues<T>({ connection }: StagedSource, work: () => Promise<T>): Promise<T> {
  await connection.query('BEGIN')
  try {
    for (const setting of STABLE_SETTINGS) await connection.query(setting)
    return await work()
  } finally {
    await connection.query('ROLLBACK').catch(() => {})
  }
}

/** @param values by column of the table, from the source's table as `s` @param laterals what follows it in FROM */
export async function streamRows(
  source: StagedSource,
  target: Connection,
  table: string,
  values: readonly { readonly to: string; readonly sql: string }[],
  laterals: readonly string[] = [],
): Promise<void> {
  const query = `SELECT ${values.map(({ sql }) => sql).join(', ')} FROM ${source.sqlName} AS s ${laterals.join(' ')}`
  const list = values.length === 0 ? '' : ` (${values.map(({ to }) => quote(to)).join(', ')})`
  const rows = toPostgresql(source.connection).client.query(new CopyOutput(`COPY (${query}) TO STDOUT`))
  await pipeline(rows, toPostgresql(target).client.query(copyFrom(`COPY ${table}${list} FROM STDIN`)))
  await target.query(`ANALYZE ${table}`)
}

interface Value {
  readonly column: StagedColumn
  readonly name: string
  readonly sql: string
}

/** The types of a snapshot's table by column, as the catalog prints them. */
export async function readOpenedTypes({ connection, sqlName }: StagedSource): Promise<ReadonlyMap<string, string>> {
  const { fields } = await toPostgresql(connection).client.query(`SELECT * FROM ${sqlName} LIMIT 0`)
  const types = await connection.query(
    'SELECT format_type(t.type, t.modifier) AS type FROM unnest($1::oid[], $2::int[]) WITH ORDINALITY AS t(type, modifier, place) ORDER BY place',
    [fields.map((field) => field.dataTypeID), fields.map((field) => field.dataTypeModifier)],
  )
  return new Map(fields.map((field, index) => [field.name, String(types[index]?.type)]))
}

/** A cast cuts and rounds silently: what it would change is counted first, where the type is another one than it was. */
async function findMisfits(source: StagedSource, live: CatalogTable, values: readonly Value[]): Promise<readonly Misfit[]> {
  const converted = values.filter(({ column, name, sql }) => sql !== name && column.before.type !== column.type)
  if (converted.length === 0) return []
  const families = await readFamilies(source.connection, live)
  const counts = converted.map(({ column, name, sql }, index) => {
    const after: ColumnFingerprint = { ...column.before, type: column.type, family: families.get(column.live) ?? 'other' }
    const differs = comparison.differs({ sql: name, column: column.before }, { sql, column: after })
    return `count(*) FILTER (WHERE ${name} IS NOT NULL AND ${differs})::text AS n${index}`
  })
  const [row] = await source.connection.query(`SELECT ${counts.join(', ')} FROM ${source.sqlName} AS s`)
  return converted
    .map(({ column }, index) => ({ column: column.live, rows: Number(row?.[`n${index}`] ?? 0) }))
    .filter(({ rows }) => rows > 0)
}

/** The family of each column's type, by the column's name. */
export async function readFamilies(connection: Connection, live: CatalogTable): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.query(`SELECT * FROM (${COLUMNS_WITH_TYPES}) AS c WHERE c.table_id = ${Number(live.id)}`)
  return new Map(rows.map((row) => [String(row.name), familyOf(String(row.base_type), String(row.base_kind))]))
}

/** https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT */
async function readOutcome(connection: Connection, transaction: string): Promise<boolean | null> {
  const [row] = await connection.query('SELECT txid_status($1::bigint) AS status', [transaction]).catch(() => [])
  return row?.status === 'committed' ? true : row?.status === 'aborted' ? false : null
}

/** Of serial, identity and any other column whose default is a sequence of its own. A sequence that counts down is set before the data; ids that it cannot give are not in its way. */
async function advanceSequences(connection: Connection, tables: readonly CatalogTable[]): Promise<void> {
  for (const table of tables) {
    for (const { name, sequence } of table.columns) {
      if (sequence === undefined) continue
      const sql = quoteText(quoteQualified(sequence.schema, sequence.name))
      const ofRows = (what: string) =>
        `(SELECT ${what}(${quote(name)}) FILTER (WHERE ${quote(name)} BETWEEN s.seqmin AND s.seqmax) FROM ${nameOf(table)})::text`
      const [row] = await connection.query(
        `SELECT s.seqincrement < 0 AS down, ${ofRows('max')} AS highest, ${ofRows('min')} AS lowest,
                pg_sequence_last_value(s.seqrelid)::text AS last FROM pg_sequence s WHERE s.seqrelid = ${sql}::regclass`,
      )
      const [wanted, last] = [row?.down === true ? row.lowest : row?.highest, row?.last]
      if (typeof wanted !== 'string') continue
      const isPast = typeof last === 'string' && (row?.down === true ? BigInt(last) <= BigInt(wanted) : BigInt(last) >= BigInt(wanted))
      if (!isPast) await connection.query(`SELECT setval(${sql}::regclass, ${wanted})`)
    }
  }
}
