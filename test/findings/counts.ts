import type { Finding } from '../../src/rules/finding.js'
import type { Difference } from '../../src/verify/difference.js'

/** Whatever the SQL may name. */
export function wordsOf(sql: string): readonly string[] {
  return sql.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []
}

/** What a table or column loses; the comparison may see it under another of the names when something new has the old name. */
const KINDS: Readonly<Record<string, string>> = {
  'table-gone': 'rows',
  'rows-lost': 'rows',
  'column-gone': 'values',
  'values-lost': 'values',
  'values-changed': 'values',
}

/** `values User.name` → number; null when any number was predicted. */
export function predictedCounts(findings: readonly Finding[]): Map<string, number | null> {
  const counts = new Map<string, number | null>()
  for (const finding of findings) {
    // One finding may name one loss in several ways: gone as what it was, lost under its old name.
    const own = new Map<string, number | null>()
    const isSplit = (effect: string) => effect === 'values-lost' || effect === 'values-changed'
    for (const { effect, table, column, count } of finding.predictions) {
      const key = keyOf(effect, table, column)
      const before = own.get(key)
      const sum = before === null || count === null ? null : isSplit(effect) ? (before ?? 0) + count : Math.max(before ?? 0, count)
      own.set(key, before !== undefined && before !== null && count === null ? before : sum)
    }
    for (const [key, count] of own) {
      const before = counts.get(key)
      counts.set(key, before === null || count === null ? null : (before ?? 0) + count)
    }
  }
  return counts
}

function keyOf(effect: string, table: string | null, column: string | null): string {
  return `${KINDS[effect] ?? effect} ${table}${column === null ? '' : `.${column}`}`
}

/** The same of what happened. */
export function countDifferences(differences: readonly Difference[]): Map<string, number> {
  const data = differences.filter((one) => KINDS[one.kind] !== undefined && one.count !== null)
  const counts = new Map<string, number>()
  for (const { kind, table, column, count } of data) {
    const key = keyOf(kind, table, column)
    counts.set(key, (counts.get(key) ?? 0) + (count ?? 0))
  }
  return counts
}
