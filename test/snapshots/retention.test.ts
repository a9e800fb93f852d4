import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RetentionPolicy } from '../../src/config/retention.js'
import { decideRetention, type RetentionCandidate } from '../../src/snapshots/retention.js'

const NOW = new Date('2026-11-21T12:00:00Z')
const DAY = 86_400_000

function candidate(id: string, takenAt: string, more: Partial<RetentionCandidate> = {}): RetentionCandidate {
  return { id, takenAt, bytes: 100, database: 'shop', heldBy: null, isWhole: true, isBeforeRestore: false, ...more }
}

function kept(candidates: readonly RetentionCandidate[], policy: Partial<RetentionPolicy>): string[] {
  return decideRetention(candidates, { afterSnapshot: false, ...policy }, NOW).flatMap(({ id, keep }) => (keep ? [id] : []))
}

const WEEK = ['21', '20', '19', '18', '17', '16', '15'].flatMap((day) => [
  candidate(`${day}-night`, `2026-11-${day}T03:10:00.000Z`),
  candidate(`${day}-noon`, `2026-11-${day}T11:50:00.000Z`),
])

describe('what stays', () => {
  test.each<[string, Partial<RetentionPolicy>, string[]]>([
    ['the last', { keepLast: 3 }, ['21-noon', '21-night', '20-noon']],
    ['the last of each day', { daily: 3 }, ['21-noon', '20-noon', '19-noon']],
    ['the last of each hour', { hourly: 3 }, ['21-noon', '21-night', '20-noon']],
    ['the last of each week, from Monday to Sunday', { weekly: 5 }, ['21-noon', '15-noon']],
    ['the last of the month', { monthly: 12 }, ['21-noon']],
    ['what one of several rules names', { keepLast: 2, daily: 2 }, ['21-noon', '21-night', '20-noon']],
    ['nothing older than maxAge, whatever names it', { keepLast: 14, maxAge: 2 * DAY }, ['21-noon', '21-night', '20-noon', '20-night']],
    ['no more than maxSize', { maxSize: 350 }, ['21-noon', '21-night', '20-noon']],
    ['the last good one, however large and old the policy allows', { maxAge: 1, maxSize: 1 }, ['21-noon']],
  ])('%s', (_what, policy, expected) => {
    expect(kept(WEEK, policy)).toEqual(expected)
  })

  test('without a rule everything stays', () => {
    expect(kept(WEEK, {})).toHaveLength(WEEK.length)
  })

  test('a damaged one takes nobody’s place, and is not removed unseen', () => {
    const newest = candidate('broken', '2026-11-21T11:59:00.000Z', { isWhole: false })
    expect(kept([newest, ...WEEK], { keepLast: 1 })).toEqual(['broken', '21-noon'])
  })

  test('what was taken before a restore is not the last good one where there is another', () => {
    const replaced = candidate('replaced', '2026-11-21T11:59:00.000Z', { isBeforeRestore: true })
    expect(kept([replaced, ...WEEK], { maxAge: 1 })).toEqual(['21-noon'])
    expect(kept([replaced], { maxAge: 1 })).toEqual(['replaced'])
  })

  test('says why of each', () => {
    const decisions = decideRetention(
      [candidate('a', '2026-11-20T00:00:00.000Z', { heldBy: 'the deploy run of today is not finished' }), ...WEEK],
      { afterSnapshot: false, keepLast: 1, daily: 2, maxAge: 3 * DAY },
      NOW,
    )
    const reasons = Object.fromEntries(decisions.map((one) => [one.id, one.reasons.join('; ')]))
    expect(reasons['21-noon']).toContain('the last of the day 2026-11-21 (daily)')
    expect(reasons['21-noon']).toContain('one of the last 1 (keepLast)')
    expect(reasons['21-noon']).toContain('the last good one')
    expect(reasons.a).toContain('is not finished')
    expect(reasons['15-noon']).toBe('no rule of the retention keeps it')
  })
})

