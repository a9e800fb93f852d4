import type { ImportColumn } from '../config/import-mapping.js'
import type { FieldValue } from '../databases/field-value.js'
import type { ModelField } from '../project/models.js'

const LARGEST_INT = 2n ** 31n
const LARGEST_BIGINT = 2n ** 63n
const TRUE = ['true', 't', 'yes', 'y', '1', 'on']
const FALSE = ['false', 'f', 'no', 'n', '0', 'off']

type Options = Omit<ImportColumn, 'field'>

/**
 * The text of a cell as a value of a field.
 * @returns undefined for an empty cell: no value is given
 * @throws RangeError that says what the field takes, without the cell's text
 */
export function convertCell(cell: string, field: ModelField, options: Options = {}): FieldValue | undefined {
  const text = cell.trim() === '' ? options.whenEmpty : cell
  if (text === undefined) return undefined
  if (text === null) return null
  if (options.first === true) return convertOne(firstOf(text, options), field, options)
  return field.isList ? convertList(text, field, options) : convertOne(text, field, options)
}

function firstOf(text: string, { separator = ',' }: Options): string {
  return text.split(separator)[0]?.trim() ?? ''
}

function convertList(text: string, field: ModelField, options: Options): FieldValue {
  const parts = options.separator === undefined ? parseArray(text) : text.split(options.separator).map((part) => part.trim())
  return { kind: 'list', items: parts.filter((part) => part !== '').map((part) => convertOne(part, field, options)) }
}

function parseArray(text: string): string[] {
  const value = parseJson(text)
  if (!Array.isArray(value)) throw new RangeError('takes a list: give its separator in the mapping, or a JSON array')
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RangeError('takes JSON')
  }
}

function convertOne(text: string, field: ModelField, options: Options): FieldValue {
  if (field.enumValues !== null) return convertEnum(text.trim(), field)
  switch (field.type) {
    case 'Int':
      return convertInteger(text, LARGEST_INT)
    case 'BigInt':
      return convertInteger(text, LARGEST_BIGINT)
    case 'Float':
      return convertFloat(text.trim())
    case 'Decimal':
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i.test(text.trim())) throw new RangeError('takes a decimal number such as 12.50')
      return { kind: 'decimal', text: text.trim() }
    case 'Boolean':
      return convertBoolean(text.trim().toLowerCase())
    case 'DateTime':
      return { kind: 'time', time: convertTime(text.trim(), options.time ?? 'iso') }
    case 'Json':
      parseJson(text)
      return { kind: 'json', text }
    case 'Bytes':
      return convertBytes(text.trim(), options.bytes ?? 'base64')
    default:
      return { kind: 'text', text }
  }
}

function convertEnum(text: string, field: ModelField): FieldValue {
  const values = field.enumValues ?? new Map<string, string>()
  const stored = values.get(text) ?? [...values.values()].find((value) => value === text)
  if (stored === undefined) throw new RangeError(`takes one of ${[...values.keys()].join(', ')}`)
  return { kind: 'enum', text: stored }
}

function convertInteger(text: string, limit: bigint): FieldValue {
  const trimmed = text.trim()
  if (!/^[-+]?\d+$/.test(trimmed)) throw new RangeError('takes a whole number')
  const integer = BigInt(trimmed.replace('+', ''))
  if (integer >= limit || integer < -limit) throw new RangeError(`takes numbers from ${-limit} to ${limit - 1n}`)
  return { kind: 'integer', integer }
}

function convertFloat(text: string): FieldValue {
  const real = Number(text)
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) || !Number.isFinite(real)) throw new RangeError('takes a number')
  return { kind: 'real', real }
}

function convertBoolean(text: string): FieldValue {
  if (!TRUE.includes(text) && !FALSE.includes(text)) throw new RangeError('takes true or false (also yes, no, 1, 0)')
  return { kind: 'boolean', truth: TRUE.includes(text) }
}

function convertBytes(text: string, form: 'base64' | 'hex'): FieldValue {
  const hex = text.replace(/^(\\x|0x)/i, '')
  const isRight = form === 'hex' ? /^([0-9a-f]{2})*$/i.test(hex) : /^[A-Za-z0-9+/_-]*={0,2}$/.test(text)
  if (!isRight) throw new RangeError(`takes bytes as ${form}`)
  return { kind: 'bytes', bytes: form === 'hex' ? Buffer.from(hex, 'hex') : Buffer.from(text, 'base64') }
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2}|[-+]\d{2})?)?$/i
const DAYS = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?$/

function convertTime(text: string, form: NonNullable<ImportColumn['time']>): Date {
  if (form === 'seconds' || form === 'milliseconds') {
    if (!/^-?\d+(\.\d+)?$/.test(text)) throw new RangeError(`takes ${form} since 1970`)
    return requireTime(new Date(Math.round(Number(text) * (form === 'seconds' ? 1000 : 1))))
  }
  if (form === 'iso') return convertIso(text)
  const [, first = '', second = '', year = '', clock = '00:00'] = DAYS.exec(text) ?? []
  if (year === '') throw new RangeError(`takes a day as ${form}`)
  const [day, month] = form === 'd/m/y' ? [first, second] : [second, first]
  return makeTime(year, month.padStart(2, '0'), day.padStart(2, '0'), clock, 'Z')
}

/** Without a zone it is UTC, as Prisma has it. Words with a zone, as JavaScript prints them, are taken too. */
function convertIso(text: string): Date {
  const [, year = '', month = '', day = '', clock = '00:00', zone = 'Z'] = ISO.exec(text) ?? []
  if (year !== '') return makeTime(year, month, day, clock, zone)
  if (/\b(GMT|UTC)\b/.test(text)) return requireTime(new Date(text))
  throw new RangeError('takes a time such as 2026-01-31T12:00:00Z')
}

function makeTime(year: string, month: string, day: string, clock: string, zone: string): Date {
  const offset = /^(z|utc|gmt)$/i.test(zone) ? 'Z' : zone.length === 3 ? `${zone}:00` : zone.replace(/^(...)(\d\d)$/, '$1:$2')
  const midnight = new Date(`${year}-${month}-${day}T00:00:00Z`)
  // JavaScript takes the 31st of February for the 3rd of March.
  if (Number.isNaN(midnight.getTime()) || midnight.getUTCDate() !== Number(day)) throw new RangeError('takes a day that exists')
  return requireTime(new Date(`${year}-${month}-${day}T${clock}${offset}`))
}

function requireTime(time: Date): Date {
  if (Number.isNaN(time.getTime())) throw new RangeError('takes a time such as 2026-01-31T12:00:00Z')
  return time
}
