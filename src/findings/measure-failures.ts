import type { Measure } from '../rules/measure.js'
import { count, exampleKeys, type Measurement, type Measurer, quoteTable, readNumber } from './measurer.js'

type MeasureOf<W extends Measure['what']> = Extract<Measure, { what: W }>
type FailureMeasure = MeasureOf<'null-values' | 'any-row' | 'other-labels' | 'orphans'>

/** Rows that make a statement fail, with a few keys. */
export async function measureFailing(measurer: Measurer, measure: FailureMeasure): Promise<Measurement> {
  const source = `${quoteTable(measurer, measure.table)} AS t`
  const condition = readCondition(measurer, measure)
  const rows = await count(measurer, `SELECT count(*) AS n FROM ${source} WHERE ${condition}`)
  const keys = rows === 0 || measure.what === 'any-row' ? [] : await exampleKeys(measurer, measure.table, source, condition)
  return { failing: { rows, keys }, predictions: [] }
}

function readCondition(measurer: Measurer, measure: FailureMeasure): string {
  const { quoteName, measuring } = measurer.dialect
  switch (measure.what) {
    case 'any-row':
      return 'TRUE'
    case 'null-values':
      return `t.${quoteName(measure.column)} IS NULL`
    case 'other-labels': {
      const value = `t.${quoteName(measure.column)}`
      return `${value} IS NOT NULL AND ${measuring.hasOtherLabel(value, measure.labels, measure.array)}`
    }
    case 'orphans': {
      const present = measure.columns.map((column) => `t.${quoteName(column)} IS NOT NULL`)
      const same = measure.columns.map((column, index) => `p.${quoteName(measure.referencedColumns[index] ?? '')} = t.${quoteName(column)}`)
      return `${present.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${quoteTable(measurer, measure.references)} AS p WHERE ${same.join(' AND ')})`
    }
  }
}

/** Rows that share their keys with another row. */
export async function measureDuplicates(measurer: Measurer, measure: MeasureOf<'duplicates'>): Promise<Measurement> {
  const table = quoteTable(measurer, measure.table)
  const keys = measure.keys.map((key, index) => `${key} AS k${index}`).join(', ')
  const names = measure.keys.map((_, index) => `k${index}`).join(', ')
  const present = measure.nullsEqual ? [] : measure.keys.map((key) => `(${key}) IS NOT NULL`)
  const conditions = [...(measure.where === null ? [] : [`(${measure.where})`]), ...present]
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const groups = `SELECT ${names}, count(*) AS size FROM (SELECT ${keys} FROM ${table}${where}) AS s GROUP BY ${names} HAVING count(*) > 1`
  const [row] = await measurer.connection.query(`SELECT coalesce(sum(size), 0) AS n FROM (${groups}) AS g`)
  const rows = readNumber(row, 'n')
  if (rows === 0) return { failing: { rows, keys: [] }, predictions: [] }
  const isDuplicate = `(${measure.keys.map((key) => `(${key})`).join(', ')}) IN (SELECT ${names} FROM (${groups}) AS g)`
  const examples = await exampleKeys(measurer, measure.table, table, [...conditions, isDuplicate].join(' AND '))
  return { failing: { rows, keys: examples }, predictions: [] }
}
