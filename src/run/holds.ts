import { type JournalRecord, listRuns } from './journal.js'
import type { Verdict } from './verdict.js'

/** Ends of a run after which nobody needs its snapshots more than others. Any other end, and none, holds them. */
const GOOD_ENDS: readonly string[] = [
  'applied',
  'nothing-pending',
  'drafted',
  'blocked',
  'declined',
  'not-applied',
  'rehearsed',
  'rehearsal-bad',
  'restored',
  'abandoned',
] satisfies readonly Verdict[]
/** Of runs that have no verdict. */
const OTHER_GOOD_ENDS: readonly string[] = ['stopped before any change', 'salvaged']

/** Snapshots that runs may still need: of those that are not finished, and of those that ended badly. By id, with the reason for people. */
export function readHolds(directory: string): ReadonlyMap<string, string> {
  return new Map(
    listRuns(directory).flatMap((run): [string, string][] => {
      const reason = reasonToHold(run)
      return reason === null ? [] : snapshotsOf(run).map((id) => [id, reason])
    }),
  )
}

/** Whether a run that is not finished may still need a snapshot. */
export function isNeededByUnfinished(directory: string, id: string): boolean {
  return listRuns(directory).some((run) => run.steps.at(-1)?.step !== 'end' && snapshotsOf(run).includes(id))
}

function reasonToHold({ head, steps }: JournalRecord): string | null {
  const last = steps.at(-1)
  const run = `the ${head.command} run of ${head.startedAt}`
  if (last?.step !== 'end') return `${run} is not finished: safe-migrate status`
  const outcome = String(last.outcome)
  return OTHER_GOOD_ENDS.includes(outcome) || GOOD_ENDS.includes(outcome) ? null : `${run} ended badly (${outcome})`
}

function snapshotsOf({ steps }: JournalRecord): string[] {
  return steps.flatMap(({ snapshot }) => (typeof snapshot === 'string' ? [snapshot] : []))
}
