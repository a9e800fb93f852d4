import type { Prediction } from '../rules/finding.js'
import { type LiveTable, type Measure, predict } from '../rules/measure.js'
import { findCollisions } from './key-moves.js'
import {
  countWhere,
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
  const [values = 0] = await countWhere(measurer, table, quoteTable(measurer, table), [`${measurer.dialect.quoteName(column)} IS NOT NULL`])
  return { values, predictions: predict(measure).map((one) => ({ ...one, count: values })) }
}

/** Every value of the type is stored otherwise afterwards; those that had something in the attribute lose it. */
export async function measureAttribute(measurer: Measurer, measure: MeasureOf<'attribute-values'>): Promise<Measurement> {
  const { table, column, attribute } = measure
  const { quoteName } = measurer.dialect
  const isSet = `(${quoteName(column)}).${quoteName(attribute)} IS NOT NULL`
  const [values = 0] = await countWhere(measurer, table, quoteTable(measurer, table), [isSet])
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
  const old = `${quoteName(rows.name)}.${quoteName(currentName(rows, column))}`
  const stored = measuring.storedAs(`(${value})`, type, type, null, null)
  if (rows.where === null && rows.from === null && rows.with === null && !/\bselect\b/i.test(value)) {
    const isLost = `${old} IS NOT NULL AND ${stored} IS NULL`
    const isChanged = `CASE WHEN ${old} IS NOT NULL AND ${stored} IS NOT NULL THEN ${differs(measurer, old, type, stored, type)} ELSE FALSE END`
    const [lost = 0, changed = 0] = await countWhere(measurer, table, sources, [isLost, isChanged])
    return replacedValues(table, column, lost, changed)
  }
  const inner = [
    `SELECT ${measuring.rowIdentity(rows.name)} AS id, ${old} AS old, ${stored} AS new`,
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
  const present = (condition: string) => `CASE WHEN ${value} IS NOT NULL THEN ${condition} ELSE FALSE END`
  const [failing = 0, lost = 0, changed = 0, misfits = 0] = await countWhere(measurer, table, source, [
    present(`(${isRefused})`),
    present(`NOT (${isRefused}) AND ${kept} IS NULL`),
    present(`CASE WHEN ${kept} IS NOT NULL THEN ${differs(measurer, value, from, kept, to)} ELSE FALSE END`),
    present(`${measuring.isMisfit(kept, to)} AND NOT (${measuring.isMisfit(value, from)})`),
  ])
  const replaced = replacedValues(table, column, lost, changed + misfits)
  if (failing === 0) return replaced
  const condition = `${value} IS NOT NULL AND (${isRefused})`
  const examples = await exampleRows(measurer, { table, source, condition, isReshaped: seenAs.shape !== null, shown: [value] })
  return { ...replaced, failing: { rows: failing, ...examples } }
}
