import type { Change, ChangeOf, ObjectName, RowCopy } from '../sql/change.js'
import { checksForNull, isNeverNull, keepsColumn, readPlainColumn } from '../sql/expressions.js'
import type { Statement } from '../sql/statement.js'
import {
  type ColumnState,
  columnKey,
  emptyTable,
  findColumn,
  findTable,
  keyOf,
  makeColumn,
  type SchemaState,
  type TableState,
} from './schema-state.js'

/** Follows what a change does to names, columns and rows, so that later changes are judged by what earlier ones made. */
export function applyChange(state: SchemaState, change: Change): void {
  switch (change.kind) {
    case 'create-table':
      createTable(state, change)
      return
    case 'drop-table':
      dropTable(state, change.table)
      return
    case 'rename-table':
      moveTable(state, change.table, { schema: change.toSchema ?? change.table.schema, name: change.to }, change.statement)
      return
    case 'drop-schema':
      for (const table of tablesOf(state, change.schema)) dropTable(state, table)
      return
    case 'rename-schema':
      for (const table of tablesOf(state, change.schema)) moveTable(state, table, { schema: change.to, name: table.name }, change.statement)
      return
    case 'set-schema':
      state.currentSchema = change.schema ?? state.defaultSchema
      return
    case 'set-time-zone':
      state.timeZone = change.zone
      return
    case 'truncate':
      for (const name of change.tables) Object.assign(findTable(state, name) ?? {}, { rewrittenBy: change.statement })
      return
    case 'rebuild-table':
      rebuildTable(state, change)
      return
    case 'drop-object':
      for (const table of state.tables.values())
        if (table !== null) table.uniqueKeys = table.uniqueKeys.filter((key) => key.name !== change.name.name)
      return
    case 'create-enum':
    case 'add-enum-value':
    case 'rename-type':
    case 'drop-type':
    case 'recreate-enum':
      applyToEnum(state, change)
      return
    default:
      applyToTable(state, change)
      return
  }
}

/** Temporary tables are gone at the end of the run. */
export function dropTemporaryTables(state: SchemaState): void {
  for (const [key, table] of state.tables) if (table !== null && table.schema === TEMPORARY) state.tables.set(key, table.hides)
}

const TEMPORARY = 'pg_temp'

function createTable(state: SchemaState, change: ChangeOf<'create-table'>): void {
  const key = keyOf(state, change.table)
  const existing = state.tables.get(key) ?? null
  if (change.ifNotExists && existing !== null && !change.temporary) return
  // Without a catalog it may be there already; then what is known of it stays.
  if (change.ifNotExists && existing === null && state.catalog === null && !change.temporary && state.tables.get(key) === undefined) {
    const table = findTable(state, change.table)
    for (const column of change.columns) table?.columns.set(columnKey(state, column.name), makeColumn(column.name, column.name, column))
    return
  }
  const schema = change.temporary ? TEMPORARY : (change.table.schema ?? state.currentSchema)
  const table = emptyTable(schema, change.table.name, null, change.temporary ? existing : null)
  for (const column of change.columns) table.columns.set(columnKey(state, column.name), makeColumn(column.name, null, column))
  table.isComplete = change.query === null
  table.primaryKey = change.columns.filter((column) => column.primaryKey).map((column) => column.name)
  state.tables.set(key, table)
  noteCopy(state, table, change.copies)
}

function noteCopy(state: SchemaState, target: TableState, copy: RowCopy | null): void {
  const source = copy === null ? null : findTable(state, copy.from)
  if (source !== null && copy !== null && target.schema !== TEMPORARY) source.copies.push({ target, columns: copy.columns })
}

function dropTable(state: SchemaState, name: ObjectName): void {
  const key = keyOf(state, name)
  state.tables.set(key, state.tables.get(key)?.hides ?? null)
}

function moveTable(state: SchemaState, from: ObjectName, to: ObjectName, statement: Statement): void {
  const table = findTable(state, from)
  if (table === null) return
  state.tables.set(keyOf(state, from), null)
  table.schema = to.schema ?? state.currentSchema
  table.name = to.name
  table.renamedBy = statement
  state.tables.set(keyOf(state, to), table)
}

function tablesOf(state: SchemaState, schema: string): readonly TableState[] {
  return [...state.tables.values()].filter((table) => table !== null && table.schema === schema).filter((table) => table !== null)
}

function applyToTable(state: SchemaState, change: Change): void {
  if (!('table' in change)) return
  const table = findTable(state, change.table)
  if (table === null) return
  if (change.kind === 'insert') {
    table.filledBy = change.statement
    noteCopy(state, table, change.copies)
  }
  if (change.kind === 'delete' || change.kind === 'update' || isOverwriting(change)) table.rewrittenBy = change.statement
  if (change.kind === 'update') updateColumns(state, table, change)
  if (change.kind === 'add-constraint' && change.foreignKey !== null) table.foreignKeys.push({ name: change.name, key: change.foreignKey })
  if (change.kind === 'drop-constraint') {
    table.foreignKeys = table.foreignKeys.filter((key) => key.name !== change.name)
    table.uniqueKeys = table.uniqueKeys.filter((key) => key.name !== change.name)
  }
  if (change.kind === 'add-unique') addKey(table, change)
  if (change.kind === 'add-column') addColumn(state, table, change)
  if ('column' in change) applyToColumn(state, table, change)
}

