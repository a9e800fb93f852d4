import type { ComparedValue, ComparisonSql, Connection } from '../databases/database.js'
import type { ColumnFingerprint } from '../databases/fingerprint.js'
import { cancelFilled, selectPatterns } from './filled-rows.js'
import { type ColumnPair, hasSameKeys, isSameContent, type TablePair } from './pairs.js'
import { formatKey, type RowSample } from './row-sample.js'

/** What became of the rows of one table, exactly. */
export interface RowChanges {
  readonly gone: Sampled
  readonly added: number
  /** Of rows that are still there. */
  readonly columns: readonly ColumnChanges[]
  /** Without a key a changed row cannot be told from one that was replaced: their number. */
  readonly replaced: number
}

export interface ColumnChanges {
  readonly column: ColumnPair
  /** Values that became NULL. */
  readonly lost: Sampled
  /** Values that became others. */
  readonly changed: Sampled
  /** Either, in rows that were last written before the migrations began. */
  readonly byOthers: number
}

export interface Sampled {
  readonly count: number
  readonly samples: readonly RowSample[]
}

/** Where the rows of before can be read, beside the live ones. */
export interface RowSource {
  readonly connection: Connection
  /** Quoted, ready for SQL. */
  readonly sqlName: string
  /** When the migrations began, as `ComparisonSql.readMoment` has it. */
  readonly begun?: string | null
}

/** For the text of keys and values. */
export const SAMPLES = 5
/** Each column needs up to three results; PostgreSQL allows 1,664. */
export const COLUMNS_PER_QUERY = 400

/** Compares in the database, by primary key, or as a multiset of rows where there is none. Nothing but numbers and samples is loaded. */
export async function compareRows(source: RowSource, pair: TablePair): Promise<RowChanges> {
  const tables = await openTables(source, pair)
  return pair.key === null ? compareMultisets(tables) : compareKeyed(tables, pair.key)
}

/** Both sides of a table, for queries over them. */
export async function openTables({ connection, sqlName, begun = null }: RowSource, pair: TablePair): Promise<Tables> {
  const live = await connection.database.comparison.readLiveTable(pair.after, 'a', connection)
  const { comparison: sql, quoteName } = connection.database
  const name: Tables['name'] = (alias, column) => `${alias}.${quoteName(column.name)}`
  return { connection, before: `${sqlName} AS b`, live, sql, pair, name, begun }
}

export interface Tables {
  readonly connection: Connection
  readonly before: string
  readonly live: string
  readonly sql: ComparisonSql
  readonly pair: TablePair
  readonly begun: string | null
  /** A column of either side, quoted. */
  name(alias: Alias, column: ColumnFingerprint): string
}

/** `b`efore and `a`fter. */
export type Alias = 'a' | 'b'

async function compareKeyed(tables: Tables, key: readonly ColumnPair[]): Promise<RowChanges> {
  const { pair } = tables
  const join = await chooseJoin(tables, key)
  const compared = pair.columns.filter((one) => mayDiffer(one, hasSameKeys(pair)))
  const columns: ColumnChanges[] = []
  let matched = 0
  for (let start = 0; start === 0 || start < compared.length; start += COLUMNS_PER_QUERY) {
    const chunk = compared.slice(start, start + COLUMNS_PER_QUERY)
    const counted = await countChanges(tables, join, chunk)
    matched = counted.matched
    for (const one of counted.columns) columns.push(await sampleColumn(tables, join, key, one))
  }
  const [before, live] = [await countRows(tables, tables.before), await countRows(tables, tables.live)]
  const gone = Math.max(0, before - matched)
  return {
    gone: { count: gone, samples: gone === 0 ? [] : await sampleGone(tables, join, key) },
    added: Math.max(0, live - matched),
    columns,
    replaced: 0,
  }
}

/** Condition: the same row. A key that cannot be cast back to its old type is told by its text. */
export async function chooseJoin(tables: Tables, key: readonly ColumnPair[]): Promise<string> {
  const { pair, sql } = tables
  const join = key
    .map(({ before, after }) => sql.sameKey(side(tables, 'b', before), side(tables, 'a', after), before.nonNull < pair.before.rows))
    .join(' AND ')
  if (key.every(({ before, after }) => before.type === after.type)) return join
  try {
    await read(tables, `SELECT count(*) AS n FROM ${tables.before} JOIN ${tables.live} ON ${join}`)
    return join
  } catch {
    return key.map(({ before, after }) => `${sql.text(tables.name('b', before))} = ${sql.text(tables.name('a', after))}`).join(' AND ')
  }
}

