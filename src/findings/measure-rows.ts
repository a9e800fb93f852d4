import { type LiveTable, type Measure, predict, type RowSelection } from '../rules/measure.js'
import { measureCascades, predictOrphans } from './measure-cascades.js'
import { count, countWhere, currentName, fromTable, type Measurement, type Measurer, quoteTable } from './measurer.js'

type MeasureOf<W extends Measure['what']> = Extract<Measure, { what: W }>

export async function measureAllRows(measurer: Measurer, measure: MeasureOf<'rows'>): Promise<Measurement> {
  const { table } = measure
  const quoted = quoteTable(measurer, table)
  const [rows = 0] = await countWhere(measurer, table, measurer.dialect.measuring.ownRows(quoted), [null])
  const predictions = predict(measure).map((one) => ({ ...one, count: one.column === null ? rows : null }))
  // Rows that only move or are only at risk are no loss of their own.
  const own = { rows: measure.areKept || (measure.cascades !== null && measure.effects.length === 0) ? 0 : rows, predictions }
  if (measure.cascades === null) return own
  if (measure.cascades === 'off') {
    const orphans = await predictOrphans(measurer, table, (columns) => selectColumns(measurer, columns, quoted))
    return { ...own, predictions: [...predictions, ...orphans] }
  }
  const cascaded = await measureCascades(measurer, table, measure.cascades, (columns) => selectColumns(measurer, columns, quoted))
  return { ...own, ...cascaded, predictions: [...predictions, ...cascaded.predictions] }
}

function selectColumns(measurer: Measurer, columns: readonly string[], source: string): string {
  const list = columns.length === 0 ? '1 AS one' : columns.map(measurer.dialect.quoteName).join(', ')
  return `SELECT ${list} FROM ${source}`
}

export async function measureMatchingRows(measurer: Measurer, measure: MeasureOf<'matching-rows'>): Promise<Measurement> {
  const { table } = measure
  const select = (columns: readonly string[]) => selectMatching(measurer, table, measure.rows, columns)
  const isAll = measure.rows.where === null && measure.rows.from === null && measure.rows.with === null
  const rows = isAll
    ? ((await countWhere(measurer, table, fromTable(measurer, table, measure.rows), [null]))[0] ?? 0)
    : await count(measurer, `SELECT count(*) AS n FROM (${select([])}) AS gone`)
  const predictions = [{ effect: 'rows-lost' as const, schema: table.schema, table: table.name, column: null, count: rows }]
  if (measure.cascades === null) return { rows, predictions }
  if (measure.cascades === 'off') return { rows, predictions: [...predictions, ...(await predictOrphans(measurer, table, select))] }
  const cascaded = await measureCascades(measurer, table, measure.cascades, select)
  return { rows, ...cascaded, predictions: [...predictions, ...cascaded.predictions] }
}

/** The rows that DELETE acts on. A row that several rows of other tables match is one row. */
export function selectMatching(measurer: Measurer, table: LiveTable, rows: RowSelection, columns: readonly string[]): string {
  const { quoteName } = measurer.dialect
  const named = (column: string) => `${quoteName(rows.name)}.${quoteName(currentName(rows, column))} AS ${quoteName(column)}`
  const list = columns.length === 0 ? '1 AS one' : columns.map(named).join(', ')
  const { source, condition } = selectionOf(measurer, table, rows)
  return `${rows.with === null ? '' : `${rows.with} `}SELECT ${list} FROM ${source} WHERE ${condition}`
}

/** Where they are selected from, and what is true of them. */
export function selectionOf(measurer: Measurer, table: LiveTable, rows: RowSelection) {
  const condition = rows.where === null ? 'TRUE' : `(${rows.where})`
  return {
    with: rows.with,
    source: fromTable(measurer, table, rows),
    alias: measurer.dialect.quoteName(rows.name),
    condition: rows.from === null ? condition : `EXISTS (SELECT 1 FROM ${rows.from} WHERE ${condition})`,
  }
}

/** Rows of the old table that the rebuild's SELECT does not give. */
export async function measureLeftRows(measurer: Measurer, measure: MeasureOf<'left-rows'>): Promise<Measurement> {
  const { table } = measure
  const all = await count(measurer, `SELECT count(*) AS n FROM ${quoteTable(measurer, table)}`)
  const kept = await count(
    measurer,
    `SELECT count(*) AS n FROM (SELECT DISTINCT ${measurer.dialect.measuring.rowIdentity(measure.name)} ${measure.rest}) AS kept`,
  )
  const rows = all - kept
  const { measuring, quoteName } = measurer.dialect
  const left = (columns: readonly string[]) =>
    `SELECT ${columns.map(quoteName).join(', ')} FROM ${quoteTable(measurer, table)} AS "old" WHERE ${measuring.rowIdentity('old')} NOT IN (SELECT ${measuring.rowIdentity(measure.name)} ${measure.rest})`
  const orphans = rows > 0 && !measure.enforced ? await predictOrphans(measurer, table, left) : []
  return { rows, predictions: [{ effect: 'rows-lost', schema: table.schema, table: table.name, column: null, count: rows }, ...orphans] }
}
