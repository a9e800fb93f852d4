import type { NamedSnapshot, PastRun } from '../run/history-report.js'
import type { Tone } from './page/page.js'

const OUTCOMES: Readonly<Record<string, string>> = {
  'nothing-pending': 'nothing was pending',
  applied: 'applied',
  drafted: 'drafted, not applied',
  blocked: 'stopped before any change: findings not accepted',
  declined: 'stopped before any change, as asked',
  'not-applied': 'Prisma stopped before any change',
  'failed-restored': 'migration failed, restored',
  'failed-kept': 'migration failed, not restored',
  'lost-restored': 'data lost, restored',
  'lost-salvaged': 'data lost, salvaged',
  'lost-kept': 'data lost, kept',
  restored: 'restored',
  rehearsed: 'rehearsed on a copy',
  'rehearsal-bad': 'the rehearsal on a copy went badly',
  salvaged: 'what was lost was put back',
  unchanged: 'there was nothing to put back',
  abandoned: 'closed: nothing of it was open',
  unproven: 'whether data was lost could not be found out',
}

const STATES: Readonly<Record<NamedSnapshot['state'], string>> = {
  here: '',
  elsewhere: 'only elsewhere',
  unusable: 'cannot be used',
  gone: 'gone',
  unknown: 'not here',
}

/** `data lost, restored`; what is no verdict is words already. */
export function describeOutcome({ state, outcome, settledBy }: PastRun): string {
  if (state === 'running') return 'still running'
  if (outcome === null) return 'did not come to its end'
  return `${OUTCOMES[outcome] ?? outcome}${settledBy === null ? '' : ` (settled by ${settledBy})`}`
}

export function toneOf({ state, outcome, exitCode }: PastRun): Tone {
  if (state === 'running') return 'neutral'
  if (outcome === null || outcome === 'unproven' || (exitCode ?? 0) > 1) return 'bad'
  return exitCode === 1 || outcome === 'stopped before any change' ? 'warning' : outcome === 'abandoned' ? 'neutral' : 'good'
}

/** With what became of it, where it is not where it was. */
export function describeSnapshot({ id, state }: NamedSnapshot): string {
  return STATES[state] === '' ? id : `${id} (${STATES[state]})`
}
