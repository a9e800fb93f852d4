import type { Prediction } from '../rules/finding.js'
import { type LiveTable, type Measure, predict } from '../rules/measure.js'
import { findCollisions } from './key-moves.js'
import {
  count,
  currentName,
  differs,
  exampleRows,
  findCatalogTable,
  fromTable,
  type Measurement,
  type Measurer,
  quoteTable,
  readNumber,
} from './measurer.js'

type MeasureOf<W extends Measure['what']> = Extract<Measure, { what: W }>

export async function measureValues(measurer: Measurer, measure: MeasureOf<'values'>): Promise<Measurement> {
  const { table, column } = measure
  const values = await count(measurer, `SELECT count(${measurer.dialect.quoteName(column)}) AS n FROM ${quoteTable(measurer, table)}`)
  return { values, predictions: predict(measure).map((one) => ({ ...one, count: values })) }
}

/** Every value of the type is stored otherwise afterwards; those that had something in the attribute lose it. */
export async function measureAttribute(measurer: Measurer, measure: MeasureOf<'attribute-values'>): Promise<Measurement> {
  const { table, column, attribute } = measure
  const { quoteName } = measurer.dialect
  const isSet = `(${quoteName(column)}).${quoteName(attribute)} IS NOT NULL`
  const values = await count(measurer, `SELECT count(*) AS n FROM ${quoteTable(measurer, table)} WHERE ${isSet}`)
  return { values, predictions: predict(measure) }
}

/** Non-null values that an UPDATE puts something else in place of. */
export async function measureOverwritten(measurer: Measurer, measure: MeasureOf<'overwritten-values'>): Promise<Measurement> {
  const { table, column, rows } = measure
  const { quoteName, measuring } = measurer.dialect
  const catalogColumn = findCatalogTable(measurer, table)?.columns.find((one) => one.name === column)
  const type = catalogColumn?.type ?? measure.type ?? ''
  const value = /^default$/i.test(measure.value) ? (catalogColumn?.default ?? 'NULL') : measure.value
  const sources = rows.from === null ? fromTable(measurer, table, rows) : `${fromTable(measurer, table, rows)}, ${rows.from}`
  const inner = [
    `SELECT ${measuring.rowIdentity(rows.name)} AS id, ${quoteName(rows.name)}.${quoteName(currentName(rows, column))} AS old, ${measuring.storedAs(`(${value})`, type, type, null, null)} AS new`,
    `FROM ${sources}`,
    ...(await whereKept(measurer, measure)),
  ]
  return { ...(await countReplaced(measurer, table, column, rows.with, inner.join(' '), type, type)) }
}

async function whereKept(measurer: Measurer, { table, rows, moves }: MeasureOf<'overwritten-values'>): Promise<readonly string[]> {
  const collides = moves === null ? '' : await findCollisions(measurer, table, moves.moves)
  const skipped = moves?.whenTaken === 'stay' ? [`NOT ${collides}`] : []
  const conditions = [...(rows.where === null ? [] : [`(${rows.where})`]), ...skipped]
  return conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]
}

/** Non-null values that the copying SELECT of a rebuild puts something else in place of. */
export async function measureRewritten(measurer: Measurer, measure: MeasureOf<'rewritten-values'>): Promise<Measurement> {
  const { table, column } = measure
  const { quoteName, measuring } = measurer.dialect
  const stored = measuring.storedAs(`(${measure.expression})`, measure.from, measure.type, null, null)
  const inner = `SELECT ${measuring.rowIdentity(measure.name)} AS id, ${quoteName(measure.name)}.${quoteName(column)} AS old, ${stored} AS new ${measure.rest}`
  return countReplaced(measurer, table, column, null, inner, measure.from, measure.type)
}

/** `inner` gives id, old and new of the rows concerned; one row may come several times, and then any of its new values may win. */
export async function countReplaced(
  measurer: Measurer,
  table: LiveTable,
  column: string,
  withText: string | null,
  inner: string,
  from: string,
  to: string,
): Promise<Measurement> {
  const lost = 'q.new IS NULL'
  const changed = `q.new IS NOT NULL AND ${differs(measurer, 'q.old', from, 'q.new', to)}`
  const sql = [
    withText ?? '',
    `SELECT count(DISTINCT CASE WHEN ${lost} THEN q.id END) AS lost, count(DISTINCT CASE WHEN ${changed} THEN q.id END) AS changed`,
    `FROM (${inner}) AS q WHERE q.old IS NOT NULL`,
  ]
  const [row] = await measurer.connection.query(sql.join(' '))
  return replacedValues(table, column, readNumber(row, 'lost'), readNumber(row, 'changed'))
}

function replacedValues(table: LiveTable, column: string, lost: number, changed: number): Measurement {
  const at = { schema: table.schema, table: table.name, column }
  const predictions: readonly Prediction[] = [
    { effect: 'values-lost', ...at, count: lost },
    { effect: 'values-changed', ...at, count: changed },
  ]
  return { values: lost + changed, predictions }
}

/** Values that do not survive ALTER COLUMN TYPE, and those that make it fail. */
export async function measureConverted(measurer: Measurer, measure: MeasureOf<'converted-values'>): Promise<Measurement> {
  const { table, column, from, to, using } = measure
  const { quoteName, measuring } = measurer.dialect
  const { seenAs } = measure
  const value = quoteName(currentName(seenAs, column))
  const refused = measuring.isRefused(value, from, to, using)
  const source = fromTable(measurer, table, seenAs)
  const stored = measuring.storedAs(value, from, to, using, measure.timeZone ?? measurer.timeZone)
  const kept = refused === null || refused === 'FALSE' ? stored : `CASE WHEN ${refused} THEN NULL ELSE ${stored} END`
  const isRefused = refused ?? 'FALSE'
  const inner = `SELECT ${value} AS old, ${kept} AS new, (${isRefused}) AS refused FROM ${source} WHERE ${value} IS NOT NULL`
  const sql = `SELECT count(CASE WHEN q.refused THEN 1 END) AS refused, count(CASE WHEN NOT q.refused AND q.new IS NULL THEN 1 END) AS lost,
    count(CASE WHEN q.new IS NOT NULL AND ${differs(measurer, 'q.old', from, 'q.new', to)} THEN 1 END) AS changed,
    count(CASE WHEN ${measuring.isMisfit('q.new', to)} AND NOT (${measuring.isMisfit('q.old', from)}) THEN 1 END) AS misfits FROM (${inner}) AS q`
  const [row] = await measurer.connection.query(sql)
  const failing = readNumber(row, 'refused')
  const replaced = replacedValues(table, column, readNumber(row, 'lost'), readNumber(row, 'changed') + readNumber(row, 'misfits'))
  if (failing === 0) return replaced
  const condition = `${value} IS NOT NULL AND (${isRefused})`
  const examples = await exampleRows(measurer, { table, source, condition, isReshaped: seenAs.shape !== null, shown: [value] })
  return { ...replaced, failing: { rows: failing, ...examples } }
}
