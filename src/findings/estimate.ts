import type { SampledRows } from '../databases/dialect.js'
import type { Estimate } from '../rules/finding.js'
import type { Measure } from '../rules/measure.js'
import { selectionOf } from './measure-rows.js'
import { type Measurer, quoteTable } from './measurer.js'

/** What the database thinks a loss comes to, where counting took too long; null where it has no opinion. */
export async function estimateLoss(measurer: Measurer, measures: readonly Measure[]): Promise<Estimate | null> {
  const total: { rows?: number; values?: number } = {}
  for (const measure of measures) {
    const rows = rowsOf(measurer, measure)
    const count = rows === null ? null : await estimate(measurer, rows)
    if (count === null) return null
    const unit = measure.what === 'values' ? 'values' : 'rows'
    total[unit] = (total[unit] ?? 0) + count
  }
  return total.rows === undefined && total.values === undefined ? null : total
}

function rowsOf(measurer: Measurer, measure: Measure): SampledRows | null {
  const { quoteName, measuring } = measurer.dialect
  if (measure.what !== 'rows' && measure.what !== 'values' && measure.what !== 'matching-rows') return null
  const table = quoteTable(measurer, measure.table)
  const plain = { with: null, table, alias: quoteName(measure.table.name) }
  switch (measure.what) {
    case 'rows':
      return { ...plain, source: measuring.ownRows(table), condition: 'TRUE' }
    case 'values':
      return { ...plain, source: table, condition: `${quoteName(measure.column)} IS NOT NULL` }
    case 'matching-rows':
      return { ...plain, ...selectionOf(measurer, measure.table, measure.rows) }
  }
}

async function estimate({ dialect, counting }: Measurer, rows: SampledRows): Promise<number | null> {
  const { estimating } = dialect.measuring
  try {
    return estimating.readRows(await counting.queryFreely(estimating.ask(rows)))
  } catch {
    // An estimate is only for people: without one the report says that nothing was measured.
    return null
  }
}