/** While the rows are the same ones, equal digests settle a column. */
function mayDiffer({ before, after }: ColumnPair, sameKeys: boolean): boolean {
  return before.generated !== true && before.nonNull > 0 && !(sameKeys && isSameContent(before, after))
}

interface CountedColumn {
  readonly column: ColumnPair
  readonly lost: number
  readonly changed: number
  readonly byOthers: number
  /** Conditions by which they were found. */
  readonly conditions: Conditions
}

interface Conditions {
  readonly lost: string
  readonly changed: string
  /** Either, where the row shows that the migrations did not write it; null where no row shows it. */
  readonly byOthers: string | null
}

async function countChanges(
  tables: Tables,
  join: string,
  columns: readonly ColumnPair[],
): Promise<{ readonly matched: number; readonly columns: readonly CountedColumn[] }> {
  try {
    return await countWith(tables, join, columns, tables.sql.differs)
  } catch {
    return await countWith(tables, join, columns, differsSafely(tables.sql))
  }
}

/** A value that cannot be cast back to its old type is another value; by text the rest is still compared. */
export function differsSafely(sql: ComparisonSql): ComparisonSql['differs'] {
  return (before, after) => (before.column.type === after.column.type ? sql.differs(before, after) : sql.differsAsText(before, after))
}

async function countWith(
  tables: Tables,
  join: string,
  columns: readonly ColumnPair[],
  differs: ComparisonSql['differs'],
): ReturnType<typeof countChanges> {
  const conditions = columns.map((column) => makeConditions(tables, column, differs))
  const counts = conditions.flatMap(({ lost, changed, byOthers }, index) => [
    `count(CASE WHEN ${lost} THEN 1 END) AS l${index}`,
    `count(CASE WHEN ${changed} THEN 1 END) AS c${index}`,
    ...(byOthers === null ? [] : [`count(CASE WHEN ${byOthers} THEN 1 END) AS o${index}`]),
  ])
  const [row] = await read(
    tables,
    `SELECT ${['count(*) AS matched', ...counts].join(', ')} FROM ${tables.before} JOIN ${tables.live} ON ${join}`,
  )
  const found = conditions.flatMap((one, index): CountedColumn[] => {
    const column = columns[index]
    const [lost, changed, byOthers] = ['l', 'c', 'o'].map((name) => Number(row?.[`${name}${index}`] ?? 0))
    return column === undefined ? [] : [{ column, lost: lost ?? 0, changed: changed ?? 0, byOthers: byOthers ?? 0, conditions: one }]
  })
  return { matched: Number(row?.matched), columns: found.filter((one) => one.lost > 0 || one.changed > 0 || one.byOthers > 0) }
}

function makeConditions(tables: Tables, column: ColumnPair, differs: ComparisonSql['differs']): Conditions {
  const { pair, sql, begun } = tables
  const [was, is] = [tables.name('b', column.before), tables.name('a', column.after)]
  const lost = `${was} IS NOT NULL AND ${is} IS NULL`
  const changed = `${was} IS NOT NULL AND ${is} IS NOT NULL AND ${differs(side(tables, 'b', column.before), side(tables, 'a', column.after))}`
  const older = begun === null ? null : sql.isOlder([pair.before, pair.after], column, 'a', begun)
  if (older === null) return { lost, changed, byOthers: null }
  return { lost: `${lost} AND NOT (${older})`, changed: `${changed} AND NOT (${older})`, byOthers: `(${lost} OR ${changed}) AND ${older}` }
}

async function sampleColumn(tables: Tables, join: string, key: readonly ColumnPair[], counted: CountedColumn): Promise<ColumnChanges> {
  const { column, lost, changed, byOthers, conditions } = counted
  const sample = (condition: string): Promise<readonly RowSample[]> => sampleValues(tables, join, key, column, condition)
  return {
    column,
    lost: { count: lost, samples: lost === 0 ? [] : await sample(conditions.lost) },
    changed: { count: changed, samples: changed === 0 ? [] : await sample(conditions.changed) },
    byOthers,
  }
}

async function sampleValues(
  tables: Tables,
  join: string,
  key: readonly ColumnPair[],
  { before, after }: ColumnPair,
  condition: string,
): Promise<readonly RowSample[]> {
  const { sql } = tables
  const values = `${sql.text(tables.name('b', before))} AS before_value, ${sql.text(tables.name('a', after))} AS after_value`
  const rows = await read(
    tables,
    `SELECT ${keyTexts(tables, key)}, ${values} FROM ${tables.before} JOIN ${tables.live} ON ${join} WHERE ${condition} ORDER BY ${order(tables, key)} LIMIT ${SAMPLES}`,
  )
  return rows.map((row) => ({ key: formatKey(key, row), before: textOrNull(row.before_value), after: textOrNull(row.after_value) }))
}

