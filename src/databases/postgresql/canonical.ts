import type { Family } from './types.js'

/** A value in the form in which it is digested and compared. */
export interface Canonical {
  readonly sql: string
  /** Condition under which nothing of the value was lost on the way to that form; null when nothing can be. */
  readonly isExact: string | null
}

const DATE_AND_TIME: readonly Family[] = ['timestamp', 'timestamptz', 'date', 'time', 'timetz']
const TEXTUAL: readonly Family[] = ['text', 'json', 'other']

/**
 * Settings on which text forms and casts depend, for one transaction. Without `extra_float_digits` floats would be rounded in text;
 * UTC shows a shift that a migration made under another time zone. https://www.postgresql.org/docs/current/runtime-config-client.html
 */
export const STABLE_SETTINGS: readonly string[] = [
  "SET LOCAL DateStyle = 'ISO, YMD'",
  "SET LOCAL IntervalStyle = 'postgres'",
  "SET LOCAL TimeZone = 'UTC'",
  'SET LOCAL extra_float_digits = 1',
  "SET LOCAL bytea_output = 'hex'",
  "SET LOCAL lc_monetary = 'C'",
  'SET LOCAL jit = off',
]

/**
 * The value of type family `actual` as one of `family`. Length and precision are not applied, so that nothing is cut silently.
 * A cast may raise an error for some values; it is never resolved by rounding: see `isExact`.
 */
export function canonicalValue(sql: string, actual: Family, family: Family): Canonical {
  if (actual === family) return { sql: sameFamily(sql, family), isExact: null }
  if (family === 'integer' || family === 'numeric') return { sql: asNumeric(sql, actual, family), isExact: null }
  if (family === 'float4' || family === 'float8') {
    const isNumber = ['integer', 'numeric', 'float4', 'float8'].includes(actual)
    return { sql: isNumber ? `(${sql})::${family}` : `(${sql})::text::${family}`, isExact: null }
  }
  if (TEXTUAL.includes(family)) return { sql: sameFamily(sql, family), isExact: null }
  const cast = `(${sql})::text::${family}`
  // A timestamp's text reads as a date or a time, silently without the other part.
  const canLose = DATE_AND_TIME.includes(family) && DATE_AND_TIME.includes(actual)
  return { sql: cast, isExact: canLose ? `((${cast})::text::${actual} = (${sql}))` : null }
}

/** Where a value is read from. */
export interface ValueSource {
  readonly sql: string
  readonly family: Family
  /** Of type char(n). */
  readonly isPadded: boolean
  /** An integer of at most four bytes. */
  readonly isShort: boolean
}

/** Digest of one value as one of `family`, seeded; NULL for NULL. Only built-in 64-bit hashes: https://wiki.postgresql.org/wiki/Hash_functions is all the documentation there is. */
export function digestOf({ sql, family: actual, isPadded, isShort }: ValueSource, family: Family, seed: string): string {
  // The same digest as of its text, and ten times faster: casting counts characters from both ends. https://www.postgresql.org/docs/current/datatype-character.html
  if (isPadded && family === 'text') return `hashbpcharextended((${sql})::bpchar COLLATE "C", ${seed})`
  // The same digest as of the value in eight bytes, and a tenth of the scan faster.
  if (isShort && family === 'integer') return `hashint4extended((${sql})::int4, ${seed})`
  // The raw text of json is enough here and ten times faster; rows.ts decides where it differs.
  const { sql: value, isExact } = family === 'json' ? { sql: asText(sql), isExact: null } : canonicalValue(sql, actual, family)
  const digest = hashOf(value, family, actual !== family, seed)
  return isExact === null ? digest : `CASE WHEN ${isExact} THEN ${digest} ELSE hashtextextended(${asText(sql)}, ${seed}) END`
}

function hashOf(value: string, family: Family, isConverted: boolean, seed: string): string {
  switch (family) {
    case 'integer':
      return isConverted ? hashWholeNumber(value, seed) : `hashint8extended(${value}, ${seed})`
    case 'numeric':
      return `hash_numeric_extended(${value}, ${seed})`
    case 'float4':
    case 'float8':
      return `hash${family}extended(${value}, ${seed})`
    case 'timestamp':
      return `timestamp_hash_extended(${value}, ${seed})`
    case 'timestamptz':
      return `timestamp_hash_extended(${value} AT TIME ZONE 'UTC', ${seed})`
    case 'time':
      return `time_hash_extended(${value}, ${seed})`
    case 'timetz':
      return `timetz_hash_extended(${value}, ${seed})`
    case 'bool':
      return `hashint4extended(${value}::int4, ${seed})`
    case 'uuid':
      return `uuid_hash_extended(${value}, ${seed})`
    case 'jsonb':
      // Its own hash does not see where arrays and objects end: [[1],2] has that of [[1,2]], and {} that of [].
      return `hashtextextended(${asText(value)}, ${seed})`
    case 'oid':
      return `hashoidextended(${value}, ${seed})`
    case 'date':
    case 'bytea':
      // No hash function of these can be called from SQL.
      return `hash_record_extended(ROW(${value}), ${seed})`
    default:
      return `hashtextextended(${value}, ${seed})`
  }
}

/** Equal to the digest of the same number stored as an integer; a fraction or a number beyond 64 bits gets another one. */
function hashWholeNumber(value: string, seed: string): string {
  return `CASE WHEN abs(${value}) <= 9223372036854775807 AND ${value} = trunc(${value}) THEN hashint8extended((${value})::int8, ${seed}) ELSE hash_numeric_extended(${value}, ${seed}) END`
}

function sameFamily(sql: string, family: Family): string {
  if (family === 'integer') return `(${sql})::int8`
  if (family === 'json') return withoutBlanks(asText(sql))
  return TEXTUAL.includes(family) ? asText(sql) : `(${sql})::${family}`
}

/** Casting a float to numeric would round it to 6 or 15 digits; its text form is exact, but for whole numbers of more digits. */
function asNumeric(sql: string, actual: Family, family: 'integer' | 'numeric'): string {
  if (actual === 'integer' || actual === 'numeric') return `(${sql})::numeric`
  if (actual === 'bool') return `(${sql})::int4::numeric`
  const text = `(${sql})::text::numeric`
  if (family === 'numeric' || (actual !== 'float4' && actual !== 'float8')) return text
  const fits = `${sql} >= -9223372036854775808::float8 AND ${sql} < 9223372036854775808::float8 AND ${sql} = trunc(${sql})`
  return `CASE WHEN ${fits} THEN (${sql})::int8::numeric ELSE ${text} END`
}

function asText(sql: string): string {
  return `(${sql})::text COLLATE "C"`
}

/** Blanks between the tokens of json mean nothing; duplicate keys and their order do. */
function withoutBlanks(text: string): string {
  return String.raw`regexp_replace(${text}, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g') COLLATE "C"`
}
