import type { ComparedValue, ComparisonSql } from '../database.js'
import type { ColumnFingerprint } from '../fingerprint.js'
import { type Canonical, canonicalValue, STABLE_SETTINGS } from './canonical.js'
import { readLiveTable } from './scan-tables.js'
import { readFamily } from './types.js'

/** Row-level comparison by the same rules as the digests; see canonical.ts. */
export const comparison: ComparisonSql = {
  // The join of a large table with its former self is a hash join: the default of 4 MB would send most of it to disk.
  settings: [...STABLE_SETTINGS, 'SET LOCAL row_security = off', "SET LOCAL work_mem = '64MB'"],
  readLiveTable,
  sameKey: (before, after) => `(${canonicalAs(before, before.column).sql}) = (${canonicalAs(after, before.column).sql})`,
  // By text, which json has and no cast of which can fail; a widened number has the same one.
  grouped: ({ sql, column }, before, after) => {
    const isSame = before.family === after.family
    return isSame && column.family !== 'json' ? canonicalAs({ sql, column }, before).sql : `(${sql})::text COLLATE "C"`
  },
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

function textsDiffer(before: ComparedValue, after: ComparedValue): string {
  return `(${before.sql})::text IS DISTINCT FROM (${after.sql})::text`
}

function canonicalAs({ sql, column }: ComparedValue, as: ColumnFingerprint): Canonical {
  return canonicalValue(sql, readFamily(column.family), readFamily(as.family))
}
