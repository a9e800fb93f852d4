import type { ChangeOf, ObjectName } from '../sql/change.js'
import type { StoredCode, TriggerDefinition, ViewDefinition } from '../sql/code.js'
import { columnKey, findTable, keyOf, type SchemaState, type TableState, type ViewState } from './schema-state.js'

/** What lives in the database before the first migration. */
export function readCode(state: SchemaState, code: StoredCode): void {
  for (const view of code.views) define(state, view)
  for (const trigger of code.triggers) define(state, trigger)
  for (const { name, body } of code.functions) {
    // Which of several functions of one name is called is not followed.
    state.functions.set(name.name, [...(state.functions.get(name.name) ?? []), ...body])
  }
}

/** From here on the trigger fires, the rule acts, the view is there. */
export function define(state: SchemaState, definition: TriggerDefinition | ViewDefinition): void {
  state.hasCode = true
  if (definition.defines === 'view') {
    const key = keyOf(state, definition.name)
    state.views.set(key, { definition, triggers: state.views.get(key)?.triggers ?? [] })
    return
  }
  const relation = findRelation(state, definition.table)
  const isOther = ({ name }: TriggerDefinition) => columnKey(state, name) !== columnKey(state, definition.name)
  if (relation !== null) relation.triggers = [...relation.triggers.filter(isOther), definition]
}

/** The table or view of this name. */
export function findRelation(state: SchemaState, name: ObjectName): TableState | ViewState | null {
  return state.views.get(keyOf(state, name)) ?? findTable(state, name)
}

/** A trigger, rule or view that is dropped acts no more. On SQLite a trigger is named without its table. */
export function dropCode(state: SchemaState, change: ChangeOf<'create-object' | 'drop-object'>): void {
  if (change.type === 'view') state.views.delete(keyOf(state, change.name))
  if (change.type !== 'trigger' && change.type !== 'rule') return
  const relations = change.on === null ? [...state.tables.values(), ...state.views.values()] : [findRelation(state, change.on)]
  const isDropped = ({ name }: TriggerDefinition) => columnKey(state, name) === columnKey(state, change.name.name)
  for (const relation of relations) if (relation !== null) relation.triggers = relation.triggers.filter((one) => !isDropped(one))
}

/** ALTER TABLE … DISABLE TRIGGER, RULE. */
export function toggleTriggers(state: SchemaState, change: ChangeOf<'toggle'>): void {
  const relation = findRelation(state, change.on)
  if (relation === null || (change.type !== 'trigger' && change.type !== 'rule')) return
  const isMeant = ({ name, type }: TriggerDefinition) => type === change.type && (change.name === null || name === change.name)
  relation.triggers = relation.triggers.map((one) => (isMeant(one) ? { ...one, enabled: change.enabled } : one))
}
