import type { Catalog, CatalogTable } from '../databases/catalog.js'
import type { LiveTable } from '../rules/measure.js'
import type { Change, ChangeOf, ObjectName } from '../sql/change.js'
import { findTable, keyOf, type SchemaState, type TableState } from './schema-state.js'

/** Which live tables the migrations may change. Plain JSON. Names are those before the run. */
export type TouchedTables =
  | { readonly kind: 'none' }
  /** Any of them; `why` is for people. */
  | { readonly kind: 'all'; readonly why: string }
  | { readonly kind: 'some'; readonly tables: readonly TouchedTable[] }

export interface TouchedTable {
  readonly schema: string | null
  readonly table: string
  /** Rows may be there afterwards that were not: inserted, or with another key than they had. */
  readonly mayInsert: boolean
}

/** Whether the migrations may have written this table or changed its shape. */
export function isTouched(touched: TouchedTables, schema: string | null, table: string): boolean {
  return touched.kind === 'all' || findTouched(touched, schema, table) !== null
}

export function mayInsertInto(touched: TouchedTables, schema: string | null, table: string): boolean {
  return touched.kind === 'all' || findTouched(touched, schema, table)?.mayInsert === true
}

function findTouched(touched: TouchedTables, schema: string | null, table: string): TouchedTable | null {
  if (touched.kind !== 'some') return null
  return touched.tables.find((one) => one.table === table && one.schema === schema) ?? null
}

/** Collects what changes touch, in order. */
export interface TouchCollector {
  add(change: Change, state: SchemaState): void
  finish(): TouchedTables
}

export function collectTouched(catalog: Catalog | null): TouchCollector {
  const tables = new Map<string, TouchedTable>()
  let everything: string | null = null
  const touch = ({ schema, name }: LiveTable, mayInsert = false) => {
    const key = JSON.stringify([schema, name])
    tables.set(key, { schema, table: name, mayInsert: mayInsert || tables.get(key)?.mayInsert === true })
  }
  return {
    add: (change, state) => {
      everything ??= reasonForAll(change) ?? reasonForUnknown(change, state)
      for (const name of namedTables(change, state)) {
        const table = findTable(state, name)
        if (table === null || table.live === null) continue
        const mayInsert = addsRows(change, table.primaryKey)
        touch(table.live, mayInsert)
        for (const parent of partitionedParents(table.live, catalog)) touch(parent, mayInsert)
        for (const child of table.children) touch(child, mayInsert)
        for (const child of reachedTables(change, table.live, catalog, replacesRows(change, table)))
          touch(child, change.kind === 'update' && child.primaryKey.some((column) => isReferencing(child, column)))
      }
    },
    finish: () => {
      if (everything !== null) return { kind: 'all', why: everything }
      return tables.size === 0 ? { kind: 'none' } : { kind: 'some', tables: [...tables.values()] }
    },
  }
}

function reasonForAll(change: Change): string | null {
  const { calls = [] } = change
  switch (change.kind) {
    case 'opaque':
      return `a statement could not be analysed: ${change.reason}`
    case 'call':
      return `${change.functions.join(', ')} may write to any table`
    case 'drop-owned':
    case 'drop-database':
      return 'whole groups of objects are dropped'
    case 'drop-type':
    case 'drop-extension':
      return change.cascade ? 'columns of a dropped type go with it' : null
    case 'create-object':
      // What runs DDL later in the same set sets it off.
      return change.type === 'event trigger' ? 'an event trigger is created, which may write to any table' : null
    default:
      return calls.length > 0 && writesRows(change) ? `${calls.join(', ')} may write to any table` : null
  }
}

/** Writing to a view, or to whatever it is, ends in tables that are not known. */
function reasonForUnknown(change: Change, state: SchemaState): string | null {
  if (state.catalog === null || !writesRows(change)) return null
  const name = namedTables(change, state).find((table) => !state.tables.has(keyOf(state, table)))
  return name === undefined ? null : `${name.name} is not a table that is known`
}

function writesRows(change: Change): boolean {
  return ['insert', 'update', 'delete', 'truncate'].includes(change.kind)
}

function namedTables(change: Change, state: SchemaState): readonly ObjectName[] {
  if (change.kind === 'truncate') return change.tables
  if (change.kind === 'recreate-enum') return change.columns.map(({ table }) => table)
  if (change.kind === 'drop-schema' || change.kind === 'rename-schema') {
    return [...state.tables.values()].filter((table) => table !== null).filter((table) => table.schema === change.schema)
  }
  if (change.kind === 'detach-partition') return [change.table, change.partition]
  return 'table' in change ? [change.table] : []
}

/** What has the name of a dropped table afterwards is all the migrations' own. */
function addsRows(change: Change, key: readonly string[]): boolean {
  if (change.kind === 'alter-column-type') return key.includes(change.column)
  if (change.kind === 'update') return change.assignments.some(({ column }) => key.includes(column))
  if (change.kind === 'rebuild-table')
    return !change.copied || change.adjusted || change.filter !== null || change.columns.some((one) => changesColumn(one, key))
  return change.kind === 'insert' || change.kind === 'drop-table'
}

/** A column of the key that is filled with something else than itself. */
function changesColumn({ definition, source }: ChangeOf<'rebuild-table'>['columns'][number], key: readonly string[]): boolean {
  return key.includes(definition.name) && source.from !== 'column'
}

function isReferencing({ foreignKeys }: CatalogTable, column: string): boolean {
  return foreignKeys.some(({ columns }) => columns.includes(column))
}

/** It deletes rows that are in the way, because it says so or the table does. */
function replacesRows(change: Change, { constraints }: TableState): boolean {
  if (change.kind !== 'insert' && change.kind !== 'update') return false
  const said = change.onConflict ?? 'none'
  return (
    said === 'replace' || ((said === 'none' || said === 'update') && constraints?.keys.some((key) => key.onConflict === 'replace') === true)
  )
}

/** Tables whose rows change in consequence of deleted rows or changed keys: everything that references this one, as far as actions carry. */
function reachedTables(change: Change, table: LiveTable, catalog: Catalog | null, replaces: boolean): readonly CatalogTable[] {
  const truncates = change.kind === 'truncate' && change.cascade
  const deletes =
    replaces || change.kind === 'delete' || ((change.kind === 'drop-table' || change.kind === 'rebuild-table') && change.deletesRows)
  if (catalog === null || !(truncates || deletes || change.kind === 'update')) return []
  const reached = new Set<CatalogTable>()
  const visit = (parent: LiveTable) => {
    for (const child of catalog.tables) {
      const acts = child.foreignKeys.some(
        (key) =>
          key.references.table === parent.name &&
          key.references.schema === parent.schema &&
          (truncates || (deletes && isActing(key.onDelete)) || (change.kind === 'update' && isActing(key.onUpdate))),
      )
      if (!acts || reached.has(child)) continue
      reached.add(child)
      visit(child)
    }
  }
  visit(table)
  return [...reached]
}

/** The partitioned tables that a partition's rows are rows of. */
function partitionedParents(table: LiveTable, catalog: Catalog | null): readonly LiveTable[] {
  const find = ({ schema, name }: LiveTable) => catalog?.tables.find((one) => one.schema === schema && one.name === name)
  return (find(table)?.parents ?? []).flatMap(({ schema, table: name }) => {
    const parent = { schema, name }
    return find(parent)?.kind === 'partitioned' ? [parent, ...partitionedParents(parent, catalog)] : []
  })
}

function isActing(action: string): boolean {
  return action === 'cascade' || action === 'set null' || action === 'set default'
}
