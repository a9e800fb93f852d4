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

/** Counts what of before is not found in another table, by the key of before, or among all its rows where there is none. That the copy has more is no harm. */
export async function countMissing(source: RowSource, pair: TablePair, sought: Sought): Promise<Missing> {
  const { key } = pair
  if (key === null) {
    const { gone, replaced } = await compareRows(source, pair)
    return { count: gone.count + replaced, samples: [], areStaying: false }
  }
  const tables = await openTables(source, pair)
  const join = await chooseJoin(tables, key)
  try {
    return await countKeyed(source, tables, key, join, sought, tables.sql.differs)
  } catch {
    return await countKeyed(source, tables, key, join, sought, differsSafely(tables.sql))
  }
}

async function countKeyed(
  source: RowSource,
  tables: Tables,
  key: readonly ColumnPair[],
  join: string,
  { column, own }: Sought,
  differs: Tables['sql']['differs'],
): Promise<Missing> {
  const { pair, before, live } = tables
  const isKept = pair.columns.filter((one) => !key.some(({ before: part }) => part === one.before)).map(holds)
  const conditions = [
    ...(column === null ? [] : pair.columns.map((one) => `${tables.name('b', one.before)} IS NOT NULL`)),
    ...(column === null || own === null
      ? []
      : await stillThere(
          own,
          own.columns.find(({ before: one }) => one.name === column),
        )),
    `NOT EXISTS (SELECT 1 FROM ${live} WHERE ${[join, ...isKept].join(' AND ')})`,
  ]
  const from = `FROM ${before} WHERE ${conditions.join(' AND ')}`
  const [row] = await read(tables, `SELECT count(*) AS n ${from}`)
  const count = Number(row?.n)
  const areStaying = column !== null && own !== null && own.key !== null
  if (count === 0) return { count, samples: [], areStaying }
  const rows = await read(tables, `SELECT ${keyTexts(tables, key)} ${from} ORDER BY ${order(tables, key)} LIMIT ${SAMPLES}`)
  return { count, samples: rows.map((one) => ({ key: formatKey(key, one), before: null, after: null })), areStaying }

  function holds({ before: then, after: now }: ColumnPair): string {
    const [was, is] = [tables.name('b', then), tables.name('a', now)]
    return `(${was} IS NULL OR (${is} IS NOT NULL AND NOT ${differs(side(tables, 'b', then), side(tables, 'a', now))}))`
  }

  /** Rows that are gone from the table itself are told by themselves, and what is in its own place needs no copy. */
  async function stillThere(table: TablePair, itself: ColumnPair | undefined): Promise<readonly string[]> {
    if (table.key === null) return []
    const rows = await openTables(source, table)
    const same = await chooseJoin(rows, table.key)
    const row = `SELECT 1 FROM ${rows.live} WHERE ${same}`
    return [`EXISTS (${row})`, ...(itself === undefined ? [] : [`NOT EXISTS (${row} AND ${holds(itself)})`])]
  }
}
