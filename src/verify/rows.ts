import type { ComparedValue, ComparisonSql, Connection } from '../databases/database.js'
import type { ColumnFingerprint } from '../databases/fingerprint.js'
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
}

/** For the text of keys and values. */
const SAMPLES = 5
/** Each column needs two results; PostgreSQL allows 1,664. */
const COLUMNS_PER_QUERY = 400

/** Compares in the database, by primary key, or as a multiset of rows where there is none. Nothing but numbers and samples is loaded. */
export async function compareRows(source: RowSource, pair: TablePair): Promise<RowChanges> {
  const { connection } = source
  const live = await connection.database.comparison.readLiveTable(pair.after, 'a', connection)
  const { comparison: sql, quoteName } = connection.database
  const name: Tables['name'] = (alias, column) => `${alias}.${quoteName(column.name)}`
  const tables = { connection, before: `${source.sqlName} AS b`, live, sql, pair, name }
  return pair.key === null ? compareMultisets(tables) : compareKeyed(tables, pair.key)
}

interface Tables {
  readonly connection: Connection
  readonly before: string
  readonly live: string
  readonly sql: ComparisonSql
  readonly pair: TablePair
  /** A column of either side, quoted. */
  name(alias: Alias, column: ColumnFingerprint): string
}

/** `b`efore and `a`fter. */
type Alias = 'a' | 'b'

async function compareKeyed(tables: Tables, key: readonly ColumnPair[]): Promise<RowChanges> {
  const { pair, sql } = tables
  const join = key
    .map(({ before, after }) => sql.sameKey(side(tables, 'b', before), side(tables, 'a', after), before.nonNull < pair.before.rows))
    .join(' AND ')
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

/** While the rows are the same ones, equal digests settle a column. */
function mayDiffer({ before, after }: ColumnPair, sameKeys: boolean): boolean {
  return before.generated !== true && before.nonNull > 0 && !(sameKeys && isSameContent(before, after))
}

interface CountedColumn {
  readonly column: ColumnPair
  readonly lost: number
  readonly changed: number
  /** Condition by which the changed ones were found. */
  readonly differs: string
}

async function countChanges(
  tables: Tables,
  join: string,
  columns: readonly ColumnPair[],
): Promise<{ readonly matched: number; readonly columns: readonly CountedColumn[] }> {
  try {
    return await countWith(tables, join, columns, tables.sql.differs)
  } catch {
    // A value that cannot be cast back to its old type is another value; by text the rest is still compared.
    return await countWith(tables, join, columns, (before, after) =>
      before.column.type === after.column.type ? tables.sql.differs(before, after) : tables.sql.differsAsText(before, after),
    )
  }
}

async function countWith(
  tables: Tables,
  join: string,
  columns: readonly ColumnPair[],
  differs: ComparisonSql['differs'],
): ReturnType<typeof countChanges> {
  const conditions = columns.map(
    ({ before, after }) =>
      `${tables.name('b', before)} IS NOT NULL AND ${tables.name('a', after)} IS NOT NULL AND ${differs(side(tables, 'b', before), side(tables, 'a', after))}`,
  )
  const counts = columns.flatMap(({ before, after }, index) => [
    `count(CASE WHEN ${tables.name('b', before)} IS NOT NULL AND ${tables.name('a', after)} IS NULL THEN 1 END) AS l${index}`,
    `count(CASE WHEN ${conditions[index]} THEN 1 END) AS c${index}`,
  ])
  const [row] = await read(
    tables,
    `SELECT ${['count(*) AS matched', ...counts].join(', ')} FROM ${tables.before} JOIN ${tables.live} ON ${join}`,
  )
  const found = columns.map((column, index) => ({
    column,
    lost: Number(row?.[`l${index}`]),
    changed: Number(row?.[`c${index}`]),
    differs: conditions[index] ?? 'false',
  }))
  return { matched: Number(row?.matched), columns: found.filter((one) => one.lost > 0 || one.changed > 0) }
}

async function sampleColumn(tables: Tables, join: string, key: readonly ColumnPair[], counted: CountedColumn): Promise<ColumnChanges> {
  const { column, lost, changed, differs } = counted
  const became = `${tables.name('b', column.before)} IS NOT NULL AND ${tables.name('a', column.after)} IS NULL`
  const sample = (condition: string): Promise<readonly RowSample[]> => sampleValues(tables, join, key, column, condition)
  return {
    column,
    lost: { count: lost, samples: lost === 0 ? [] : await sample(became) },
    changed: { count: changed, samples: changed === 0 ? [] : await sample(differs) },
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

/** Equal rows cancel; what is left over on either side is gone or new. */
async function compareMultisets(tables: Tables): Promise<RowChanges> {
  const { pair, sql } = tables
  const columns = pair.columns.filter((one) => one.before.generated !== true)
  const list = (alias: 'a' | 'b'): string =>
    columns
      .map(({ before, after }, index) => `${sql.grouped(side(tables, alias, alias === 'b' ? before : after), before, after)} AS c${index}`)
      .concat(alias === 'b' ? '1 AS side' : '-1 AS side')
      .join(', ')
  const group = columns.length === 0 ? '' : `GROUP BY ${columns.map((_, index) => `c${index}`).join(', ')}`
  const [row] = await read(
    tables,
    `SELECT sum(CASE WHEN d > 0 THEN d ELSE 0 END) AS gone, sum(CASE WHEN d < 0 THEN -d ELSE 0 END) AS added
     FROM (SELECT sum(side) AS d FROM (SELECT ${list('b')} FROM ${tables.before} UNION ALL SELECT ${list('a')} FROM ${tables.live}) AS sides ${group}) AS leftovers`,
  )
  const [gone, added] = [Number(row?.gone ?? 0), Number(row?.added ?? 0)]
  const replaced = Math.min(gone, added)
  return { gone: { count: gone - replaced, samples: [] }, added: added - replaced, columns: [], replaced }
}

async function countRows(tables: Tables, from: string): Promise<number> {
  const [row] = await read(tables, `SELECT count(*) AS n FROM ${from}`)
  return Number(row?.n)
}

/** Under fixed settings, in a transaction of its own: after an error the next query can still be asked. */
function read({ connection, sql }: Tables, query: string): ReturnType<Connection['query']> {
  return connection.readOnly(0, async () => {
    for (const setting of sql.settings) await connection.query(setting)
    return connection.query(query)
  })
}

function side(tables: Tables, alias: Alias, column: ColumnFingerprint): ComparedValue {
  return { sql: tables.name(alias, column), column }
}

function order(tables: Tables, key: readonly ColumnPair[]): string {
  return key.map(({ before }) => tables.name('b', before)).join(', ')
}

function keyTexts(tables: Tables, key: readonly ColumnPair[]): string {
  return key.map(({ before }, index) => `${tables.sql.text(tables.name('b', before))} AS k${index}`).join(', ')
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}
