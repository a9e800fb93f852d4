import { expect, it } from 'vitest'
import type { TableFingerprint } from '../../src/databases/fingerprint.js'
import { compareCriticalTables, findCriticalTables } from '../../src/verify/critical-tables.js'
import type { Pairing } from '../../src/verify/pairs.js'

const table = (name: string, rows: number, schema = 'public'): TableFingerprint => ({
  id: name,
  schema,
  name,
  rows,
  key: null,
  columns: [],
})
const pair = (before: TableFingerprint, after: TableFingerprint) => ({
  before,
  after,
  level: 'columns' as const,
  columns: [],
  gone: [],
  key: null,
})
const pairing: Pairing = {
  pairs: [
    pair(table('users', 10), table('people', 9)),
    pair(table('Grown', 1), table('Grown', 2)),
    pair(table('Other', 5), table('Other', 4)),
    pair(table('Twin', 5, 'billing'), table('Twin', 4, 'billing')),
  ],
  gone: [table('Gone', 3)],
  added: [],
}
const models = [
  { name: 'User', table: 'people', schema: null, fields: [], primaryKey: [], uniqueKeys: [] },
  { name: 'Future', table: 'Future', schema: null, fields: [], primaryKey: [], uniqueKeys: [] },
]
const find = (...words: string[]) =>
  findCriticalTables(words, { models, tables: [...pairing.pairs.map(({ before }) => before), ...pairing.gone], defaultSchema: 'public' })
const compare = (...words: string[]) =>
  compareCriticalTables(find(...words), pairing, ({ name }) => name !== 'Other', 'public').map(({ message, weight, cause, count }) => [
    message,
    weight,
    cause,
    count,
  ])

it('fewer rows are a loss under the old name and the new one, unless others did it', () => {
  const users = ['users: it may never lose rows (criticalModels), and holds 9 of 10 rows', 'loss', 'unpredicted', 1]
  expect(compare('User')).toEqual([users])
  expect(compare('users')).toEqual([users])
  expect(compare('Gone', 'Grown', 'Future')).toEqual([
    ['Gone: it may never lose rows (criticalModels), and holds 0 of 3 rows', 'loss', 'unpredicted', 3],
  ])
  const byOthers = '; the migrations do not touch it, so somebody else removed the others'
  expect(compare('Other')).toEqual([
    [`Other: it may never lose rows (criticalModels), and holds 4 of 5 rows${byOthers}`, 'notice', 'others', 1],
  ])
  expect(compare('billing.Twin')).toHaveLength(1)
})

it('a misspelt name watches over nothing', () => {
  expect(() => find('Usr')).toThrow('criticalModels names "Usr", and there is no such model or table; did you mean User?')
})
