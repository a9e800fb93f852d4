import type { Connection } from '../databases/database.js'
import type { Estimate } from '../rules/finding.js'
import type { Measure } from '../rules/measure.js'
import { selectMatching } from './measure-rows.js'
import { type Measurer, quoteTable } from './measurer.js'

/** What the planner thinks a loss comes to, where counting took too long; null where it has no opinion. `connection` is not limited. */
export async function estimateLoss(measurer: Measurer, connection: Connection, measures: readonly Measure[]): Promise<Estimate | null> {
  const total: { rows?: number; values?: number } = {}
  for (const measure of measures) {
    const select = selectOf(measurer, measure)
    const count = select === null ? null : await explain(measurer, connection, select)
    if (count === null) return null
    const unit = measure.what === 'values' ? 'values' : 'rows'
    total[unit] = (total[unit] ?? 0) + count
  }
  return total.rows === undefined && total.values === undefined ? null : total
}

function selectOf(measurer: Measurer, measure: Measure): string | null {
  switch (measure.what) {
    case 'rows':
      return `SELECT 1 FROM ${measurer.dialect.measuring.ownRows(quoteTable(measurer, measure.table))}`
    case 'values':
      return `SELECT 1 FROM ${quoteTable(measurer, measure.table)} WHERE ${measurer.dialect.quoteName(measure.column)} IS NOT NULL`
    case 'matching-rows':
      return selectMatching(measurer, measure.table, measure.rows, [])
    default:
      return null
  }
}

async function explain({ dialect }: Measurer, connection: Connection, select: string): Promise<number | null> {
  const { planner, savepoint } = dialect.measuring
  if (planner === null) return null
  if (savepoint !== null) await connection.query(savepoint.begin)
  try {
    const estimate = planner.readRows(await connection.query(planner.explain(select)))
    if (savepoint !== null) await connection.query(savepoint.release)
    return estimate
  } catch {
    // An estimate is only for people: without one the report says that nothing was measured.
    if (savepoint !== null) await connection.query(savepoint.rollback)
    return null
  }
}
