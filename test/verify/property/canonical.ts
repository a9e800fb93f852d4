/** A value as plain queries give it: text on PostgreSQL, what is stored on SQLite. */
export type Value = string | number | bigint | Buffer | null

/** The types of a column before and after. */
export interface Types {
  readonly before: string
  readonly after: string
}

/** Two values are the same when these texts are. `isNow`: it is one of after. Shares nothing with src. */
export function canonical(value: Exclude<Value, null>, types: Types, isNow: boolean): string {
  if (typeof value === 'string' && !SQLITE.includes(types.before))
    return postgresqlText(value, isNow ? types.after : types.before, types.before)
  return sqliteText(value, types.before === types.after)
}

/** In capitals, as the test writes them; PostgreSQL tells its own in small letters. */
const SQLITE = ['INTEGER', 'BIGINT', 'TEXT', 'REAL', 'DECIMAL', 'BOOLEAN', 'DATETIME', 'JSONB', 'BLOB', '']

function sqliteText(value: Exclude<Value, null>, isSameType: boolean): string {
  if (value instanceof Buffer) return `x${value.toString('hex')}`
  if (isSameType) return `${typeof value} ${value}`
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : String(value)
  if (typeof value !== 'string') return String(value)
  if (/^-?\d(\.\d+)?e[+-]\d+$/.test(value)) return String(Number(value))
  return value.replace(/^(-?(?:0|[1-9]\d*))\.0$/, '$1')
}

const NUMBERS = /^(smallint|integer|bigint|numeric|real|double precision)/

function postgresqlText(text: string, type: string, as: string): string {
  if (/^(smallint|integer|bigint)$/.test(as)) return decimal(type === 'boolean' ? (text === 'true' ? '1' : '0') : exactly(text, type))
  if (as.startsWith('numeric')) return decimal(text)
  if (as === 'real') return number(text, true)
  if (as === 'double precision') return number(text, type === 'real')
  if (as === 'boolean') return NUMBERS.test(type) ? String(Number(text) !== 0) : text
  if (/^(timestamp|date)/.test(as)) return moment(text)
  if (as === 'json') return withoutBlanks(text)
  if (as === 'jsonb') return type.startsWith('json') ? sorted(JSON.parse(text)) : sortedOr(text)
  if (as === 'bytea') return text === '' ? '\\x' : text
  return text
}

/** A floating-point number is shown with the digits that tell it apart, and may be a whole number with more. */
function exactly(text: string, type: string): string {
  const value = type === 'real' ? Math.fround(Number(text)) : type === 'double precision' ? Number(text) : Number.NaN
  return Number.isInteger(value) ? BigInt(value).toString() : text
}

function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? []
  if (whole === '' && fraction === '') return text
  const shift = Number(exponent)
  const digits = shift >= 0 ? whole + fraction.padEnd(shift, '0').slice(0, shift) : whole.padStart(-shift + 1, '0').slice(0, shift)
  const rest = shift >= 0 ? fraction.slice(shift) : whole.padStart(-shift + 1, '0').slice(shift) + fraction
  const [left, right] = [digits.replace(/^0+(?=.)/, '') || '0', rest.replace(/0+$/, '')]
  return `${left === '0' && right === '' ? '' : sign}${left}${right === '' ? '' : `.${right}`}`
}

function number(text: string, isSingle: boolean): string {
  const value = text === 'NaN' ? Number.NaN : Number(text)
  return Number.isNaN(value) && text !== 'NaN' ? text : String(isSingle ? Math.fround(value) : value)
}

/** Midnight is the date; times are shown in UTC. */
function moment(text: string): string {
  return text.replace(/\+00$/, '').replace(/ 00:00:00$/, '')
}

function withoutBlanks(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
}

function sortedOr(text: string): string {
  try {
    return sorted(JSON.parse(text))
  } catch {
    return text
  }
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${sorted(one)}`).join(',')}}`
}
