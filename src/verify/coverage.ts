import { displayName } from '../util/names.js'
import type { Difference } from './difference.js'
import type { TablePair } from './pairs.js'

const MOST_NAMED = 5

/** What was not compared value by value: without it, silence about a table would say too much. */
export function describeCoverage(pairs: readonly TablePair[], defaultSchema: string | null): Difference[] {
  const less = pairs.filter(({ level, before }) => level === 'counts' && before.name !== '_prisma_migrations')
  const late = less.filter(({ before, after }) => before.isOverBudget === true || after.isOverBudget === true)
  const asked = less.filter((pair) => !late.includes(pair))
  return [
    ...describe(asked, 'as verify says', defaultSchema),
    ...describe(late, 'as the time that verify.budget allows was used up', defaultSchema),
  ]
}

function describe(pairs: readonly TablePair[], why: string, defaultSchema: string | null): Difference[] {
  if (pairs.length === 0) return []
  const names = pairs.slice(0, MOST_NAMED).map(({ before }) => displayName(before.schema, before.name, null, defaultSchema))
  const more = pairs.length > MOST_NAMED ? ` and ${pairs.length - MOST_NAMED} more` : ''
  return [comparedLess(pairs.length, `${names.join(', ')}${more}: only rows and keys were compared, not the values in them, ${why}`)]
}

/** What was not looked at as closely as the rest. */
export function comparedLess(count: number, message: string): Difference {
  return {
    kind: 'compared-less',
    schema: null,
    table: null,
    column: null,
    name: null,
    count,
    weight: 'notice',
    cause: 'unpredicted',
    message,
    keys: [],
  }
}
