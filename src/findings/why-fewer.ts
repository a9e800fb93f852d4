import type { LiveTable, Measure } from '../rules/measure.js'
import type { Statement } from '../sql/statement.js'
import { knownColumns, placeOf, type SchemaState, type TableState } from './schema-state.js'

/** Why a loss of whole rows or values is at most what is there now: earlier statements may have taken some of it already. Null when none has. */
export function whyFewer(measures: readonly Measure[], state: SchemaState, current: Statement): string | null {
  for (const measure of measures) {
    for (const live of countedTables(measure)) {
      const table = findLive(state, live)
      const place = placeOf(table?.deletedBy ?? null, current)
      if (place !== null) return `${place} deletes rows of ${live.name} first`
    }
    if (measure.what !== 'values') continue
    const table = findLive(state, measure.table)
    const column = table === null ? undefined : knownColumns(table).find(({ live }) => live === measure.column)
    const place = column?.isOverwritten === true ? placeOf(table?.rewrittenBy ?? null, current) : null
    if (place !== null) return `${place} overwrites values of ${measure.column} first`
  }
  return null
}

function countedTables(measure: Measure): readonly LiveTable[] {
  if (measure.what === 'referencing-rows') return measure.tables
  return measure.what === 'rows' || measure.what === 'values' || measure.what === 'attribute-values' || measure.what === 'matching-rows'
    ? [measure.table]
    : []
}

function findLive(state: SchemaState, { schema, name }: LiveTable): TableState | null {
  for (const table of state.tables.values()) if (table?.live?.name === name && table.live.schema === schema) return table
  return null
}
