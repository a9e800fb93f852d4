import type { LiveForeignKey } from '../rules/measure.js'
import type { ForeignKeyDefinition, ObjectName } from '../sql/change.js'
import { type ColumnState, columnKey, findTable, type SchemaState, type TableState } from './schema-state.js'

/** From here on its actions act. What it references is named so that no later search_path gives the name another meaning. */
export function addForeignKey(state: SchemaState, table: TableState, name: string | null, key: ForeignKeyDefinition): void {
  const parent = findTable(state, key.references)
  table.foreignKeys.push({ name, key: parent === null ? key : { ...key, references: nameOf(parent) } })
}

/** Runs `rename`, after which the table has another name, and takes the keys that reference it along. */
export function keepReferences(state: SchemaState, table: TableState, rename: () => void): void {
  const keys = allKeys(state).filter(({ key }) => findTable(state, key.references) === table)
  rename()
  for (const one of keys) one.key = { ...one.key, references: nameOf(table) }
}

/** The keys of the table, and those that reference it, call the column otherwise. */
export function renameKeyColumn(state: SchemaState, table: TableState, from: string, to: string): void {
  const rename = (names: readonly string[]) => names.map((name) => (columnKey(state, name) === columnKey(state, from) ? to : name))
  table.primaryKey = rename(table.primaryKey)
  table.uniqueKeys = table.uniqueKeys.map((one) => ({ ...one, columns: rename(one.columns) }))
  for (const one of table.foreignKeys) one.key = { ...one.key, columns: rename(one.key.columns) }
  for (const one of allKeys(state))
    if (findTable(state, one.key.references) === table) one.key = { ...one.key, referencedColumns: rename(one.key.referencedColumns) }
}

/** A column takes the keys that it is part of along, and with CASCADE those that reference it. */
export function dropKeysOf(state: SchemaState, table: TableState, column: string): void {
  const has = (names: readonly string[]) => names.some((name) => columnKey(state, name) === columnKey(state, column))
  if (has(table.primaryKey)) table.primaryKey = []
  table.uniqueKeys = table.uniqueKeys.filter(({ columns }) => !has(columns))
  table.foreignKeys = table.foreignKeys.filter(({ key }) => !has(key.columns))
  for (const child of withForeignKeys(state))
    child.foreignKeys = child.foreignKeys.filter(({ key }) => !(has(key.referencedColumns) && findTable(state, key.references) === table))
}

/** The keys between tables of before that are there now, by the names of before. */
export function liveForeignKeys(state: SchemaState): readonly LiveForeignKey[] {
  return withForeignKeys(state).flatMap((child) =>
    child.foreignKeys.flatMap(({ key }): readonly LiveForeignKey[] => {
      const parent = findTable(state, key.references)
      if (child.live === null || parent === null || parent.live === null) return []
      const own = key.columns.map((name) => child.columns.get(columnKey(state, name)) ?? null)
      // A new column that nothing has filled references nothing.
      if (own.some((column) => column?.live === null && column.written === 'no' && !column.hasDefault)) return []
      const names = key.referencedColumns.length === 0 ? parent.primaryKey : key.referencedColumns
      const referenced = names.map((name) => parent.columns.get(columnKey(state, name)) ?? null)
      return [
        {
          table: child.live,
          columns: liveNames(own),
          references: parent.live,
          referencedColumns: liveNames(referenced),
          onDelete: key.onDelete,
          onUpdate: key.onUpdate,
          isCountable: [...own, ...referenced].every((column) => column !== null && column.live !== null),
        },
      ]
    }),
  )
}

function liveNames(columns: readonly (ColumnState | null)[]): readonly string[] {
  return columns.flatMap((column) => column?.live ?? [])
}

function allKeys(state: SchemaState): readonly TableState['foreignKeys'][number][] {
  return withForeignKeys(state).flatMap((table) => table.foreignKeys)
}

/** The tables that reference others: few of them, and asked for at every change. */
export function withForeignKeys(state: SchemaState): readonly TableState[] {
  const tables: TableState[] = []
  for (const table of state.tables.values()) if (table !== null && table.foreignKeys.length > 0) tables.push(table)
  return tables
}

function nameOf({ schema, name }: TableState): ObjectName {
  return { schema, name }
}
