import { type Change, type ChangeOf, endsTransaction, type ObjectName, TEMPORARY_SCHEMA } from '../sql/change.js'
import { checksForNull, isNeverNull, keepsColumn, readPlainColumn } from '../sql/expressions.js'
import type { Statement } from '../sql/statement.js'
import { rebuildTable } from './apply-rebuild.js'
import { applyToEnum } from './apply-to-enum.js'
import { copiesAll, findCopied } from './column-copies.js'
import { addForeignKey, dropKeysOf, keepReferences, renameKeyColumn } from './foreign-key-state.js'
import { noteCopy, spoilCopies } from './row-copies.js'
import {
  changeSettings,
  columnKey,
  currentSchema,
  emptyTable,
  findColumn,
  findTable,
  keyOf,
  knownColumns,
  makeColumn,
  type SchemaState,
  type TableState,
} from './schema-state.js'
import { define, dropCode, toggleTriggers } from './stored-code-state.js'
import { refusesMisfits, renameInConstraints, uniqueKeysOf } from './table-constraints.js'

/** Follows what a change does to names, columns and rows, so that later changes are judged by what earlier ones made. */
export function applyChange(state: SchemaState, change: Change): void {
  if (change.conditional !== undefined && isDrop(change)) {
    noteDrop(state, change)
    return
  }
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
      changeSettings(state, change.local === true, { searchPath: change.schemas ?? [state.defaultSchema] })
      return
    case 'set-time-zone':
      changeSettings(state, change.local === true, { timeZone: change.zone })
      return
    case 'truncate':
      for (const name of change.tables) truncateTable(state, name, change.statement)
      return
    case 'rebuild-table':
      rebuildTable(state, change)
      return
    case 'create-object':
      if (change.defines !== undefined) define(state, change.defines)
      return
    case 'drop-object':
      dropCode(state, change)
      if (change.type !== 'index') return
      for (const table of state.tables.values())
        if (table !== null) table.uniqueKeys = table.uniqueKeys.filter((key) => key.name !== change.name.name)
      return
    case 'toggle':
      toggleTriggers(state, change)
      return
    case 'toggle-session-triggers':
      changeSettings(state, change.local === true, { triggersOff: !change.enabled })
      return
    case 'transaction':
      if (endsTransaction(change)) state.settings = state.sessionSettings
      return
    case 'create-enum':
    case 'add-enum-value':
    case 'rename-enum-value':
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
  for (const [key, table] of state.tables) if (table !== null && table.schema === TEMPORARY_SCHEMA) state.tables.set(key, null)
}

function isDrop(change: Change): change is ChangeOf<'drop-table' | 'drop-column'> {
  return change.kind === 'drop-table' || change.kind === 'drop-column'
}

/** It may still be there. */
function noteDrop(state: SchemaState, change: ChangeOf<'drop-table' | 'drop-column'>): void {
  const table = findTable(state, change.table)
  if (table === null) return
  table.rewrittenBy = change.statement
  const column = change.kind === 'drop-column' ? findColumn(state, table, change.column) : null
  if (change.kind === 'drop-table') table.deletedBy = change.statement
  if (column !== null) column.isOverwritten = true
  spoilCopies(state, table, column === null ? null : [column.name])
}

