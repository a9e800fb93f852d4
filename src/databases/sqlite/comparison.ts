import { quoteIdentifier } from '../../util/names.js'
import type { ComparisonSql } from '../database.js'
import { hasOtherType, mayHoldRealIntegers } from './declared-type.js'

/**
 * Row-level comparison by the same rules as the digests. The unary plus takes a column's affinity away: without it SQLite would convert
 * one side before comparing. It does not take the collation away, by which 'Ada' can be 'ada'.
 * https://www.sqlite.org/datatype3.html#comparison_expressions
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
  grouped: ({ sql }, before, after) => (hasOtherType(before.type, after.type) ? asText(sql) : `+(${sql}) COLLATE BINARY`),
  differs: (before, after) => {
    if (hasOtherType(before.column.type, after.column.type)) return differsInValue(before.sql, after.sql)
    const isOther = isNot(before.sql, after.sql)
    const isOtherClass = `typeof(${before.sql}) <> typeof(${after.sql})`
    if (mayHoldRealIntegers(before.column.type)) return `(${isOther} OR ${isOtherClass})`
    // The one whole number that an integer column keeps as a real one too.
    return `(${isOther} OR (+(${before.sql}) = -9223372036854775808 AND ${isOtherClass}))`
  },
  differsAsText: (before, after) => differsInValue(before.sql, after.sql),
  text: (sql) =>
    `CASE typeof(${sql}) WHEN 'blob' THEN 'x''' || hex(${sql}) || '''' WHEN 'real' THEN ${realText(sql)} ELSE CAST(${sql} AS TEXT) END`,
}

/** A cast gives 15 digits, which is not always the number. https://www.sqlite.org/floatingpoint.html */
function realText(sql: string): string {
  return `CASE WHEN CAST(CAST(${sql} AS TEXT) AS REAL) = ${sql} THEN CAST(${sql} AS TEXT) ELSE printf('%!.17g', ${sql}) END`
}

/** Byte by byte. */
function isNot(before: string, after: string): string {
  return `+(${before}) IS NOT +(${after}) COLLATE BINARY`
}

/** Text and number that say the same are one value: '12' and 12, 12.0 and '12.0'. */
function differsInValue(before: string, after: string): string {
  const isOneOf = (sql: string, ...classes: readonly string[]): string => `typeof(${sql}) IN ('${classes.join("', '")}')`
  const bothNumbers = `${isOneOf(before, 'integer', 'real')} AND ${isOneOf(after, 'integer', 'real')}`
  return `(CASE
    WHEN ${bothNumbers} OR ${isOneOf(before, 'blob')} OR ${isOneOf(after, 'blob')} THEN ${isNot(before, after)}
    WHEN ${isOneOf(before, 'real')} AND ${isOneOf(after, 'text')} THEN ${isNotReal(after, before)}
    WHEN ${isOneOf(before, 'text')} AND ${isOneOf(after, 'real')} THEN ${isNotReal(before, after)}
    ELSE ${asText(before)} IS NOT ${asText(after)} COLLATE BINARY END)`
}

/** SQLite converts the text by itself, if all of it is a number. A cast of the number to text would have 15 digits, by which others are this one. */
function isNotReal(text: string, real: string): string {
  return `(CAST(${real} AS REAL) IS NOT +(${text}) OR ${isPadded(text)})`
}

/** '1.50' and '007' say more than the number does. */
function isPadded(text: string): string {
  const hasZeros = `+(${text}) GLOB '*.*0' AND +(${text}) NOT GLOB '*.0' AND +(${text}) NOT GLOB '*[eE]*'`
  return `(${hasZeros} OR +(${text}) GLOB '0[0-9]*' OR +(${text}) GLOB '-0[0-9]*' OR +(${text}) GLOB '[+ .]*' OR +(${text}) GLOB '* ')`
}

/** A real number in text has a fraction; of a whole number it says nothing. */
function asText(sql: string): string {
  const text = `CAST(${sql} AS TEXT)`
  return `(CASE WHEN ${text} GLOB '*.0' AND ${text} NOT GLOB '*[^-0-9.]*' THEN substr(${text}, 1, length(${text}) - 2) ELSE ${text} END)`
}
