import type { BodyChange, Change, ChangeOf, ForeignKeyDefinition } from '../sql/change.js'
import { withForeignKeys } from './foreign-key-state.js'
import { findTable, type SchemaState, type TableState } from './schema-state.js'

/**
 * Rows of other tables that a change deletes or updates through ON DELETE and ON UPDATE, as changes: only to tell what they set off,
 * since the loss itself is counted with the change. https://sqlite.org/foreignkeys.html, https://www.postgresql.org/docs/current/ddl-constraints.html
 */
export function reachedChanges(state: SchemaState, change: Change, path: readonly TableState[] = []): readonly Change[] {
  if (change.foreignKeysOff === true || state.settings.triggersOff) return []
  if (change.kind === 'truncate' && change.cascade) return reachTruncated(state, change)
  const deletes = change.kind === 'delete' || ((change.kind === 'drop-table' || change.kind === 'rebuild-table') && change.deletesRows)
  if (!deletes && change.kind !== 'update') return []
  const table = findTable(state, change.table)
  if (table === null || path.includes(table)) return []
  const assigned = change.kind === 'update' ? change.assignments.map(({ column }) => column) : null
  return withForeignKeys(state).flatMap((child) =>
    child.foreignKeys.flatMap(({ key }): readonly Change[] => {
      const action = assigned === null ? key.onDelete : key.onUpdate
      const referenced = key.referencedColumns.length === 0 ? table.primaryKey : key.referencedColumns
      if (child.live === null || findTable(state, key.references) !== table) return []
      if (action === 'no action' || action === 'restrict' || assigned?.some((column) => referenced.includes(column)) === false) return []
      const reached = reach(state, change, child, key, referenced, assigned === null && action === 'cascade')
      return [reached, ...reachedChanges(state, reached, [...path, table])]
    }),
  )
}

function reach(
  state: SchemaState,
  change: Change,
  child: TableState,
  key: ForeignKeyDefinition,
  referenced: readonly string[],
  isDeleted: boolean,
): Change {
  const name = { schema: child.schema, name: child.name }
  const common = {
    table: name,
    alias: null,
    where: selectReferencing(state, change, key, referenced),
    with: 'with' in change ? change.with : null,
  }
  const body: BodyChange = isDeleted
    ? { kind: 'delete', ...common, using: null }
    : { kind: 'update', ...common, from: null, assignments: key.columns.map((column) => ({ column, value: null })) }
  const { statement, uncountable, firedBy } = change
  return { ...body, statement, ...(uncountable === undefined ? {} : { uncountable }), ...(firedBy === undefined ? {} : { firedBy }) }
}

function selectReferencing(state: SchemaState, change: Change, key: ForeignKeyDefinition, referenced: readonly string[]): string {
  const { quoteName } = state.dialect
  const table = 'table' in change ? change.table : { schema: null, name: '' }
  const alias = 'alias' in change && change.alias !== null ? change.alias : table.name
  const quoted = table.schema === null ? quoteName(table.name) : `${quoteName(table.schema)}.${quoteName(table.name)}`
  const from = change.kind === 'update' ? change.from : change.kind === 'delete' ? change.using : null
  const where = change.kind === 'update' || change.kind === 'delete' ? change.where : null
  const parents = `SELECT ${referenced.map((column) => `${quoteName(alias)}.${quoteName(column)}`).join(', ')} FROM ${quoted} AS ${quoteName(alias)}${from === null ? '' : `, ${from}`}${where === null ? '' : ` WHERE ${where}`}`
  return `(${key.columns.map(quoteName).join(', ')}) IN (${parents})`
}

/** Whatever references one of the tables, directly or not, is emptied too. https://www.postgresql.org/docs/current/sql-truncate.html */
function reachTruncated(state: SchemaState, change: ChangeOf<'truncate'>): readonly Change[] {
  const named = change.tables.flatMap((name) => findTable(state, name) ?? [])
  const reached = new Set(named)
  for (const parent of reached)
    for (const child of state.tables.values())
      if (child?.foreignKeys.some(({ key }) => findTable(state, key.references) === parent)) reached.add(child)
  const others = [...reached].filter((table) => !named.includes(table))
  return others.map(({ schema, name }) => ({ ...change, tables: [{ schema, name }], cascade: false }))
}