async function sampleGone(tables: Tables, join: string, key: readonly ColumnPair[]): Promise<readonly RowSample[]> {
  const rows = await read(
    tables,
    `SELECT ${keyTexts(tables, key)} FROM ${tables.before} WHERE NOT EXISTS (SELECT 1 FROM ${tables.live} WHERE ${join}) ORDER BY ${order(tables, key)} LIMIT ${SAMPLES}`,
  )
  return rows.map((row) => ({ key: formatKey(key, row), before: null, after: null }))
}

/** Equal rows cancel, and those that only got values in place of NULLs; what is left over on either side is gone or new. */
async function compareMultisets(tables: Tables): Promise<RowChanges> {
  const first = await countLeftovers(tables, selectLeftovers(tables))
  const [gone, added] = Math.min(...first) === 0 ? first : await countLeftovers(tables, await withoutFilled(tables))
  const replaced = Math.min(gone, added)
  return { gone: { count: gone - replaced, samples: [] }, added: added - replaced, columns: [], replaced }
}

async function countLeftovers(tables: Tables, leftovers: string): Promise<readonly [gone: number, added: number]> {
  const [row] = await read(
    tables,
    `SELECT sum(CASE WHEN d > 0 THEN d ELSE 0 END) AS gone, sum(CASE WHEN d < 0 THEN -d ELSE 0 END) AS added FROM (${leftovers}) AS leftovers`,
  )
  return [Number(row?.gone ?? 0), Number(row?.added ?? 0)]
}

async function withoutFilled(tables: Tables): Promise<string> {
  const leftovers = selectLeftovers(tables)
  const columns = groupedColumns(tables.pair)
  const nullable = columns.flatMap(({ before }, index) => (before.nonNull < tables.pair.before.rows ? [index] : []))
  if (nullable.length === 0) return leftovers
  const rows = await read(tables, selectPatterns(leftovers, nullable))
  const patterns = rows.map((row) => nullable.filter((index) => Number(row[`n${index}`]) === 1))
  return cancelFilled(leftovers, columns.length, patterns)
}

/** Columns by which rows without a key are told apart. */
export function groupedColumns({ columns }: TablePair): readonly ColumnPair[] {
  return columns.filter((one) => one.before.generated !== true)
}

/** Query: each row as `c0`, `c1` …, and as `d` how many more of it there were before. */
export function selectLeftovers(tables: Tables): string {
  const { sql } = tables
  const columns = groupedColumns(tables.pair)
  const list = (alias: Alias): string =>
    columns
      .map(({ before, after }, index) => `${sql.grouped(side(tables, alias, alias === 'b' ? before : after), before, after)} AS c${index}`)
      .concat(alias === 'b' ? '1 AS side' : '-1 AS side')
      .join(', ')
  const names = columns.map((_, index) => `c${index}`)
  return `SELECT ${[...names, 'sum(side) AS d'].join(', ')} FROM (SELECT ${list('b')} FROM ${tables.before} UNION ALL SELECT ${list('a')} FROM ${tables.live}) AS sides ${names.length === 0 ? '' : `GROUP BY ${names.join(', ')}`}`
}

async function countRows(tables: Tables, from: string): Promise<number> {
  const [row] = await read(tables, `SELECT count(*) AS n FROM ${from}`)
  return Number(row?.n)
}

/** Under fixed settings, in a transaction of its own: after an error the next query can still be asked. */
export function read({ connection, sql }: Tables, query: string): ReturnType<Connection['query']> {
  return connection.readOnly(0, async () => {
    for (const setting of sql.settings) await connection.query(setting)
    return connection.query(query)
  })
}

export function side(tables: Tables, alias: Alias, column: ColumnFingerprint): ComparedValue {
  return { sql: tables.name(alias, column), column }
}

export function order(tables: Tables, key: readonly ColumnPair[]): string {
  return key.map(({ before }) => tables.name('b', before)).join(', ')
}

export function keyTexts(tables: Tables, key: readonly ColumnPair[]): string {
  return key.map(({ before }, index) => `${tables.sql.text(tables.name('b', before))} AS k${index}`).join(', ')
}

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}
