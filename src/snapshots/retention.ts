import type { RetentionPolicy } from '../config/retention.js'
import { formatBytes } from '../util/bytes.js'
import { formatQuantity } from '../util/format.js'

/** What the decision needs to know of a snapshot. */
export interface RetentionCandidate {
  readonly id: string
  /** ISO 8601 */
  readonly takenAt: string
  readonly bytes: number
  /** Target.identity: every database is judged by itself. */
  readonly database: string
  /** Why it must stay whatever the policy says, for people; null when nothing holds it. */
  readonly heldBy: string | null
  /** Whether everything it was written with is there. */
  readonly isWhole: boolean
  /** Taken of what a restore was about to replace: it is the last good one only where there is no other. */
  readonly isBeforeRestore: boolean
}

export interface RetentionDecision {
  readonly id: string
  readonly keep: boolean
  /** For people, at least one. */
  readonly reasons: readonly string[]
}

const DAY = 86_400_000

/** Why the last whole snapshot of a database stays. */
export const LAST_GOOD = 'the last good one of its database is never removed'

/** The last of each hour, day, week, month is kept. Times are UTC, weeks those of ISO 8601. */
const PERIODS = [
  { rule: 'hourly', name: 'hour', nameOf: (time: Date) => time.toISOString().slice(0, 13) },
  { rule: 'daily', name: 'day', nameOf: (time: Date) => time.toISOString().slice(0, 10) },
  { rule: 'weekly', name: 'week', nameOf: nameOfWeek },
  { rule: 'monthly', name: 'month', nameOf: (time: Date) => time.toISOString().slice(0, 7) },
] as const

/**
 * Decides which snapshots stay. A snapshot that one rule of number (`keepLast`, `hourly` …) names stays, until `maxAge` or `maxSize`
 * (of each database) ends it. What is held, damaged, or the last good one of its database stays in any case.
 * @returns one decision for each candidate, newest first, database by database
 */
export function decideRetention(candidates: readonly RetentionCandidate[], policy: RetentionPolicy, now: Date): RetentionDecision[] {
  const databases = [...new Set(candidates.map(({ database }) => database))].sort()
  return databases.flatMap((database) => {
    const own = candidates.filter((one) => one.database === database).sort(newestFirst)
    return decideDatabase(own, policy, now)
  })
}

function newestFirst(a: RetentionCandidate, b: RetentionCandidate): number {
  if (a.takenAt !== b.takenAt) return a.takenAt < b.takenAt ? 1 : -1
  return a.id < b.id ? 1 : -1
}

function decideDatabase(own: readonly RetentionCandidate[], policy: RetentionPolicy, now: Date): RetentionDecision[] {
  const held = findProtected(own)
  const named = nameByRules(own, policy)
  const hasRules = policy.keepLast !== undefined || PERIODS.some(({ rule }) => policy[rule] !== undefined)
  const endedBecause = ({ id, takenAt }: RetentionCandidate): string | null => {
    if (hasRules && !named.has(id)) return 'no rule of the retention keeps it'
    const { maxAge = Number.POSITIVE_INFINITY } = policy
    return now.getTime() - Date.parse(takenAt) > maxAge ? `it is older than maxAge (${formatAge(maxAge)})` : null
  }
  const tooMuch = endBySize(
    own.filter((one) => held.has(one.id) || endedBecause(one) === null),
    held,
    policy,
  )
  return own.map((one) => {
    const { id } = one
    const reasons = [...(held.get(id) ?? []), ...(named.get(id) ?? [])]
    if (held.has(id)) return { id, keep: true, reasons }
    const ended = endedBecause(one) ?? (tooMuch.has(id) ? `beyond maxSize (${formatBytes(policy.maxSize ?? 0)})` : null)
    if (ended !== null) return { id, keep: false, reasons: [ended] }
    return { id, keep: true, reasons: reasons.length > 0 ? reasons : ['nothing in the retention ends it'] }
  })
}

function formatAge(milliseconds: number): string {
  return milliseconds < 2 * DAY
    ? formatQuantity(Math.round(milliseconds / 3_600_000), 'hour')
    : formatQuantity(Math.round(milliseconds / DAY), 'day')
}

/** What stays whatever the policy says, with the reasons. */
function findProtected(own: readonly RetentionCandidate[]): Map<string, string[]> {
  const whole = own.filter(({ isWhole }) => isWhole)
  const lastGood = whole.find(({ isBeforeRestore }) => !isBeforeRestore) ?? whole[0]
  return new Map(
    own.flatMap((one): [string, string[]][] => {
      const reasons = [
        ...(one === lastGood ? [LAST_GOOD] : []),
        ...(one.heldBy === null ? [] : [one.heldBy]),
        ...(one.isWhole ? [] : ['not everything of it is there: look at it with safe-migrate snapshot verify']),
        ...(Number.isNaN(Date.parse(one.takenAt)) ? ['its time cannot be read'] : []),
      ]
      return reasons.length === 0 ? [] : [[one.id, reasons]]
    }),
  )
}

/** Only whole ones take a place: a damaged one must not push a good one out. */
function nameByRules(own: readonly RetentionCandidate[], policy: RetentionPolicy): Map<string, string[]> {
  const named = new Map<string, string[]>()
  const add = (id: string, why: string) => named.set(id, [...(named.get(id) ?? []), why])
  const whole = own.filter(({ isWhole, takenAt }) => isWhole && !Number.isNaN(Date.parse(takenAt)))
  for (const { id } of whole.slice(0, policy.keepLast ?? 0)) add(id, `one of the last ${policy.keepLast} (keepLast)`)
  for (const { rule, name, nameOf } of PERIODS) {
    const seen = new Set<string>()
    for (const { id, takenAt } of whole) {
      const period = nameOf(new Date(takenAt))
      if (seen.has(period) || seen.size >= (policy[rule] ?? 0)) continue
      seen.add(period)
      add(id, `the last of the ${name} ${period} (${rule})`)
    }
  }
  return named
}

/** Ids that are too much, the oldest first. What is protected takes its room before the others. */
function endBySize(
  kept: readonly RetentionCandidate[],
  protectedBy: ReadonlyMap<string, unknown>,
  { maxSize }: RetentionPolicy,
): ReadonlySet<string> {
  if (maxSize === undefined) return new Set()
  let used = kept.filter(({ id }) => protectedBy.has(id)).reduce((sum, { bytes }) => sum + bytes, 0)
  const free = kept.filter(({ id }) => !protectedBy.has(id))
  const firstEnded = free.findIndex(({ bytes }) => {
    used += bytes
    return used > maxSize
  })
  return new Set(firstEnded === -1 ? [] : free.slice(firstEnded).map(({ id }) => id))
}

/** `2026-W47`: the week belongs to the year of its Thursday. */
function nameOfWeek(time: Date): string {
  const day = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()))
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7))
  const week = Math.ceil(((day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / DAY + 1) / 7)
  return `${day.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
}
