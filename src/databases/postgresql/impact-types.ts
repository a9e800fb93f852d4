import { tokenize } from '../../sql/tokens.js'
import type { Conversion, ConversionExpression } from '../dialect.js'
import { classifyZoned, readUsingShape } from './classify-using.js'
import { POSTGRESQL_STYLE } from './parse-text.js'

/** A type as `format_type` prints it, in parts. */
export interface PrintedType {
  readonly base: string
  readonly modifiers: readonly number[]
  readonly isArray: boolean
}

export function readPrintedType(type: string): PrintedType {
  const isArray = type.endsWith('[]')
  const element = type.replace(/(\[\])+$/, '')
  const modifier = /\(([\d, ]+)\)/.exec(element)
  const base = element.replace(/\s*\([\d, ]+\)/, '').trim()
  return { base, modifiers: modifier === null ? [] : (modifier[1] ?? '').split(',').map(Number), isArray }
}

const INTEGERS: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 }
const FLOATS: Readonly<Record<string, number>> = { real: 24, 'double precision': 53 }
const TEXTS = ['text', 'character varying', 'character', 'citext', 'name', '"char"']
const MAX_PRECISION = 6

/** What `ALTER COLUMN … TYPE` does to the values. https://www.postgresql.org/docs/current/sql-altertable.html */
export function classifyConversion(from: string | null, to: string, using: ConversionExpression | null): Conversion {
  if (using !== null && !isPlainCast(using, to)) return classifyShape(using, from, to) ?? readTextCast(using, to)
  const target = readPrintedType(to)
  if (from === null) return classifyByTarget(target, using !== null)
  const source = readPrintedType(from)
  if (source.isArray !== target.isArray) return isAnyText(target) ? 'none' : 'unknown'
  const conversion = classifyPair(source, target)
  return conversion === 'fails' && using !== null ? classifyExplicit(source, target) : conversion
}

/** What an ALTER without USING refuses and an explicit cast does: it cuts to length, and reads of a text what the type has room for. */
function classifyExplicit(from: PrintedType, to: PrintedType): Conversion {
  if (isText(to) || to.base.startsWith('bit')) return 'loses'
  if (!isText(from)) return 'fails'
  if (to.base === 'timestamp with time zone') return 'time-zone'
  const isRounded = to.base in FLOATS || (to.base === 'numeric' && to.modifiers.length > 0)
  return isRounded || isTemporal(to) || isInterval(to) || to.base === 'jsonb' ? 'loses' : 'fails'
}

/** Expressions whose meaning is known; null for any other one. */
function classifyShape(using: ConversionExpression, from: string | null, to: string): Conversion | null {
  const read = readUsingShape(using)
  const [source, target] = [from === null ? null : readPrintedType(from), readPrintedType(to)]
  switch (read.shape) {
    case 'in-array':
      if (!target.isArray) return null
      return from === null ? 'reshapes' : reshape(classifyConversion(from, to.replace(/\[\]$/, ''), null))
    case 'as-json':
      if (target.base !== 'jsonb' && target.base !== 'json') return null
      return source?.base === 'json' && target.base === 'jsonb' ? 'loses' : 'reshapes'
    case 'in-zone': {
      if (!target.base.startsWith('timestamp') || source?.base === target.base || target.isArray) return null
      const precision = (type: PrintedType) => type.modifiers[0] ?? MAX_PRECISION
      const toZoned = target.base === 'timestamp with time zone'
      return classifyZoned(read.isUtc, toZoned, source === null ? null : precision(source), precision(target))
    }
    case 'same':
      return classifySame(read.casts, using.column, from, to)
    case 'reversible':
      return 'reshapes'
    case 'tidied':
      return 'loses'
    default:
      return null
  }
}

/** The column itself where it has a value, behind one cast to the type that it gets, or behind none. */
function classifySame(casts: readonly string[], column: string, from: string | null, to: string): Conversion | null {
  if (casts.length === 0) return classifyConversion(from, to, null)
  const [type = ''] = casts
  return casts.length === 1 && isSameType(type, to)
    ? classifyConversion(from, to, { column, sql: `"${column.replaceAll('"', '""')}"::${type}` })
    : null
}

function reshape(conversion: Conversion): Conversion {
  return conversion === 'none' ? 'reshapes' : conversion
}

/** `USING c::type` or `CAST(c AS type)` says what PostgreSQL does by itself, except that an explicit cast may cut. */
function isPlainCast(using: ConversionExpression, to: string): boolean {
  const cast = readCast(using.sql)
  return cast !== null && cast.column === using.column && cast.types.length === 1 && isSameType(cast.types[0] ?? '', to)
}

