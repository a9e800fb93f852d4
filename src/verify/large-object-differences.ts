import type { Fingerprint, LargeObjects } from '../databases/fingerprint.js'
import { formatQuantity } from '../util/format.js'
import { comparedLess } from './coverage.js'
import type { Difference } from './difference.js'
import type { Budget, Expected } from './expectations.js'

/** Where the database keeps them; predictions name it. */
const PLACE = { schema: 'pg_catalog', table: 'pg_largeobject', column: null } as const
/** Types of columns that hold their ids. */
const REFERENCES = ['oid', 'lo']
/** What changes them, as words of SQL. https://www.postgresql.org/docs/current/lo-funcs.html */
const WRITERS = [
  'lo_unlink',
  'lo_put',
  'lowrite',
  'lo_truncate',
  'lo_truncate64',
  'lo_manage',
  'vacuumlo',
  'pg_largeobject',
  'pg_largeobject_metadata',
]

/** They are in no table: those of before that are gone, or have other contents. */
export function largeObjectDifferences(
  { before, after }: { readonly before: Fingerprint; readonly after: Fingerprint },
  { expected, budget }: { readonly expected: Expected; readonly budget: Budget },
): Difference[] {
  const [then, now] = [before.largeObjects, after.largeObjects]
  if (then === undefined || then.count === 0) return []
  const gone = countGone(then, now)
  const what = describeLargeObjects(then, now)
  if (what === null) return describeUnread(then, now)
  const predicted =
    gone > 0 ? budget.spend(['large-objects-lost'], PLACE, gone).unpredicted === 0 : budget.has(['large-objects-lost'], PLACE)
  const isOurs = predicted || mayBeOurs(before, expected)
  return [
    {
      kind: 'large-objects-lost',
      ...PLACE,
      name: null,
      count: gone > 0 ? gone : null,
      weight: isOurs ? 'loss' : 'notice',
      cause: predicted ? 'predicted' : isOurs ? 'unpredicted' : 'others',
      message: `${what}${predicted ? ', as predicted' : isOurs ? '' : '; the migrations touch nothing that holds their ids, so somebody else did it'}`,
      keys: [],
    },
    ...describeUnread(then, now),
  ]
}

/** For people; null when they are there as they were. */
export function describeLargeObjects(then: LargeObjects, now: LargeObjects | undefined): string | null {
  const gone = countGone(then, now)
  if (gone > 0) return `${gone} of ${formatQuantity(then.count, 'large object')} ${gone === 1 ? 'is' : 'are'} gone`
  return isSame(then, now) ? null : 'Large objects have other contents than before'
}

function countGone(then: LargeObjects, now: LargeObjects | undefined): number {
  return Math.max(0, then.count - (now?.count ?? 0))
}

function isSame(then: LargeObjects, now: LargeObjects | undefined): boolean {
  return now === undefined || now.digest === null || then.digest === null || now.hidden !== then.hidden || now.digest === then.digest
}

/** Through SQL that says so, or a trigger of a table that holds their ids; where no column does, of any table. */
function mayBeOurs({ tables }: Fingerprint, { mentions, isTouched }: Expected): boolean {
  if (WRITERS.some((word) => mentions(word))) return true
  const holding = tables.filter(({ columns }) => columns.some(({ type }) => REFERENCES.includes(type.replace(/^.*\./, ''))))
  return (holding.length > 0 ? holding : tables).some(({ schema, name }) => isTouched(schema, name))
}

/** Of those that are still there. */
function describeUnread(then: LargeObjects, now: LargeObjects | undefined): Difference[] {
  const count = now?.count ?? 0
  const why = now === undefined || count === 0 ? null : whyUnread(then, now)
  return why === null ? [] : [comparedLess(count, `Large objects: it was compared how many there are, not what is in them, ${why}`)]
}

function whyUnread(then: LargeObjects, now: LargeObjects): string | null {
  if (then.digest === null || now.digest === null) return 'as verify says'
  const { hidden, count } = now.hidden > then.hidden ? now : then
  if (hidden > 0) return `as this user may not read ${hidden} of ${count}`
  return now.count < then.count ? 'as one digest covers all of them, those that are gone too' : null
}
