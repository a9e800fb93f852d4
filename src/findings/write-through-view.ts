import type { Change } from '../sql/change.js'
import type { ViewDefinition } from '../sql/code.js'
import { columnKey, type SchemaState } from './schema-state.js'

/** A write to a view that shows rows of one table is a write to that table; null when it is not known to be. */
export function writeThroughView(state: SchemaState, change: Change, view: ViewDefinition): Change | null {
  if (view.base === null) return null
  const by = { type: 'view', name: view.name.name, table: view.name } as const
  const place = { table: view.base, within: `view "${view.name.name}"`, firedBy: [...(change.firedBy ?? []), by] }
  const rename = (column: string) => view.columns.find(({ name }) => columnKey(state, name) === columnKey(state, column))?.column ?? column
  if (change.kind === 'insert')
    return { ...change, ...place, columns: change.columns.map(rename), overwrites: change.overwrites.map(rename), rows: null, copies: null }
  if (change.kind !== 'update' && change.kind !== 'delete') return null
  const alias = change.alias ?? view.name.name
  const rows = selectShown(state, view, alias)
  const where = rows === null ? change.where : change.where === null ? rows : `${rows} AND (${change.where})`
  const isRenamed = view.columns.some(({ name, column }) => name !== column)
  const uncountable = change.uncountable ?? (isRenamed ? 'the view gives columns other names' : undefined)
  const common = { ...place, alias, where, ...(uncountable === undefined ? {} : { uncountable }) }
  if (change.kind === 'delete') return { ...change, ...common }
  const assignments = change.assignments.map(({ column, value }) => ({ column: rename(column), value }))
  return { ...change, ...common, assignments }
}

/** Which rows of the table the view shows; null when all. */
function selectShown(state: SchemaState, { base, alias, where }: ViewDefinition, name: string): string | null {
  if (where === null || base === null) return null
  const { quoteName, measuring } = state.dialect
  const quoted = base.schema === null ? quoteName(base.name) : `${quoteName(base.schema)}.${quoteName(base.name)}`
  if (alias === name) return `(${where})`
  return `EXISTS (SELECT 1 FROM ${quoted} AS ${quoteName(alias)} WHERE ${measuring.rowIdentity(alias)} = ${measuring.rowIdentity(name)} AND (${where}))`
}