function createTable(state: SchemaState, change: ChangeOf<'create-table'>): void {
  const schema = change.temporary ? TEMPORARY_SCHEMA : (change.table.schema ?? currentSchema(state))
  const key = keyOf(state, { schema, name: change.table.name })
  const existing = state.tables.get(key) ?? null
  if (change.ifNotExists && existing !== null) return
  // Without a catalog it may be there already; then what is known of it stays.
  if (change.ifNotExists && existing === null && state.catalog === null && !change.temporary && state.tables.get(key) === undefined) {
    const table = findTable(state, change.table)
    for (const column of change.columns) table?.columns.set(columnKey(state, column.name), makeColumn(column.name, column.name, column))
    return
  }
  const table = emptyTable(schema, change.table.name, null)
  const like = (change.like ?? []).map((name) => findTable(state, name))
  for (const column of like.flatMap((model) => (model === null ? [] : knownColumns(model))))
    table.columns.set(columnKey(state, column.name), {
      ...column,
      live: null,
      written: 'no',
      isOverwritten: false,
      isRetyped: false,
      copiedTo: [],
    })
  for (const column of change.columns) table.columns.set(columnKey(state, column.name), makeColumn(column.name, null, column))
  table.isComplete = change.query === null && like.every((model) => model?.isComplete === true)
  table.isUnlogged = change.unlogged === true
  table.primaryKey = change.columns.filter((column) => column.primaryKey).map((column) => column.name)
  table.constraints = change.constraints ?? null
  table.uniqueKeys = uniqueKeysOf(change.constraints)
  state.tables.set(key, table)
  noteCopy(state, table, change.copies)
}

function dropTable(state: SchemaState, name: ObjectName): void {
  const table = findTable(state, name)
  if (table !== null) spoilCopies(state, table, null)
  state.tables.set(keyOf(state, name), null)
}

function truncateTable(state: SchemaState, name: ObjectName, statement: Statement): void {
  const table = findTable(state, name)
  if (table === null) return
  for (const one of relativesOf(state, table)) Object.assign(one, { rewrittenBy: statement, deletedBy: statement })
  spoilCopies(state, table, null)
}

function moveTable(state: SchemaState, from: ObjectName, to: ObjectName, statement: Statement): void {
  const table = findTable(state, from)
  if (table === null) return
  keepReferences(state, table, () => {
    state.tables.set(keyOf(state, from), null)
    table.schema = to.schema ?? table.schema
    table.name = to.name
    table.renamedBy = statement
    state.tables.set(keyOf(state, { schema: table.schema, name: table.name }), table)
  })
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
    if (change.onConflict === 'replace') spoilCopies(state, table, null)
    else if (change.overwrites.length > 0) spoilCopies(state, table, change.overwrites)
    const isSure = refusesMisfits(table.constraints) && change.conditional === undefined
    noteCopy(state, table, isSure ? change.copies : null)
  }
  if (change.kind === 'delete' || change.kind === 'update' || isOverwriting(table, change))
    for (const one of relativesOf(state, table)) one.rewrittenBy = change.statement
  if (change.kind === 'delete') deleteRows(state, table, change)
  if (change.kind === 'update') updateColumns(state, table, change)
  if (change.kind === 'add-constraint') addForeignKey(state, table, change.name, change.foreignKey)
  if (change.kind === 'drop-constraint') {
    table.foreignKeys = table.foreignKeys.filter((key) => key.name !== change.name)
    table.uniqueKeys = table.uniqueKeys.filter((key) => key.name !== change.name)
    table.checks = table.checks.filter((check) => check.name !== change.name)
  }
  if (change.kind === 'add-check') table.checks.push({ name: change.name, condition: change.condition, isValid: !change.notValid })
  if (change.kind === 'validate-constraint') validate(table, change.name)
  if (change.kind === 'promote-index') promoteIndex(state, table, change.index)
  if (change.kind === 'add-unique') addKey(table, change)
  if (change.kind === 'add-column') addColumn(state, table, change)
  if ('column' in change) applyToColumn(state, table, change)
}

/** The table, its partitions and heirs, and those it is a partition or heir of: rows of one may be rows of the others. */
function relativesOf(state: SchemaState, table: TableState): readonly TableState[] {
  // Only a catalog knows of partitions and heirs.
  if (state.catalog === null) return [table]
  const isWithin = ({ live }: TableState, other: TableState) =>
    other.children.some((child) => child.name === live?.name && child.schema === live.schema)
  const tables = [...state.tables.values()].filter((other) => other !== null)
  return tables.filter((other) => other === table || isWithin(other, table) || isWithin(table, other))
}

function validate(table: TableState, name: string): void {
  table.checks = table.checks.map((check) => (check.name === name ? { ...check, isValid: true } : check))
  table.foreignKeys = table.foreignKeys.map((one) => (one.name === name ? { ...one, key: { ...one.key, notValid: false } } : one))
}