const policies = fc.record(
  {
    keepLast: fc.integer({ min: 1, max: 8 }),
    hourly: fc.integer({ min: 1, max: 8 }),
    daily: fc.integer({ min: 1, max: 8 }),
    weekly: fc.integer({ min: 1, max: 8 }),
    monthly: fc.integer({ min: 1, max: 8 }),
    maxAge: fc.integer({ min: 1, max: 400 * DAY }),
    maxSize: fc.integer({ min: 1, max: 3000 }),
    afterSnapshot: fc.boolean(),
  },
  { requiredKeys: ['afterSnapshot'] },
)

const stores = fc
  .array(
    fc.record({
      takenAt: fc.integer({ min: -400 * DAY, max: DAY }).map((ago) => new Date(NOW.getTime() + ago).toISOString()),
      bytes: fc.integer({ min: 0, max: 500 }),
      database: fc.constantFrom('shop', 'crm'),
      heldBy: fc.option(fc.constant('a run'), { freq: 8 }),
      isWhole: fc.boolean(),
      isBeforeRestore: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  .map((all) => all.map((one, index) => ({ ...one, id: `s${index}` })))

describe('whatever the policy', () => {
  const check = (property: (store: RetentionCandidate[], policy: RetentionPolicy, keptOnes: Set<string>) => void) =>
    fc.assert(
      fc.property(stores, policies, (store, policy) => {
        const decisions = decideRetention(store, policy, NOW)
        expect(decisions.map(({ id }) => id).sort()).toEqual(store.map(({ id }) => id).sort())
        property(store, policy, new Set(decisions.flatMap(({ id, keep }) => (keep ? [id] : []))))
      }),
      { numRuns: 500 },
    )

  test('what is held or damaged stays', () =>
    check((store, _policy, keptOnes) => {
      for (const one of store) if (one.heldBy !== null || !one.isWhole) expect(keptOnes).toContain(one.id)
    }))

  test('each database that has a good one keeps one, and the newest of its kind', () =>
    check((store, _policy, keptOnes) => {
      for (const database of ['shop', 'crm']) {
        const good = store.filter((one) => one.database === database && one.isWhole)
        const best = good.filter((one) => !one.isBeforeRestore)
        const newest = Math.max(...(best.length > 0 ? best : good).map((one) => Date.parse(one.takenAt)))
        if (good.length === 0) continue
        expect(good.some((one) => Date.parse(one.takenAt) === newest && keptOnes.has(one.id))).toBe(true)
      }
    }))

  test('another database changes nothing for this one', () =>
    check((store, policy, keptOnes) => {
      const own = store.filter((one) => one.database === 'shop')
      expect(kept(own, policy)).toEqual(kept(store, policy).filter((id) => own.some((one) => one.id === id)))
      expect(
        own
          .filter(({ id }) => keptOnes.has(id))
          .map(({ id }) => id)
          .sort(),
      ).toEqual(kept(own, policy).sort())
    }))

  test('a second time there is nothing to remove', () =>
    check((store, policy, keptOnes) => {
      const left = store.filter(({ id }) => keptOnes.has(id))
      expect(kept(left, policy).sort()).toEqual(left.map(({ id }) => id).sort())
    }))

  test('more rules of number never remove more', () =>
    check((store, policy, keptOnes) => {
      const { maxAge: _age, maxSize: _size, ...rules } = policy
      const hasRules = Object.keys(rules).length > 1
      if (!hasRules || policy.maxSize !== undefined) return
      const more = new Set(kept(store, { ...policy, keepLast: (policy.keepLast ?? 0) + 3, daily: (policy.daily ?? 0) + 3 }))
      for (const id of keptOnes) expect(more).toContain(id)
    }))

  test('only what is protected is older than maxAge, or beyond maxSize', () =>
    check((store, policy, keptOnes) => {
      for (const database of ['shop', 'crm']) {
        const left = store.filter((one) => one.database === database && keptOnes.has(one.id))
        const free = left.filter((one) => one.heldBy === null && one.isWhole)
        const old = free.filter((one) => policy.maxAge !== undefined && NOW.getTime() - Date.parse(one.takenAt) > policy.maxAge)
        expect(old.length).toBeLessThanOrEqual(1)
        const size = left.reduce((sum, { bytes }) => sum + bytes, 0)
        if (policy.maxSize !== undefined && size > policy.maxSize) expect(free.length).toBeLessThanOrEqual(1)
      }
    }))
})
