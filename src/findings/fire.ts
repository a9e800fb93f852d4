import type { BodyChange, Change, FiredBy, ObjectName } from '../sql/change.js'
import type { TriggerDefinition, TriggerEvent } from '../sql/code.js'
import { expandCalls } from './expand-calls.js'
import { describeRows, restrictToRows, type WrittenRows } from './fired-rows.js'
import { reachedChanges } from './reached-changes.js'
import { columnKey, findTable, keyOf, type SchemaState } from './schema-state.js'
import { findRelation } from './stored-code-state.js'
import { writeThroughView } from './write-through-view.js'

/** What becomes of a change, and what it sets off, each a change of its own. */
export interface Fired {
  /** Null when something else is done in its place. */
  readonly own: Change | null
  readonly changes: readonly Change[]
}

/** Where code calls code without an end. PostgreSQL stops at its stack's depth. */
const MAX_DEPTH = 8

/**
 * What triggers, rewrite rules and views make of a write: their bodies, with NEW and OLD put in terms of the rows that are written.
 * https://www.postgresql.org/docs/current/trigger-definition.html, https://sqlite.org/lang_createtrigger.html
 */
export function fire(state: SchemaState, change: Change): Fired {
  if (!state.hasCode) return { own: change, changes: [] }
  if ((change.firedBy ?? []).length > MAX_DEPTH) {
    const tooDeep = 'triggers set off triggers, too many to follow'
    return { own: change, changes: change.kind === 'opaque' ? [] : [{ kind: 'opaque', reason: tooDeep, statement: change.statement }] }
  }
  const reached = reachedChanges(state, change).flatMap((one) => fireWrite(state, one).changes)
  const { own, changes } = fireWrite(state, change)
  return { own, changes: [...changes, ...reached] }
}

function fireWrite(state: SchemaState, change: Change): Fired {
  const event = eventOf(change)
  if (event === null) return { own: change, changes: [] }
  const names = change.kind === 'truncate' ? change.tables : 'table' in change ? [change.table] : []
  const fired = names.map((name) => fireOn(state, change, name, event))
  const own = fired.reduce<Change | null>((current, one) => (current === null || one.own === null ? null : one.own), change)
  return { own, changes: fired.flatMap(({ changes }) => changes) }
}

function eventOf(change: Change): TriggerEvent | null {
  const { kind } = change
  return kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'truncate' ? kind : null
}

function fireOn(state: SchemaState, change: Change, name: ObjectName, event: TriggerEvent): Fired {
  const triggers = findTriggers(state, change, name, event)
  const changes = triggers.flatMap((trigger) => runTrigger(state, change, name, trigger))
  const isReplaced = triggers.some((trigger) => trigger.timing === 'instead' && trigger.when === null)
  if (isReplaced) return { own: null, changes }
  const view = state.views.get(keyOf(state, name))
  if (view !== undefined) {
    const base = writeThroughView(state, change, view.definition)
    return base === null ? { own: change, changes } : { own: null, changes: [...changes, base] }
  }
  const dropper = triggers.find((trigger) => trigger.timing === 'instead' || (trigger.timing === 'before' && maySkip(state, trigger)))
  return { own: dropper === undefined ? change : mayBeDropped(change, dropper), changes }
}

/** Those that fire, in the order of their names as PostgreSQL does. ON CONFLICT DO UPDATE fires both kinds. */
function findTriggers(state: SchemaState, change: Change, name: ObjectName, event: TriggerEvent): readonly TriggerDefinition[] {
  if (state.settings.triggersOff) return []
  const isUpsert = change.kind === 'insert' && change.onConflict === 'update'
  const assigned = change.kind === 'update' ? change.assignments.map(({ column }) => column) : isUpsert ? change.overwrites : []
  const isAssigned = (column: string) => assigned.some((one) => columnKey(state, one) === columnKey(state, column))
  const all = [name, ...(findTable(state, name)?.children ?? [])].flatMap((one) => findRelation(state, one)?.triggers ?? [])
  return all
    .filter((trigger) => trigger.enabled && (trigger.events.includes(event) || (isUpsert && trigger.events.includes('update'))))
    .filter((trigger) => event !== 'update' || trigger.columns.length === 0 || trigger.columns.some(isAssigned))
    .filter((trigger) => !(change.firedBy ?? []).some((one) => one.name === trigger.name && keyOf(state, one.table) === keyOf(state, name)))
}

function bodyOf(state: SchemaState, trigger: TriggerDefinition): readonly BodyChange[] {
  if (trigger.function === null) return trigger.body
  const { name } = trigger.function
  if (state.dialect.quietTriggerFunctions.includes(name)) return []
  return state.functions.get(name) ?? [{ kind: 'opaque', reason: `the body of function ${name}() is not known` }]
}

function maySkip(state: SchemaState, trigger: TriggerDefinition): boolean {
  return trigger.eachRow && bodyOf(state, trigger).some(({ kind }) => kind === 'skip-row')
}

function mayBeDropped(change: Change, trigger: TriggerDefinition): Change {
  const uncountable = `${trigger.type} "${trigger.name}" may drop the write`
  return change.kind === 'insert' ? { ...change, copies: null, uncountable } : { ...change, uncountable }
}

function runTrigger(state: SchemaState, change: Change, name: ObjectName, trigger: TriggerDefinition): readonly Change[] {
  const written = describeRows(state, change, name)
  const by: FiredBy = { type: trigger.type, name: trigger.name, table: name }
  const inside = bodyOf(state, trigger).flatMap((body) => placeBody(state, change, body, trigger, written))
  return inside.flatMap((body) => expandCalls(placeIn(change, body, by), state, []))
}

/** The same place in the file, as something that was set off there. */
export function placeIn(change: Change, body: BodyChange, by: FiredBy): Change {
  const { statement, through, span, foreignKeysOff, firedBy = [] } = change
  return {
    ...body,
    statement,
    ...(through === undefined ? {} : { through }),
    ...(span === undefined ? {} : { span }),
    ...(foreignKeysOff === undefined ? {} : { foreignKeysOff }),
    within: `${by.type} "${by.name}"`,
    firedBy: [...firedBy, by],
  }
}

function placeBody(
  state: SchemaState,
  change: Change,
  body: BodyChange,
  trigger: TriggerDefinition,
  written: WrittenRows,
): readonly BodyChange[] {
  if (body.kind === 'skip-row' || body.kind === 'harmless') return []
  if (body.kind !== 'assign-row') return [restrictToRows(state, body, trigger, written)]
  // A new row had no value before, and a row that goes keeps none.
  if (change.kind !== 'update' || trigger.timing !== 'before') return []
  const { table, alias, where, from, with: clause } = change
  const value = body.value === null ? null : written.inOwnTerms(body.value)
  const condition = trigger.when === null ? null : written.inOwnTerms(trigger.when)
  const both = condition === null ? where : where === null ? condition : `(${where}) AND (${condition})`
  const uncountable = change.uncountable ?? (trigger.when !== null && condition === null ? 'its condition is not understood' : undefined)
  return [
    {
      kind: 'update',
      table,
      alias,
      assignments: [{ column: body.column, value }],
      where: both,
      from,
      with: clause,
      ...(uncountable === undefined ? {} : { uncountable }),
      ...(body.conditional === undefined ? {} : { conditional: body.conditional }),
    },
  ]
}
