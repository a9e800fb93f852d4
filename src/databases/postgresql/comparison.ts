import type { ComparedValue, ComparisonSql } from '../database.js'
import type { ColumnFingerprint } from '../fingerprint.js'
import { type Canonical, canonicalValue, STABLE_SETTINGS } from './canonical.js'
import { groupedValue } from './grouped-value.js'
import { readLiveTable } from './scan-tables.js'
import { readFamily } from './types.js'

/** Row-level comparison by the same rules as the digests; see canonical.ts. */
export const comparison: ComparisonSql = {
  // The join of a large table with its former self is a hash join: the default of 4 MB would send most of it to disk.
  settings: [...STABLE_SETTINGS, 'SET LOCAL row_security = off', "SET LOCAL work_mem = '64MB'"],
  // https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
  readMoment: async (connection) => String((await connection.query('SELECT txid_current_snapshot()::text AS moment'))[0]?.moment),
  isOlder,
  oneMoment: ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ'],
  readLiveTable,
  sameKey: (before, after) => `(${canonicalAs(before, before.column).sql}) = (${canonicalAs(after, before.column).sql})`,
  grouped: ({ sql, column }, before, after) => groupedValue(sql, column, before, after),
  differs: (before, after) => {
    const now = canonicalAs(after, before.column)
    const differs = `(${canonicalAs(before, before.column).sql}) IS DISTINCT FROM (${now.sql})`
    // Reading json past its blanks is slow: only where the texts differ.
    if (before.column.family === 'json') return `(${textsDiffer(before, after)} AND ${differs})`
    return now.isExact === null ? differs : `(${differs} OR NOT ${now.isExact})`
  },
  differsAsText: textsDiffer,
  text: (sql) => `(${sql})::text`,
}

/**
 * By the transaction that wrote the row: ids grow, and a rewrite by ALTER TABLE gives every row a new one. The table and the column must be the
 * same ones, of the same type, and the type built in: a column that took the name of another has other values in old rows too, and the
 * values of an enum can be renamed. https://www.postgresql.org/docs/current/ddl-system-columns.html
 */
function isOlder(...[[before, after], column, alias, moment]: Parameters<ComparisonSql['isOlder']>): ReturnType<ComparisonSql['isOlder']> {
  const isSame = before.id === after.id && column.before.id === column.after.id && column.before.type === column.after.type
  // Rows of several tables at once come without it.
  if (!isSame || before.members !== undefined || after.members !== undefined || column.before.type.includes('.')) return null
  const [, next = '0'] = moment.split(':')
  const low = BigInt(next) % 4294967296n
  // 32 bits of an id that has 64: what is half the circle away is behind.
  return `(${alias}.xmin::text::bigint - ${low} + 4294967296) % 4294967296 >= 2147483648`
}

function textsDiffer(before: ComparedValue, after: ComparedValue): string {
  return `(${before.sql})::text IS DISTINCT FROM (${after.sql})::text`
}

function canonicalAs({ sql, column }: ComparedValue, as: ColumnFingerprint): Canonical {
  return canonicalValue(sql, readFamily(column.family), readFamily(as.family))
}
