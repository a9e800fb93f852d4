import type { BodyChange, Change } from '../sql/change.js'
import { mentionsName } from '../sql/expressions.js'
import type { SchemaState } from './schema-state.js'

/** A call of a function that is known is what its body does; any other is not known. */
export function expandCalls(change: Change, state: SchemaState, path: readonly string[]): readonly Change[] {
  if (change.kind === 'create-function') {
    state.functions.set(change.name.name, change.body)
    return [change]
  }
  if (change.kind === 'call') return change.functions.flatMap((name) => expandCall(change, name, state, path))
  const known = (change.calls ?? []).filter((name) => findBody(state, name) !== undefined && isCalledNow(change, name, state))
  if (known.length === 0) return [change]
  const { calls = [], ...rest } = change
  const unknown = calls.filter((name) => !known.includes(name))
  const bodies = known
    .flatMap((name) => expandCall(change, name, state, path))
    .map((body) => (isPerRow(change) ? markRepeated(body) : body))
  // What is known of them may still act outside the database: they are not called only to count.
  const uncountable = change.uncountable ?? `it calls ${known.map((name) => `${name}()`).join(', ')}, which is not called only to count`
  return [...bodies, { ...rest, uncountable, ...(unknown.length === 0 ? {} : { calls: unknown }) }]
}

function isPerRow({ kind }: Change): boolean {
  return kind === 'add-column' || kind === 'alter-column-type' || kind === 'add-check'
}

/** Never for an empty table, and for the second row it may find other rows than for the first. */
function markRepeated(body: Change): Change {
  const why = 'it runs once for each row'
  return body.kind === 'delete' || body.kind === 'update'
    ? { ...body, uncountable: body.uncountable ?? why }
    : { ...body, conditional: why }
}

/** While the statement runs, for rows that are there: not what is only kept for later, as the default of a table that is made. */
function isCalledNow(change: Change, name: string, state: SchemaState): boolean {
  const plain = name.split('.').at(-1) ?? name
  const mentions = (sql: string | null) => sql !== null && mentionsName(sql, plain, state.dialect.style)
  switch (change.kind) {
    case 'insert':
    case 'update':
    case 'delete':
      return true
    case 'create-table':
      return mentions(change.query)
    case 'add-column':
      return mentions(change.definition.default)
    case 'alter-column-type':
      return mentions(change.using)
    case 'add-check':
      return !change.notValid && mentions(change.condition)
    default:
      return false
  }
}

function findBody(state: SchemaState, name: string): readonly BodyChange[] | undefined {
  return state.functions.get(name.split('.').at(-1) ?? name)
}

function expandCall(change: Change, name: string, state: SchemaState, path: readonly string[]): readonly Change[] {
  const plain = name.split('.').at(-1) ?? name
  const body = findBody(state, name)
  const { statement, firedBy } = change
  const by = {
    ...(firedBy === undefined ? {} : { firedBy }),
    ...(change.conditional === undefined ? {} : { conditional: change.conditional }),
  }
  if (body === undefined) return [{ kind: 'opaque', reason: `it calls ${name}(), whose effects are not known`, statement, ...by }]
  if (path.includes(plain)) return []
  return body
    .map((one): Change => ({ ...one, statement, ...by, within: `function ${plain}()` }))
    .flatMap((one) => expandCalls(one, state, [...path, plain]))
}
