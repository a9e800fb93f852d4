import type { Row } from '../databases/database.js'
import type { ColumnFingerprint, TableFingerprint } from '../databases/fingerprint.js'
import type { DiffChange, DiffLine, DiffRow, OnLines } from './diff-line.js'
import { type ColumnPair, hasSameKeys, isSameContent, type TablePair } from './pairs.js'
import {
  type Alias,
  COLUMNS_PER_QUERY,
  chooseJoin,
  differsSafely,
  groupedColumns,
  openTables,
  type RowSource,
  selectLeftovers,
  side,
  type Tables,
  textOrNull,
} from './rows.js'

/** A table of the snapshot beside the live ones. */
export interface OpenedRows extends RowSource {
  /** Names of the columns that can be read. */
  readonly columns: readonly string[]
}

export interface StreamOptions {
  readonly showValues: boolean
  readonly onLines: OnLines
}

interface Stream extends StreamOptions {
  readonly source: OpenedRows
  readonly tables: Tables
}

/** A column that may differ; `after` is null when it is gone. */
interface Compared {
  readonly before: ColumnFingerprint
  readonly after: ColumnFingerprint | null
}

/** What `s0`, `s1` … of a query mean. */
const STATES: readonly (DiffChange | null)[] = [null, 'value-lost', 'value-changed', 'value-set']

/**
 * Every row and value in which a table differs, all at one moment, ordered by key: rows that are gone, values that differ, rows that were
 * added. The databases do the work; no more than some rows are here at a time. Without a key equal rows are counted and cancel out.
 * @returns how many rows are still there with other values
 */
export async function streamDifferences(source: OpenedRows, pair: TablePair, options: StreamOptions): Promise<number> {
  const stream: Stream = { ...options, source, tables: await openTables(source, pair) }
  const { key } = pair
  if (key === null) return inOneMoment(source, () => streamLeftovers(stream).then(() => 0))
  const join = await chooseJoin(stream.tables, key)
  const differs = await chooseDiffers(stream, join)
  return inOneMoment(source, async () => {
    await streamGone(stream, key, join)
    const changed = await streamChanged(stream, key, join, differs)
    await streamAdded(stream, key, join)
    return changed
  })
}

/** All rows of a table that is gone. */
export async function streamGoneTable(source: OpenedRows, table: TableFingerprint, options: StreamOptions): Promise<void> {
  const { comparison: sql, quoteName, readRows } = source.connection.database
  const key = (table.key?.columns ?? []).flatMap((name) => table.columns.filter((column) => column.name === name))
  // Without a key and without values there is nothing to say of a single row.
  if (key.length === 0 && !options.showValues) return
  const text = (column: ColumnFingerprint): string => sql.text(`b.${quoteName(column.name)}`)
  const columns = options.showValues ? table.columns.filter(({ name }) => source.columns.includes(name)) : []
  const order = key.length === 0 ? '' : ` ORDER BY ${key.map(({ name }) => `b.${quoteName(name)}`).join(', ')}`
  await inOneMoment(source, () =>
    readRows(
      source.connection,
      `SELECT ${[...key.map((column, at) => `${text(column)} AS k${at}`), ...columns.map((column, at) => `${text(column)} AS v${at}`)].join(', ')} FROM ${source.sqlName} AS b${order}`,
      (rows) =>
        options.onLines(
          rows.map((row) => rowLine(table, 'row-gone', key.length === 0 ? null : key, options.showValues ? columns : null, row)),
        ),
    ),
  )
}

/** Under fixed settings, read-only. */
function inOneMoment<T>({ connection }: RowSource, work: () => Promise<T>): Promise<T> {
  const { oneMoment, settings } = connection.database.comparison
  return connection.readOnly(0, async () => {
    for (const setting of [...oneMoment, ...settings]) await connection.query(setting)
    return work()
  })
}

async function streamGone({ tables, source, showValues, onLines }: Stream, key: readonly ColumnPair[], join: string): Promise<void> {
  const { pair } = tables
  const columns = showValues ? pair.before.columns.filter(({ name }) => source.columns.includes(name)) : null
  const keys = key.map(({ before }) => before)
  const from = `${tables.before} WHERE NOT EXISTS (SELECT 1 FROM ${tables.live} WHERE ${join})`
  await readSide(tables, 'b', keys, columns ?? [], from, (rows) =>
    onLines(rows.map((row) => rowLine(pair.before, 'row-gone', keys, columns, row))),
  )
}

