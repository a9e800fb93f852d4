import type { InvariantSummary } from '../run/report.js'
import { SIGNS, style } from './style.js'

/** Those that do not hold, or cannot be asked; empty when all is well. */
export function renderInvariants(invariants: readonly InvariantSummary[]): string {
  return invariants.flatMap((one) => (one.state === 'holds' ? [] : [renderInvariant(one)])).join('\n')
}

function renderInvariant({ name, state, why }: InvariantSummary): string {
  return state === 'broken'
    ? `${style.warning(SIGNS.warning)} The invariant “${name}” is broken already: ${why}. A run counts only what makes it worse.`
    : `${style.bad(SIGNS.bad)} The invariant “${name}” cannot be checked, which stops a run before any change: ${why}`
}
