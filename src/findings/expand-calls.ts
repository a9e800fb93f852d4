import type { BodyChange, Change } from '../sql/change.js'
import type { SchemaState } from './schema-state.js'

/** A call of a function that is known is what its body does; any other is not known. */
export function expandCalls(change: Change, state: SchemaState, path: readonly string[]): readonly Change[] {
  if (change.kind === 'create-function') {
    state.functions.set(change.name.name, change.body)
    return [change]
  }
  if (change.kind === 'call') return change.functions.flatMap((name) => expandCall(change, name, state, path))
  const isWrite = change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete'
  const known = (change.calls ?? []).filter((name) => findBody(state, name) !== undefined)
  if (!isWrite || known.length === 0) return [change]
  const { calls = [], ...rest } = change
  const unknown = calls.filter((name) => !known.includes(name))
  const bodies = known.flatMap((name) => expandCall(change, name, state, path))
  // What is known of them may still act outside the database: they are not called only to count.
  const uncountable = change.uncountable ?? `it calls ${known.map((name) => `${name}()`).join(', ')}, which is not called only to count`
  return [...bodies, { ...rest, uncountable, ...(unknown.length === 0 ? {} : { calls: unknown }) }]
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
