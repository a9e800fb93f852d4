import type { ColumnFingerprint } from '../fingerprint.js'
import { canonicalValue } from './canonical.js'
import { type Family, readFamily } from './types.js'

const NUMBERS: readonly Family[] = ['integer', 'numeric', 'float4', 'float8']
const MOMENTS: readonly Family[] = ['timestamp', 'timestamptz', 'date']
/** Numbers, but for zero, that a cast to it can neither overflow nor lose to zero. */
const RANGES: Partial<Record<Family, readonly [string, string]>> = { float4: ['1e-37', '1e38'], float8: ['1e-307', '1e307'] }

/**
 * A value of either side in a form in which equal ones can be grouped: of the type family of before where no cast can fail, as text otherwise.
 * Where the families differ it is text on both sides.
 */
export function groupedValue(
  sql: string,
  column: ColumnFingerprint,
  before: Pick<ColumnFingerprint, 'family'>,
  after: Pick<ColumnFingerprint, 'family'>,
): string {
  const [actual, then, now] = [column.family, before.family, after.family].map(readFamily)
  if (actual === undefined || then === undefined || now === undefined) return asText(sql)
  if (then === now) return then === 'json' ? asText(sql) : canonicalValue(sql, actual, then).sql
  const isSafe = safeCondition(sql, actual, then, now)
  if (isSafe === null) return asText(sql)
  const { sql: value, isExact } = canonicalValue(sql, actual, then)
  const text = then === 'integer' || then === 'numeric' ? withoutZeros(value) : asText(value)
  const conditions = [isSafe, ...(isExact === null ? [] : [isExact])].filter((one) => one !== '')
  return conditions.length === 0 ? text : `CASE WHEN ${conditions.join(' AND ')} THEN ${text} ELSE ${asText(sql)} END`
}

/** When the cast to the family of before cannot fail; empty: never. Null: it may, or says nothing. */
function safeCondition(sql: string, actual: Family, then: Family, now: Family): string | null {
  if (MOMENTS.includes(then) && MOMENTS.includes(now)) return ''
  if (then === 'json' && now === 'jsonb') return ''
  if (then === 'bytea' && now === 'text') return actual === then ? '' : String.raw`strpos(${sql}, '\') = 0`
  if (then === 'bool' && now === 'integer') return actual === then ? '' : `(${sql}) IN (0, 1)`
  if (!NUMBERS.includes(then) || !NUMBERS.includes(now)) return null
  if (actual === then) return ''
  const range = RANGES[then]
  if (range !== undefined) return `((${sql}) = 0 OR abs(${sql}) BETWEEN ${range[0]} AND ${range[1]})`
  return actual === 'float4' || actual === 'float8' ? `(${sql})::text NOT IN ('NaN', 'Infinity', '-Infinity')` : ''
}

/** 1.50 and 1.5 are one number. */
function withoutZeros(value: string): string {
  const text = asText(value)
  return `CASE WHEN strpos(${text}, '.') > 0 THEN rtrim(rtrim(${text}, '0'), '.') ELSE ${text} END`
}

function asText(sql: string): string {
  return `(${sql})::text COLLATE "C"`
}
