import type { ColumnPair, TablePair } from './pairs.js'
import { formatKey, type RowSample } from './row-sample.js'
import {
  chooseJoin,
  compareRows,
  differsSafely,
  keyTexts,
  openTables,
  order,
  type RowSource,
  read,
  SAMPLES,
  side,
  type Tables,
} from './rows.js'

/** Values, or rows, that are not where they were copied to. */
export interface Missing {
  readonly count: number
  /** How many of them are in rows of which not even the key was found. */
  readonly rows: number
  readonly samples: readonly RowSample[]
  /** Only rows count that are still in their table. */
  readonly areStaying: boolean
}

export interface Sought {
  /** Null: whole rows. */
  readonly column: string | null
  /** The table of before, as it lives on; null when it is gone. */
  readonly own: TablePair | null
}

/** Marks rows of the copy that were found. */
const FOUND = 'safe_migrate_found'

/** Counts what of before is not found in another table, by the key of before, or among all its rows where there is none. That the copy has more is no harm. */
export async function countMissing(source: RowSource, pair: TablePair, sought: Sought): Promise<Missing> {
  const { key } = pair
  if (key === null) {
    const { gone, replaced } = await compareRows(source, pair)
    const count = gone.count + replaced
    return { count, rows: count, samples: [], areStaying: false }
  }
  const tables = await openCopy(source, pair)
  const join = await chooseJoin(tables, key)
  try {
    return await countKeyed({ source, tables, key, join, sought, differs: tables.sql.differs })
  } catch {
    return await countKeyed({ source, tables, key, join, sought, differs: differsSafely(tables.sql) })
  }
}

/** The copy is called `c`, as the table itself may be looked at beside it. */
async function openCopy(source: RowSource, pair: TablePair): Promise<Tables> {
  const tables = await openTables(source, pair)
  const { comparison, quoteName } = source.connection.database
  const live = await comparison.readLiveTable(pair.after, 'c', source.connection)
  return { ...tables, live, name: (alias, column) => `${alias === 'a' ? 'c' : alias}.${quoteName(column.name)}` }
}

interface Search {
  readonly source: RowSource
  readonly tables: Tables
  readonly key: readonly ColumnPair[]
  /** Condition: the same row. */
  readonly join: string
  readonly sought: Sought
  readonly differs: Tables['sql']['differs']
}

/** By joins: a database may find rows by an index that it makes for the purpose, and does not for a subquery. */
async function countKeyed({ source, tables, key, join, sought: { column, own }, differs }: Search): Promise<Missing> {
  const { pair, before, live } = tables
  const isKept = pair.columns.filter((one) => !key.some(({ before: part }) => part === one.before)).map((one) => holds(tables, one))
  const staying = column === null || own === null || own.key === null ? null : await stillThere(own, own.key, column)
  const copy = (marked: readonly string[]) => `LEFT JOIN (SELECT c.*, 1 AS ${FOUND} FROM ${live}) AS c ON ${marked.join(' AND ')}`
  const conditions = [
    `c.${FOUND} IS NULL`,
    ...(column === null ? [] : pair.columns.map((one) => `${tables.name('b', one.before)} IS NOT NULL`)),
    ...(staying?.conditions ?? []),
  ].join(' AND ')
  const from = (marked: readonly string[]) => `FROM ${before} ${staying?.join ?? ''} ${copy(marked)} WHERE ${conditions}`
  const countRows = async (marked: readonly string[]) => Number((await read(tables, `SELECT count(*) AS n ${from(marked)}`))[0]?.n)
  const all = [join, ...isKept]
  const [count, areStaying] = [await countRows(all), staying !== null]
  if (count === 0) return { count, rows: 0, samples: [], areStaying }
  const found = await read(tables, `SELECT ${keyTexts(tables, key)} ${from(all)} ORDER BY ${order(tables, key)} LIMIT ${SAMPLES}`)
  const samples = found.map((one) => ({ key: formatKey(key, one), before: null, after: null }))
  return { count, rows: await countRows([join]), samples, areStaying }

  function holds(where: Tables, { before: then, after: now }: ColumnPair): string {
    const [was, is] = [where.name('b', then), where.name('a', now)]
    return `(${was} IS NULL OR (${is} IS NOT NULL AND NOT ${differs(side(where, 'b', then), side(where, 'a', now))}))`
  }

  /** Rows that are gone from the table itself are told by themselves, and what is in its own place needs no copy. */
  async function stillThere(table: TablePair, ownKey: readonly ColumnPair[], name: string) {
    const rows = await openTables(source, table)
    const itself = table.columns.find(({ before: one }) => one.name === name)
    return {
      join: `JOIN ${rows.live} ON ${await chooseJoin(rows, ownKey)}`,
      conditions: itself === undefined ? [] : [`NOT ${holds(rows, itself)}`],
    }
  }
}