function isSameType(written: string, printed: string): boolean {
  const short: Readonly<Record<string, string>> = {
    int: 'integer',
    int4: 'integer',
    int8: 'bigint',
    int2: 'smallint',
    bool: 'boolean',
    float8: 'double precision',
    decimal: 'numeric',
  }
  const clean = (text: string) =>
    text
      .toLowerCase()
      .replaceAll('"', '')
      .replace(/\s+/g, '')
      .replace('varchar', 'charactervarying')
      .replace('timestamptz', 'timestampwithtimezone')
  const name = clean(written)
  const target = clean(printed)
  return (
    name === target ||
    (short[name] ?? name).replace(' ', '') === target ||
    `${name}withouttimezone` === target ||
    target.endsWith(`.${name}`) ||
    name.endsWith(`.${target}`)
  )
}

/** `"c"::text::"Role"` with its casts in order; null when it is any other expression. */
function readCast(sql: string): { readonly column: string; readonly types: readonly string[] } | null {
  const tokens = tokenize(sql, POSTGRESQL_STYLE).filter((token) => token.kind !== 'comment')
  let inner = tokens
  while (inner[0]?.word === '(' && inner.at(-1)?.word === ')') inner = inner.slice(1, -1)
  const text = inner.map((token) => sql.slice(token.start, token.end)).join(' ')
  const asFunction = /^cast \( (.+) as (.+) \)$/i.exec(text)
  const parts = asFunction === null ? text.split(' :: ') : [asFunction[1] ?? '', asFunction[2] ?? '']
  const [column, ...types] = parts
  const name = /^(?:[^ ]+ \. )?("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)$/u.exec(column ?? '')?.[1]
  if (name === undefined || types.length === 0 || types.some((type) => /[^\p{L}\p{N}_$"(),.[\] ]/u.test(type))) return null
  return {
    column: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase(),
    types: types.map((type) => type.replaceAll(' ', '')),
  }
}

/** `c::text::"Role"`: a cast through text keeps the text, and is refused where the target has no such value. Other casts in between may keep less. */
function readTextCast(using: ConversionExpression, to: string): Conversion {
  const cast = readCast(using.sql)
  if (cast === null || cast.column !== using.column) return 'rewrites'
  const last = cast.types.at(-1) ?? ''
  const isThroughText = cast.types.slice(0, -1).every((type) => PLAIN_TEXT.test(type))
  if (!isThroughText) return 'unknown'
  const text = cast.types.some((type) => type.endsWith('[]')) ? 'text[]' : 'text'
  if (cast.types.length > 1 && isSameType(last, to))
    return classifyConversion(text, to, { column: using.column, sql: `"${using.column.replaceAll('"', '""')}"::${last}` })
  return PLAIN_TEXT.test(last) ? classifyConversion(text, to, null) : 'unknown'
}

const PLAIN_TEXT = /^(text|varchar|charactervarying)(\[\])?$/i

function classifyByTarget(target: PrintedType, isCast: boolean): Conversion {
  if (isAnyText(target)) return 'none'
  if (isText(target)) return isCast ? 'loses' : 'fails'
  if (target.base === 'bigint' && !isCast) return 'unknown'
  return isKnown(target) ? 'unknown' : isCast ? 'fails' : 'unknown'
}

function isKnown(type: PrintedType): boolean {
  return (
    type.base in INTEGERS ||
    type.base in FLOATS ||
    type.base === 'numeric' ||
    isTemporal(type) ||
    type.base === 'json' ||
    type.base === 'jsonb'
  )
}

function isText(type: PrintedType): boolean {
  return TEXTS.includes(type.base)
}

function isAnyText(type: PrintedType): boolean {
  return type.base === 'text' || type.base === 'citext' || (type.base === 'character varying' && type.modifiers.length === 0)
}

function isInterval(type: PrintedType): boolean {
  return type.base.startsWith('interval')
}

/** Fields that a narrower interval does not have are cut. https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-INPUT */
function classifyIntervals(from: PrintedType, to: PrintedType): Conversion {
  if (to.base !== 'interval' && to.base !== from.base) return 'loses'
  return (to.modifiers[0] ?? MAX_PRECISION) >= (from.modifiers[0] ?? MAX_PRECISION) ? 'none' : 'loses'
}

function isTemporal(type: PrintedType): boolean {
  return type.base === 'date' || type.base.startsWith('time')
}

function classifyPair(from: PrintedType, to: PrintedType): Conversion {
  if (isAnyText(to)) return 'none'
  // These two are cut without a word, whatever the cast.
  if ((to.base === 'name' || to.base === '"char"') && from.base !== to.base) return 'loses'
  if (isText(to) && !(isText(from) && lengthOf(from) <= lengthOf(to))) return 'fails'
  // Blanks at the end are no part of a value of that type.
  if (isText(to)) return to.base === 'character' && from.base !== 'character' ? 'loses' : 'none'
  if (isText(from)) return 'fails'
  if (isNumber(from) && isNumber(to)) return classifyNumbers(from, to)
  if (isTemporal(from) && isTemporal(to)) return classifyTimes(from, to)
  if (isInterval(from) && isInterval(to)) return classifyIntervals(from, to)
  if (from.base === 'boolean' && to.base === 'integer') return 'reshapes'
  if (from.base === 'json' && to.base === 'jsonb') return 'loses'
  if (from.base === to.base) return from.modifiers.join() === to.modifiers.join() || to.modifiers.length === 0 ? 'none' : 'fails'
  if ((from.base === 'jsonb' && to.base === 'json') || (from.base === 'cidr' && to.base === 'inet')) return 'none'
  if (from.base === 'inet' && to.base === 'cidr') return 'loses'
  return 'unknown'
}

function lengthOf(type: PrintedType): number {
  if (type.base === 'name') return 63
  return type.modifiers[0] ?? Number.POSITIVE_INFINITY
}

function isNumber(type: PrintedType): boolean {
  return type.base in INTEGERS || type.base in FLOATS || type.base === 'numeric'
}

function classifyNumbers(from: PrintedType, to: PrintedType): Conversion {
  const digits = INTEGERS[from.base]
  const toDigits = INTEGERS[to.base]
  if (to.base === 'numeric') return classifyToNumeric(from, to)
  if (toDigits !== undefined) {
    if (digits !== undefined) return digits <= toDigits ? 'none' : 'fails'
    return from.base === 'numeric' && scaleOf(from) === 0 ? (precisionOf(from) < toDigits ? 'none' : 'fails') : 'loses'
  }
  const bits = FLOATS[to.base] ?? 0
  if (digits !== undefined) return from.base === 'smallint' || (from.base === 'integer' && bits === 53) ? 'none' : 'loses'
  return (FLOATS[from.base] ?? Number.POSITIVE_INFINITY) <= bits ? 'none' : 'loses'
}

function classifyToNumeric(from: PrintedType, to: PrintedType): Conversion {
  if (from.base in FLOATS) return 'loses'
  if (to.modifiers.length === 0) return 'none'
  const digits = INTEGERS[from.base]
  const room = precisionOf(to) - scaleOf(to)
  if (digits !== undefined) return room >= digits ? 'none' : 'fails'
  if (scaleOf(to) < scaleOf(from)) return 'loses'
  return room >= precisionOf(from) - scaleOf(from) ? 'none' : 'fails'
}

function precisionOf(type: PrintedType): number {
  return type.modifiers[0] ?? Number.POSITIVE_INFINITY
}

function scaleOf(type: PrintedType): number {
  return type.modifiers.length === 0 ? Number.POSITIVE_INFINITY : (type.modifiers[1] ?? 0)
}

function classifyTimes(from: PrintedType, to: PrintedType): Conversion {
  const zoned = (type: PrintedType) => type.base === 'timestamp with time zone'
  if (from.base === 'date') return zoned(to) ? 'time-zone' : to.base.startsWith('timestamp') ? 'none' : 'unknown'
  if (to.base === 'date') return 'loses'
  if (from.base.startsWith('timestamp') && to.base.startsWith('timestamp')) {
    if (zoned(from) !== zoned(to)) return 'time-zone'
    return (to.modifiers[0] ?? MAX_PRECISION) >= (from.modifiers[0] ?? MAX_PRECISION) ? 'none' : 'loses'
  }
  if (from.base === to.base) return (to.modifiers[0] ?? MAX_PRECISION) >= (from.modifiers[0] ?? MAX_PRECISION) ? 'none' : 'loses'
  return 'loses'
}

/** As the fingerprint groups them; see types.ts. */
export function familyOfPrinted(type: string): string {
  const { base, isArray } = readPrintedType(type)
  if (isArray) return 'other'
  if (base in INTEGERS) return 'integer'
  if (isText({ base, modifiers: [], isArray }) && base !== '"char"') return 'text'
  const families: Readonly<Record<string, string>> = {
    real: 'float4',
    'double precision': 'float8',
    'timestamp without time zone': 'timestamp',
    'timestamp with time zone': 'timestamptz',
    'time without time zone': 'time',
    'time with time zone': 'timetz',
    boolean: 'bool',
  }
  const same = ['numeric', 'date', 'uuid', 'jsonb', 'json', 'bytea', 'oid']
  return families[base] ?? (same.includes(base) ? base : 'other')
}
