import type { ChangeOf } from '../sql/change.js'
import { findSwapped } from '../sql/swapped-columns.js'
import { spoilCopies } from './row-copies.js'
import { columnKey, findTable, knownColumns, makeColumn, type SchemaState } from './schema-state.js'
import { refusesMisfits, uniqueKeysOf } from './table-constraints.js'

/** Follows SQLite's table rebuild: the table keeps its name and gets the columns of the new one. */
export function rebuildTable(state: SchemaState, change: ChangeOf<'rebuild-table'>): void {
  const table = findTable(state, change.table)
  if (table === null) return
  spoilCopies(state, table, null)
  const old = new Map(table.columns)
  const inOrder = knownColumns(table)
  const wasComplete = table.isComplete
  const swapped = findSwapped(change, wasComplete ? inOrder.map(({ name }) => name) : null)
  const isSwapped = (name: string) => swapped.some(({ definition }) => definition.name === name)
  table.columns.clear()
  for (const { definition, source } of change.columns) {
    const from =
      source.from === 'column' ? old.get(columnKey(state, source.column)) : source.from === 'position' ? inOrder[source.index] : null
    const sourceName = source.from === 'column' ? source.column : definition.name
    const namesake = old.get(columnKey(state, definition.name)) ?? null
    const own = isSwapped(definition.name) ? (namesake ?? { live: definition.name }) : null
    const live = own !== null ? own.live : (from?.live ?? (from === undefined && !wasComplete ? sourceName : (namesake?.live ?? null)))
    const column = makeColumn(definition.name, live, definition)
    if (source.from === 'expression' || own !== null) column.written = 'some'
    table.columns.set(columnKey(state, definition.name), column)
  }
  const changesValues = change.columns.some(
    ({ definition, source }) =>
      isSwapped(definition.name) ||
      (old.get(columnKey(state, definition.name)) != null && (source.from === 'expression' || source.from === 'default')),
  )
  table.isComplete = true
  table.renamedBy = change.through ?? change.statement
  if (!change.copied || change.filter !== null || leavesOut(change) || change.adjusted || changesValues)
    table.rewrittenBy = change.through ?? change.statement
  if (change.filter !== null || !change.copied || leavesOut(change)) table.deletedBy = change.through ?? change.statement
  table.foreignKeys = []
  table.triggers = []
  // The keys are gone with the old table; where every value was copied as it was, it is still unique, until it is written.
  table.uniqueKeys = [...(keepsValues(change) ? table.uniqueKeys : []), ...uniqueKeysOf(change.constraints)]
  table.constraints = change.constraints
  table.primaryKey = change.columns.filter(({ definition }) => definition.primaryKey).map(({ definition }) => definition.name)
}

/** Rows that violate a constraint of the new table may be missing from it. */
function leavesOut({ onConflict, constraints }: ChangeOf<'rebuild-table'>): boolean {
  return onConflict === 'ignore' || onConflict === 'replace' || (onConflict === 'none' && !refusesMisfits(constraints))
}

/** Every row is copied, and every column that has a namesake comes from it. */
function keepsValues(change: ChangeOf<'rebuild-table'>): boolean {
  const isSame = change.columns.every(
    ({ definition, source }) => source.from === 'default' || (source.from === 'column' && source.column === definition.name),
  )
  return change.copied && change.filter === null && !change.adjusted && isSame
}
