import { expect, it } from 'vitest'
import { takeAccount } from '../../src/reporters/page/accounts.js'
import type { Finding, Prediction } from '../../src/rules/finding.js'
import type { Difference } from '../../src/verify/difference.js'
import { checkReport } from './example-reports.js'

const [template] = (await checkReport('DELETE FROM "T" WHERE a = 1;')).findings

function finding(...predictions: readonly (Partial<Prediction> & Pick<Prediction, 'effect' | 'count'>)[]): Finding {
  if (template === undefined) throw new Error('no finding')
  return { ...template, predictions: predictions.map((one) => ({ schema: null, table: 'T', column: null, ...one })) }
}

const difference = (parts: Partial<Difference> & Pick<Difference, 'kind' | 'count' | 'cause'>): Difference => ({
  schema: 'public',
  table: 'T',
  column: null,
  name: null,
  weight: 'loss',
  message: 'T: words',
  keys: [],
  ...parts,
})

const take = (findings: readonly Finding[], differences: readonly Difference[]) =>
  takeAccount(findings, differences).map(({ what, predicted, found, judgement, tone }) => [what, predicted, found, judgement, tone])

it('every prediction beside what was found: as predicted, fewer, more, not at all, and what nobody predicted', () => {
  const rows = (predicted: number | null, found: number) =>
    take(
      [finding({ effect: 'rows-lost', count: predicted })],
      found === 0 ? [] : [difference({ kind: 'rows-lost', count: found, cause: 'predicted' })],
    )
  expect(rows(3, 3)).toEqual([['T: rows lost', '3', '3', 'as predicted', 'good']])
  expect(rows(3, 2)).toEqual([['T: rows lost', '3', '2', 'fewer than predicted', 'good']])
  expect(rows(null, 2)).toEqual([['T: rows lost', 'any number', '2', 'as predicted', 'good']])
  expect(rows(3, 0)).toEqual([['T: rows lost', '3', '0', 'did not happen', 'neutral']])
  expect(rows(0, 0)).toEqual([])
  expect(take([], [difference({ kind: 'rows-lost', count: 2, cause: 'unpredicted' })])).toEqual([
    ['T: rows lost', '', '2', 'not predicted', 'bad'],
  ])
})

it('what is more than predicted is one line with both numbers, alarms first', () => {
  const column = { column: 'c' }
  const findings = [
    finding({ effect: 'rows-lost', count: 1 }),
    // one finding says the same values under two names: they count once
    finding({ effect: 'values-changed', count: 10, ...column }, { effect: 'values-lost', count: 10, ...column }),
  ]
  const found = [
    difference({ kind: 'rows-lost', count: 1, cause: 'predicted' }),
    difference({ kind: 'values-changed', count: 10, cause: 'predicted', ...column }),
    difference({ kind: 'values-changed', count: 5, cause: 'unpredicted', ...column }),
  ]
  expect(take(findings, found)).toEqual([
    ['T.c: values changed', '10', '15', '5 more than predicted', 'bad'],
    ['T: rows lost', '1', '1', 'as predicted', 'good'],
  ])
})

it('others’ writes, and what has no table, keep their own words; nothing is merged with what is elsewhere', () => {
  const found = [
    difference({ kind: 'rows-added', count: 2, cause: 'others', weight: 'notice', table: 'Log' }),
    difference({ kind: 'invariant-broken', count: 1, cause: 'unpredicted', table: null, message: 'The invariant “a” is broken' }),
    difference({ kind: 'invariant-broken', count: 1, cause: 'unpredicted', table: null, message: 'The invariant “b” is broken' }),
    difference({ kind: 'rows-lost', count: 3, cause: 'unpredicted', schema: 'other' }),
  ]
  expect(take([finding({ effect: 'rows-lost', count: 3, schema: 'public' })], found)).toEqual([
    ['The invariant “a” is broken', '', '1', 'not predicted', 'bad'],
    ['The invariant “b” is broken', '', '1', 'not predicted', 'bad'],
    ['other.T: rows lost', '', '3', 'not predicted', 'bad'],
    ['T: rows lost', '3', '0', 'did not happen', 'neutral'],
    ['Log: rows added', '', '2', 'done by others', 'neutral'],
  ])
})

it('what is kept elsewhere is expected to go, and no loss that was predicted', () => {
  const column = { column: 'c' }
  const kept = { schema: null, table: 'T', ...column, in: null, columns: [['c', 'd'] as const] }
  const copied = { ...finding({ effect: 'column-gone', count: 10, ...column }), kept }
  const gone = (count: number, rest: Pick<Difference, 'cause' | 'weight'>) =>
    take([copied], [difference({ kind: 'column-gone', count, ...column, ...rest })])
  expect(gone(10, { cause: 'predicted', weight: 'notice' })).toEqual([['T.c: column gone', '', '10', 'expected', 'good']])
  expect(gone(4, { cause: 'unpredicted', weight: 'loss' })).toEqual([['T.c: column gone', '', '4', 'not predicted', 'bad']])
  expect(take([copied], [])).toEqual([])
})