function promoteIndex(state: SchemaState, table: TableState, index: string): void {
  const key = table.uniqueKeys.find(({ name }) => name === index)
  if (key === undefined) return
  table.primaryKey = key.columns
  for (const name of key.columns) Object.assign(findColumn(state, table, name) ?? {}, { notNull: true })
}

function isOverwriting(table: TableState, change: Change): boolean {
  if (change.kind !== 'insert') return false
  const replaces = table.constraints?.keys.some(({ onConflict }) => onConflict === 'replace') === true
  return change.onConflict === 'update' || change.onConflict === 'replace' || (change.onConflict === 'none' && replaces)
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
      spoilCopies(state, table, [column.name])
      dropKeysOf(state, table, column.name)
      table.columns.set(columnKey(state, change.column), null)
      return
    case 'rename-column':
      table.columns.set(columnKey(state, change.column), null)
      for (const other of knownColumns(table))
        other.copiedTo = other.copiedTo.map((copy) => (copy.column === column.name ? { ...copy, column: change.to } : copy))
      renameKeyColumn(state, table, column.name, change.to)
      table.constraints = renameInConstraints(state, table.constraints, column.name, change.to)
      column.name = change.to
      table.columns.set(columnKey(state, change.to), column)
      table.renamedBy = change.statement
      return
    case 'alter-column-type':
      spoilCopies(state, table, [column.name])
      column.type = change.type
      column.isRetyped = true
      return
    case 'set-not-null':
    case 'drop-not-null':
      column.notNull = change.kind === 'set-not-null'
      return
    case 'set-expression':
      return
    case 'drop-expression':
      column.computed = false
      return
    default:
      column.hasDefault = change.kind === 'set-default'
  }
}

function forgetCopies(table: TableState, target: string): void {
  for (const column of knownColumns(table)) column.copiedTo = column.copiedTo.filter((copy) => copy.column !== target)
}

/** `DELETE … WHERE c IS NULL` leaves no row without a value in c. */
function deleteRows(state: SchemaState, table: TableState, change: ChangeOf<'delete'>): void {
  for (const one of relativesOf(state, table)) one.deletedBy = change.statement
  spoilCopies(state, table, null)
  const { where } = change
  if (where === null || change.using !== null) return
  const { style } = state.dialect
  const tested = /^\s*\(*(.*?)\s+is\s+null\s*\)*\s*$/is.exec(where)?.[1]
  const name = tested === undefined ? null : readPlainColumn(tested, style)
  const column = name === null ? null : findColumn(state, table, name)
  if (column !== null && checksForNull(where, { table: change.alias ?? change.table.name, name: column.name }, style, true))
    column.written = 'filled'
}

function updateColumns(state: SchemaState, table: TableState, change: ChangeOf<'update'>): void {
  const { style } = state.dialect
  const assigned = change.assignments.map(({ column }) => column)
  spoilCopies(state, table, assigned)
  for (const { column: name, value } of change.assignments) {
    const column = findColumn(state, table, name)
    if (column === null) continue
    forgetCopies(table, column.name)
    const own = { table: change.alias ?? change.table.name, name }
    const fillsAll = change.where === null || checksForNull(change.where, own, style, true)
    const wasEmpty = column.live === null && !column.hasDefault && column.written === 'no'
    if (change.where === null || !checksForNull(change.where, own, style, false)) column.isOverwritten = true
    const isFilled =
      change.conditional === undefined &&
      value !== null &&
      fillsAll &&
      (isNeverNull(value, style) || (keepsColumn(value, own, style) && column.notNull === true))
    column.written = isFilled ? 'filled' : column.written === 'filled' ? 'filled' : 'some'
    const source =
      value !== null && change.from === null && change.conditional === undefined ? findCopied(state, table, column, value) : null
    if (source !== null && copiesAll(change.where, source.column, own, wasEmpty, style))
      source.column.copiedTo = [...source.column.copiedTo, { column: column.name, as: source.as }]
  }
}
