import type { Measure } from '../rules/measure.js'
import { AtLeastOne } from './counting.js'
import {
  countWhere,
  exampleRows,
  type FailingRows,
  fromTable,
  type Measurement,
  type Measurer,
  quoteTable,
  readNumber,
} from './measurer.js'

type MeasureOf<W extends Measure['what']> = Extract<Measure, { what: W }>
type FailureMeasure = MeasureOf<'null-values' | 'any-row' | 'other-labels' | 'orphans' | 'taken-numbers' | 'violations' | 'excluded'>

/** Rows that make a statement fail, with a few keys. */
export async function measureFailing(measurer: Measurer, measure: FailureMeasure): Promise<Measurement> {
  const failing = findFailing(measurer, measure)
  const isAlone = measure.what === 'orphans' || measure.what === 'excluded'
  const counted = await countWhere(measurer, measure.table, failing.source, [failing.condition], isAlone).catch((error: unknown) => {
    if (error instanceof AtLeastOne) return error
    throw error
  })
  // One is enough to know that it fails.
  if (counted instanceof AtLeastOne) return { failing: { rows: 1, keys: [], message: counted.message }, predictions: [] }
  const [rows = 0] = counted
  const examples = rows === 0 || measure.what === 'any-row' ? { keys: [] } : await exampleRows(measurer, failing)
  const message = measure.what === 'taken-numbers' && rows > 0 ? { message: 'later inserts get numbers that are taken' } : {}
  return { failing: { rows, ...examples, ...message }, predictions: [] }
}

function findFailing(measurer: Measurer, measure: FailureMeasure): FailingRows {
  const { quoteName, measuring } = measurer.dialect
  const { table } = measure
  const plain = { table, source: quoteTable(measurer, table), isReshaped: false }
  switch (measure.what) {
    case 'any-row':
      return { ...plain, condition: 'TRUE', shown: [] }
    case 'null-values':
      return { ...plain, condition: `${quoteName(measure.column)} IS NULL`, shown: [] }
    case 'taken-numbers': {
      const value = quoteName(measure.column)
      return { ...plain, condition: `${value} >= ${measure.next}`, shown: [value] }
    }
    case 'other-labels': {
      const value = quoteName(measure.column)
      const condition = `${value} IS NOT NULL AND ${measuring.hasOtherLabel(value, measure.labels, measure.array)}`
      return { ...plain, condition, shown: [value] }
    }
    case 'orphans':
      return {
        ...plain,
        source: `${plain.source} AS t`,
        condition: isOrphan(measurer, measure),
        shown: measure.columns.map((column) => `t.${quoteName(column)}`),
      }
    case 'violations':
      return {
        table,
        source: fromTable(measurer, table, measure.seenAs),
        isReshaped: measure.seenAs.shape !== null,
        // A condition that is NULL is no violation.
        condition: `(${measure.condition}) IS FALSE`,
        shown: measure.columns.map(quoteName),
      }
    case 'excluded':
      return {
        table,
        source: fromTable(measurer, table, measure.seenAs),
        isReshaped: measure.seenAs.shape !== null,
        ...isExcluded(measurer, measure),
      }
  }
}

function isOrphan(measurer: Measurer, measure: MeasureOf<'orphans'>): string {
  const { quoteName } = measurer.dialect
  const columns = measure.columns.map((column) => `t.${quoteName(column)}`)
  const same = columns.map((column, index) => `p.${quoteName(measure.referencedColumns[index] ?? '')} = ${column}`)
  const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ')
  const dangling = `${present} AND NOT EXISTS (SELECT 1 FROM ${quoteTable(measurer, measure.references)} AS p WHERE ${same.join(' AND ')})`
  const partial = `NOT (${present}) AND (${columns.map((column) => `${column} IS NOT NULL`).join(' OR ')})`
  return measure.matchFull ? `((${dangling}) OR (${partial}))` : dangling
}

/** NULL excludes nothing, since no operator is true of it. */
function isExcluded(measurer: Measurer, { table, seenAs, exclusion }: MeasureOf<'excluded'>): Pick<FailingRows, 'condition' | 'shown'> {
  const { elements, where } = exclusion
  const { quoteName, measuring } = measurer.dialect
  const own = elements.map(({ sql }) => `(${sql})`)
  const others = elements.map(({ sql }, index) => `(${sql}) AS e${index}`)
  const identity = measuring.identityColumns
  const filter = where === null ? '' : ` WHERE (${where})`
  const rest = `SELECT ${[...identity, ...others].join(', ')} FROM ${fromTable(measurer, table, seenAs)}${filter}`
  const isOther = identity.map((column) => `o.${column} <> ${quoteName(seenAs.name)}.${column}`).join(' OR ')
  const collides = elements.map(({ operator }, index) => `${own[index]} ${operator} o.e${index}`).join(' AND ')
  const exists = `EXISTS (SELECT 1 FROM (${rest}) AS o WHERE (${isOther}) AND ${collides})`
  return { condition: where === null ? exists : `(${where}) AND ${exists}`, shown: own }
}

/** Rows that share their keys with another row. */
export async function measureDuplicates(measurer: Measurer, measure: MeasureOf<'duplicates'>): Promise<Measurement> {
  const source = fromTable(measurer, measure.table, measure.seenAs)
  const keys = measure.keys.map((key, index) => `${key} AS k${index}`).join(', ')
  const names = measure.keys.map((_, index) => `k${index}`).join(', ')
  const present = measure.nullsEqual ? [] : measure.keys.map((key) => `(${key}) IS NOT NULL`)
  const conditions = [...(measure.where === null ? [] : [`(${measure.where})`]), ...present]
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const groups = `SELECT ${names}, count(*) AS size FROM (SELECT ${keys} FROM ${source}${where}) AS s GROUP BY ${names} HAVING count(*) > 1`
  const [row] = await measurer.connection.query(`SELECT coalesce(sum(size), 0) AS n FROM (${groups}) AS g`)
  const rows = readNumber(row, 'n')
  if (rows === 0) return { failing: { rows, keys: [] }, predictions: [] }
  const isDuplicate = `(${measure.keys.map((key) => `(${key})`).join(', ')}) IN (SELECT ${names} FROM (${groups}) AS g)`
  const condition = [...conditions, isDuplicate].join(' AND ')
  const examples = await exampleRows(measurer, {
    table: measure.table,
    source,
    condition,
    isReshaped: measure.seenAs.shape !== null,
    shown: measure.keys,
  })
  return { failing: { rows, ...examples }, predictions: [] }
}
