import type { ChangeOf } from '../sql/change.js'
import { bareType, renameType } from '../sql/type-name.js'
import { keyOf, type SchemaState } from './schema-state.js'

export type EnumChange = ChangeOf<'create-enum' | 'add-enum-value' | 'rename-enum-value' | 'rename-type' | 'drop-type' | 'recreate-enum'>

/** Follows the labels that enums have. */
export function applyToEnum(state: SchemaState, change: EnumChange): void {
  const key = keyOf(state, change.type)
  const labels = state.enums.get(key)
  if (change.kind === 'create-enum' || change.kind === 'recreate-enum') state.enums.set(key, change.labels)
  else if (change.kind === 'add-enum-value') {
    if (labels !== undefined) state.enums.set(key, [...labels.filter((label) => label !== change.label), change.label])
  } else if (change.kind === 'rename-enum-value') {
    const renamed = labels?.map((label) => (label === change.label ? change.to : label))
    if (renamed !== undefined) state.enums.set(key, renamed)
  } else {
    state.enums.delete(key)
    if (change.kind !== 'rename-type') return
    renameTypes(state, change.type.name, change.to)
    if (labels !== undefined) state.enums.set(keyOf(state, { schema: change.type.schema, name: change.to }), labels)
  }
}

function renameTypes(state: SchemaState, from: string, to: string): void {
  for (const table of state.tables.values())
    for (const column of table?.columns.values() ?? [])
      if (column !== null && column.type !== null && bareType(column.type) === from) column.type = renameType(column.type, to)
}
