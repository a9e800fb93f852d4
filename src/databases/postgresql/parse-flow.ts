import type { BodyChange } from '../../sql/change.js'

/** How often a statement of a body runs: once, not at all or once, any number of times. */
export interface Flow {
  /** Why it may not run; null when it does. */
  readonly conditional: string | null
  readonly isRepeated: boolean
}

const LOOP = /^PLpgSQL_stmt_(loop|while|fori|fors|forc|foreach_a|dynfors)$/
const BRANCH = /^PLpgSQL_stmt_(if|case)$/
const IN_LOOP: Flow = { conditional: 'it stands in a loop', isRepeated: true }

/** Calls `visit` for every key and value of a PL/pgSQL tree, parents first. https://www.postgresql.org/docs/current/plpgsql-control-structures.html */
export function visitFlow(tree: unknown, visit: (key: string, value: unknown, flow: Flow) => void): void {
  let hasReturned = false
  const walk = (node: unknown, flow: Flow): void => {
    if (Array.isArray(node)) {
      for (const item of node) walk(item, flow)
    } else if (typeof node === 'object' && node !== null) {
      for (const [key, value] of Object.entries(node)) {
        const own = hasReturned && flow.conditional === null ? { ...flow, conditional: 'the code may have ended before it' } : flow
        visit(key, value, own)
        if (/^PLpgSQL_stmt_return(_next|_query)?$/.test(key)) hasReturned ||= key === 'PLpgSQL_stmt_return' && own.conditional !== null
        walk(value, flowInside(key, value, own))
      }
    }
  }
  walk(tree, { conditional: null, isRepeated: false })
}

function flowInside(key: string, value: unknown, flow: Flow): Flow {
  if (flow.isRepeated || LOOP.test(key)) return flow.isRepeated ? flow : IN_LOOP
  if (BRANCH.test(key)) return { ...flow, conditional: 'it stands in a branch' }
  const hasHandlers = key === 'PLpgSQL_stmt_block' && typeof value === 'object' && value !== null && 'exceptions' in value
  return hasHandlers ? { ...flow, conditional: flow.conditional ?? 'an exception may undo it' } : flow
}

/** What may not run keeps nothing for certain; what runs again may find other rows than the first time. */
export function markFlow(change: BodyChange, { conditional, isRepeated }: Flow): BodyChange {
  if (conditional === null) return change
  const selects = (change.kind === 'delete' && (change.where ?? change.using) !== null) || change.kind === 'update'
  const uncountable = isRepeated && selects ? { uncountable: 'it stands in a loop, and may run more than once' } : {}
  if (change.kind === 'insert') return { ...change, copies: null, conditional }
  if (change.kind === 'create-table') return { ...change, copies: null, ifNotExists: true, conditional }
  if (change.kind === 'add-column') return { ...change, ifNotExists: true, conditional }
  return { ...change, ...uncountable, conditional }
}