function isOverwriting(change: Change): boolean {
  return change.kind === 'insert' && (change.onConflict === 'update' || change.onConflict === 'replace')
}

function addKey(table: TableState, change: ChangeOf<'add-unique'>): void {
  if (change.primaryKey) table.primaryKey = change.columns
  else if (change.where === null && change.columns.length === change.keys.length)
    table.uniqueKeys.push({ name: change.name, columns: change.columns })
}

function addColumn(state: SchemaState, table: TableState, change: ChangeOf<'add-column'>): void {
  const key = columnKey(state, change.definition.name)
  const existing = table.columns.get(key) ?? null
  if (change.ifNotExists && existing !== null) return
  table.columns.set(key, makeColumn(change.definition.name, null, change.definition))
}

type ColumnChange = Extract<Change, { column: string }>

function applyToColumn(state: SchemaState, table: TableState, change: ColumnChange): void {
  const column = findColumn(state, table, change.column)
  if (column === null) return
  switch (change.kind) {
    case 'drop-column':
      forgetCopies(table, column.name)
      table.columns.set(columnKey(state, change.column), null)
      return
    case 'rename-column':
      table.columns.set(columnKey(state, change.column), null)
      for (const other of knownColumns(table)) other.copiedTo = other.copiedTo.map((name) => (name === column.name ? change.to : name))
      column.name = change.to
      table.columns.set(columnKey(state, change.to), column)
      table.renamedBy = change.statement
      return
    case 'alter-column-type':
      column.type = change.type
      column.isRetyped = true
      return
    case 'set-not-null':
    case 'drop-not-null':
      column.notNull = change.kind === 'set-not-null'
      return
    default:
      column.hasDefault = change.kind === 'set-default'
  }
}

export function knownColumns(table: TableState): readonly ColumnState[] {
  return [...table.columns.values()].filter((column) => column !== null)
}

function forgetCopies(table: TableState, target: string): void {
  for (const column of knownColumns(table)) column.copiedTo = column.copiedTo.filter((name) => name !== target)
}

function updateColumns(state: SchemaState, table: TableState, change: ChangeOf<'update'>): void {
  const { style } = state.dialect
  for (const { column: name, value } of change.assignments) {
    const column = findColumn(state, table, name)
    if (column === null) continue
    forgetCopies(table, column.name)
    const own = { table: change.alias ?? change.table.name, name }
    const fillsAll = change.where === null || checksForNull(change.where, own, style, true)
    const isFilled =
      value !== null && fillsAll && (isNeverNull(value, style) || (keepsColumn(value, own, style) && column.notNull === true))
    column.written = isFilled ? 'filled' : column.written === 'filled' ? 'filled' : 'some'
    const source = value !== null && change.where === null && change.from === null ? readPlainColumn(value, style) : null
    const copied = source === null ? null : findColumn(state, table, source)
    if (copied !== null && copied !== column) copied.copiedTo = [...copied.copiedTo, column.name]
  }
}

function rebuildTable(state: SchemaState, change: ChangeOf<'rebuild-table'>): void {
  const table = findTable(state, change.table)
  if (table === null) return
  const old = new Map(table.columns)
  const inOrder = knownColumns(table)
  const wasComplete = table.isComplete
  table.columns.clear()
  for (const { definition, source } of change.columns) {
    const from =
      source.from === 'column' ? old.get(columnKey(state, source.column)) : source.from === 'position' ? inOrder[source.index] : null
    const sourceName = source.from === 'column' ? source.column : definition.name
    const namesake = old.get(columnKey(state, definition.name)) ?? null
    const live = from?.live ?? (from === undefined && !wasComplete ? sourceName : (namesake?.live ?? null))
    const column = makeColumn(definition.name, live, definition)
    if (source.from === 'expression') column.written = 'some'
    table.columns.set(columnKey(state, definition.name), column)
  }
  table.isComplete = true
  table.renamedBy = change.through ?? change.statement
  if (!change.copied || change.filter !== null || change.adjusted) table.rewrittenBy = change.through ?? change.statement
  table.foreignKeys = []
  // The keys are gone with the old table; where every value was copied as it was, it is still unique, until it is written.
  table.uniqueKeys = keepsValues(change) ? table.uniqueKeys : []
  table.primaryKey = change.columns.filter(({ definition }) => definition.primaryKey).map(({ definition }) => definition.name)
}

/** Every row is copied, and every column that has a namesake comes from it. */
function keepsValues(change: ChangeOf<'rebuild-table'>): boolean {
  const isSame = change.columns.every(
    ({ definition, source }) => source.from === 'default' || (source.from === 'column' && source.column === definition.name),
  )
  return change.copied && change.filter === null && !change.adjusted && isSame
}

type EnumChange = ChangeOf<'create-enum' | 'add-enum-value' | 'rename-type' | 'drop-type' | 'recreate-enum'>

function applyToEnum(state: SchemaState, change: EnumChange): void {
  const key = keyOf(state, change.type)
  const labels = state.enums.get(key)
  if (change.kind === 'create-enum' || change.kind === 'recreate-enum') state.enums.set(key, change.labels)
  else if (change.kind === 'add-enum-value') {
    if (labels !== undefined) state.enums.set(key, [...labels, change.label])
  } else {
    state.enums.delete(key)
    if (change.kind === 'rename-type' && labels !== undefined)
      state.enums.set(keyOf(state, { schema: change.type.schema, name: change.to }), labels)
  }
}
