import { quoteIdentifier } from '../../util/names.js'
import type { ComparisonSql } from '../database.js'
import { hasOtherType } from './declared-type.js'

/**
 * Row-level comparison by the same rules as the digests. The unary plus takes a column's affinity away: without it SQLite would convert
 * one side before comparing. https://www.sqlite.org/datatype3.html#comparison_expressions
 */
export const comparison: ComparisonSql = {
  settings: [],
  oneMoment: [],
  // A row does not say who wrote it.
  readMoment: async () => null,
  isOlder: () => null,
  readLiveTable: async (after, alias) => `main.${quoteIdentifier(after.name)} AS ${alias}`,
  // Plain columns, so that SQLite finds the index; its own conversion makes '12' and 12 one key.
  sameKey: (before, after, mayBeNull) => `${after.sql} ${mayBeNull ? 'IS' : '='} ${before.sql}`,
  grouped: ({ sql }, before, after) => (hasOtherType(before.type, after.type) ? asText(sql) : `+(${sql})`),
  differs: (before, after) => {
    if (hasOtherType(before.column.type, after.column.type)) return differsInValue(before.sql, after.sql)
    return `(typeof(${before.sql}) <> typeof(${after.sql}) OR +(${before.sql}) IS NOT +(${after.sql}))`
  },
  differsAsText: (before, after) => differsInValue(before.sql, after.sql),
  text: (sql) =>
    `CASE typeof(${sql}) WHEN 'blob' THEN 'x''' || hex(${sql}) || '''' WHEN 'real' THEN ${realText(sql)} ELSE CAST(${sql} AS TEXT) END`,
}

/** A cast gives 15 digits, which is not always the number. https://www.sqlite.org/floatingpoint.html */
function realText(sql: string): string {
  return `CASE WHEN CAST(CAST(${sql} AS TEXT) AS REAL) = ${sql} THEN CAST(${sql} AS TEXT) ELSE printf('%!.17g', ${sql}) END`
}

/** Text and number that say the same are one value: '12' and 12, 12.0 and '12.0'. */
function differsInValue(before: string, after: string): string {
  const isNumber = (sql: string): string => `typeof(${sql}) IN ('integer', 'real')`
  const bothNumbers = `(${isNumber(before)} AND ${isNumber(after)})`
  return `(CASE WHEN ${bothNumbers} THEN +(${before}) IS NOT +(${after}) WHEN typeof(${before}) = 'blob' OR typeof(${after}) = 'blob' THEN +(${before}) IS NOT +(${after}) ELSE ${asText(before)} IS NOT ${asText(after)} END)`
}

/** A real number in text has a fraction; of a whole number it says nothing. */
function asText(sql: string): string {
  const text = `CAST(${sql} AS TEXT)`
  return `(CASE WHEN ${text} GLOB '*.0' AND ${text} NOT GLOB '*[^-0-9.]*' THEN substr(${text}, 1, length(${text}) - 2) ELSE ${text} END)`
}