async function streamAdded({ tables, showValues, onLines }: Stream, key: readonly ColumnPair[], join: string): Promise<void> {
  const { pair } = tables
  const columns = showValues ? pair.after.columns : null
  const names = key.map(({ before }) => before)
  const from = `${tables.live} WHERE NOT EXISTS (SELECT 1 FROM ${tables.before} WHERE ${join})`
  await readSide(
    tables,
    'a',
    key.map(({ after }) => after),
    columns ?? [],
    from,
    (rows) => onLines(rows.map((row) => rowLine(pair.before, 'row-added', names, columns, row))),
  )
}

function readSide(
  tables: Tables,
  alias: Alias,
  key: readonly ColumnFingerprint[],
  columns: readonly ColumnFingerprint[],
  from: string,
  onRows: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  const text = (column: ColumnFingerprint): string => tables.sql.text(tables.name(alias, column))
  const list = [...key.map((column, at) => `${text(column)} AS k${at}`), ...columns.map((column, at) => `${text(column)} AS v${at}`)]
  const order = key.map((column) => tables.name(alias, column)).join(', ')
  return tables.connection.database.readRows(tables.connection, `SELECT ${list.join(', ')} FROM ${from} ORDER BY ${order}`, onRows)
}

function rowLine(
  table: TableFingerprint,
  change: DiffChange,
  key: readonly ColumnFingerprint[] | null,
  columns: readonly ColumnFingerprint[] | null,
  row: Row,
  rows = 1,
): DiffLine {
  return {
    schema: table.schema,
    table: table.name,
    change,
    key: key === null ? null : textsOf(key, row, 'k'),
    column: null,
    ...(columns === null ? {} : { row: textsOf(columns, row, 'v') }),
    rows,
  }
}

function textsOf(columns: readonly ColumnFingerprint[], row: Row, prefix: string): DiffRow {
  return Object.fromEntries(columns.map(({ name }, at) => [name, textOrNull(row[`${prefix}${at}`])]))
}

type Differs = ReturnType<typeof differsSafely>

/** A value that cannot be cast back would end the stream half-way: where types differ, it is tried first. */
async function chooseDiffers({ tables, source }: Stream, join: string): Promise<Differs> {
  const { sql, pair, connection } = tables
  const converted = pair.columns.filter(({ before, after }) => before.type !== after.type && before.generated !== true)
  if (converted.length === 0) return sql.differs
  const condition = anyOf(converted.map((column) => stateOf(tables, column, sql.differs)).map((state) => `(${state}) <> 0`))
  try {
    await inOneMoment(source, () =>
      connection.query(`SELECT count(*) AS n FROM ${tables.before} JOIN ${tables.live} ON ${join} WHERE ${condition}`),
    )
    return sql.differs
  } catch {
    return differsSafely(sql)
  }
}

/** @returns how many rows */
async function streamChanged(stream: Stream, key: readonly ColumnPair[], join: string, differs: Differs): Promise<number> {
  const { tables } = stream
  const compared = comparedColumns(stream)
  const states = compared.map((column) => stateOf(tables, column, differs))
  let changed = 0
  for (let start = 0; start < compared.length; start += COLUMNS_PER_QUERY) {
    const end = start + COLUMNS_PER_QUERY
    const isHit = states.map((state) => `(${state}) <> 0`)
    // A row is counted once, with the first columns in which it differs.
    const earlier = start === 0 ? '0' : `CASE WHEN ${anyOf(isHit.slice(0, start))} THEN 1 ELSE 0 END`
    const chunk = { columns: compared.slice(start, end), states: states.slice(start, end) }
    const sql = `SELECT ${[...keyTexts(tables, key), ...valueTexts(stream, chunk), `${earlier} AS seen`].join(', ')}
      FROM ${tables.before} JOIN ${tables.live} ON ${join} WHERE ${anyOf(isHit.slice(start, end))}
      ORDER BY ${key.map(({ before }) => tables.name('b', before)).join(', ')}`
    await tables.connection.database.readRows(tables.connection, sql, async (rows) => {
      changed += rows.filter(({ seen }) => Number(seen) === 0).length
      await stream.onLines(rows.flatMap((row) => valueLines(stream, key, chunk.columns, row)))
    })
  }
  return changed
}

