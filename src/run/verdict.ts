import type { Difference } from '../verify/difference.js'

/** The outcome of a run. */
export type Verdict =
  | 'nothing-pending'
  | 'applied'
  | 'drafted' // dev: a migration was written and not applied, as asked
  | 'blocked' // findings that nobody accepted, and nobody to ask
  | 'declined'
  | 'rehearsed' // on a copy; nothing was changed
  | 'rehearsal-bad' // nothing was changed
  | 'not-applied' // Prisma ended with an error before it touched a migration
  | 'failed-restored'
  | 'failed-kept'
  | 'lost-restored'
  | 'lost-salvaged' // what was lost is back in the new schema, or in side tables
  | 'lost-kept'
  | 'restored' // somebody asked for it
  | 'abandoned' // an interrupted run that had changed nothing

/** Exit code of each verdict (DESIGN.md §9). */
export const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  'nothing-pending': 0,
  applied: 0,
  drafted: 0,
  blocked: 1,
  declined: 1,
  rehearsed: 0,
  'rehearsal-bad': 1,
  'not-applied': 1,
  'failed-restored': 3,
  'failed-kept': 4,
  'lost-restored': 5,
  'lost-salvaged': 5,
  'lost-kept': 6,
  restored: 0,
  abandoned: 0,
}

/** Differences that raise the alarm: losses that no finding predicted and that the migrations can have caused. */
export function unpredictedLosses(differences: readonly Difference[]): Difference[] {
  return differences.filter((difference) => difference.weight === 'loss' && difference.cause === 'unpredicted')
}

export function verdictOf(
  outcome: { readonly failed: boolean; readonly notApplied: boolean; readonly differences: readonly Difference[] },
  done: 'none' | 'restored' | 'salvaged' | 'kept',
): Verdict {
  if (outcome.failed) return done === 'restored' ? 'failed-restored' : 'failed-kept'
  if (unpredictedLosses(outcome.differences).length > 0)
    return done === 'restored' ? 'lost-restored' : done === 'salvaged' ? 'lost-salvaged' : 'lost-kept'
  return outcome.notApplied ? 'not-applied' : 'applied'
}