function comparedColumns({ tables: { pair }, source }: Stream): readonly Compared[] {
  const isReadable = ({ before }: Compared): boolean => before.generated !== true && source.columns.includes(before.name)
  const kept = pair.columns.filter(({ before, after }) => !(hasSameKeys(pair) && isSameContent(before, after)))
  const gone = pair.gone.filter((column) => column.nonNull > 0).map((before) => ({ before, after: null }))
  return [...kept, ...gone].filter(isReadable)
}

/** SQL: 0 the same, else the place in STATES. */
function stateOf(tables: Tables, { before, after }: Compared, differs: Differs): string {
  const then = tables.name('b', before)
  if (after === null) return `CASE WHEN ${then} IS NULL THEN 0 ELSE 1 END`
  const now = tables.name('a', after)
  const isOther = differs(side(tables, 'b', before), side(tables, 'a', after))
  return `CASE WHEN ${then} IS NULL AND ${now} IS NULL THEN 0 WHEN ${now} IS NULL THEN 1 WHEN ${then} IS NULL THEN 3 WHEN ${isOther} THEN 2 ELSE 0 END`
}

/** SQL of any depth would be refused: SQLite allows 1,000 levels. https://www.sqlite.org/limits.html */
function anyOf(conditions: readonly string[]): string {
  if (conditions.length <= 1) return conditions[0] ?? '1 = 0'
  const middle = Math.ceil(conditions.length / 2)
  return `(${anyOf(conditions.slice(0, middle))} OR ${anyOf(conditions.slice(middle))})`
}

function keyTexts(tables: Tables, key: readonly ColumnPair[]): readonly string[] {
  return key.map(({ before }, at) => `${tables.sql.text(tables.name('b', before))} AS k${at}`)
}

function valueTexts(
  { tables, showValues }: Stream,
  { columns, states }: { readonly columns: readonly Compared[]; readonly states: readonly string[] },
): readonly string[] {
  const text = (alias: Alias, column: ColumnFingerprint, state: string): string =>
    `CASE WHEN (${state}) <> 0 THEN ${tables.sql.text(tables.name(alias, column))} END`
  return columns.flatMap(({ before, after }, at) => {
    const state = states[at] ?? '0'
    if (!showValues) return [`${state} AS s${at}`]
    return [
      `${state} AS s${at}`,
      `${text('b', before, state)} AS b${at}`,
      ...(after === null ? [] : [`${text('a', after, state)} AS a${at}`]),
    ]
  })
}

function valueLines(
  { tables, showValues }: Stream,
  key: readonly ColumnPair[],
  columns: readonly Compared[],
  row: Row,
): readonly DiffLine[] {
  const { schema, name: table } = tables.pair.before
  const keys = textsOf(
    key.map(({ before }) => before),
    row,
    'k',
  )
  return columns.flatMap(({ before }, at): DiffLine[] => {
    const change = STATES[Number(row[`s${at}`])] ?? null
    if (change === null) return []
    const values = showValues ? { before: textOrNull(row[`b${at}`]), after: textOrNull(row[`a${at}`]) } : {}
    return [{ schema, table, change, key: keys, column: before.name, ...values, rows: 1 }]
  })
}

/** Rows of a table without a key, those of before first. Without values there is nothing to tell them apart by: only how many. */
async function streamLeftovers({ tables, showValues, onLines }: Stream): Promise<void> {
  const { pair, sql, connection } = tables
  const columns = showValues ? groupedColumns(pair).map(({ before }) => before) : []
  const names = columns.map((_, at) => `c${at}`)
  const leftovers = `(${selectLeftovers(tables)}) AS leftovers WHERE d <> 0`
  const query = showValues
    ? `SELECT ${[...names.map((name, at) => `${sql.text(name)} AS v${at}`), 'd AS difference'].join(', ')} FROM ${leftovers} ORDER BY ${['CASE WHEN d > 0 THEN 0 ELSE 1 END', ...names].join(', ')}`
    : `SELECT sum(d) AS difference FROM ${leftovers} GROUP BY d > 0 ORDER BY 1 DESC`
  await connection.database.readRows(connection, query, (rows) =>
    onLines(
      rows.map((row) => {
        const difference = Number(row.difference)
        const change = difference > 0 ? 'row-gone' : 'row-added'
        return rowLine(pair.before, change, null, showValues ? columns : null, row, Math.abs(difference))
      }),
    ),
  )
}
