import { isUtf8 } from 'node:buffer'
import { parseText, readMembers } from '../../util/raw-json.js'
import { affinityOf } from './declared-type.js'

export type TextEncoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be'

/** A text, or the bytes of one that is no valid text. */
export type BoundValue = null | bigint | number | string | Buffer | { readonly textBytes: Buffer }

const LOWEST = -(2n ** 63n)
const HIGHEST = 2n ** 63n - 1n
const WHOLE = /^(?:0|-?[1-9]\d*)$/

/** SQL for what `writeValue` gets: whether it is text, and the value with text as its bytes. Not all that SQLite keeps as text is valid. */
export function selectRaw(column: string): string {
  return `typeof(${column}) = 'text', CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`
}

/** JSON from which `readValue` makes the same value of the same storage class. @param type as declared */
export function writeValue(isText: boolean, value: unknown, type: string, encoding: TextEncoding): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Uint8Array) return isText ? writeText(Buffer.from(value), type, encoding) : writeBytes(value, type)
  if (typeof value === 'bigint') {
    const isTextual = isBig(type) || !Number.isSafeInteger(Number(value))
    if (!isTextual) return String(value)
    return readsAs(String(value), type) === 'integer' ? `"${value}"` : `{"$integer":"${value}"}`
  }
  const number = Number(value)
  if (!Number.isFinite(number)) return readsAs(String(number), type) === 'real' ? `"${number}"` : `{"$real":"${number}"}`
  if (Object.is(number, -0)) return '-0.0'
  const text = JSON.stringify(number)
  // Without a point it would be an integer.
  return WHOLE.test(text) ? `${text}.0` : text
}

/** @throws RangeError when the JSON is no value that SQLite can hold */
export function readValue(raw: string, type: string): BoundValue {
  if (raw === 'null') return null
  if (raw === 'true' || raw === 'false') return raw === 'true' ? 1n : 0n
  if (raw.startsWith('"')) return fromText(parseText(raw), type)
  if (raw.startsWith('{')) return fromObject(raw)
  if (raw.startsWith('[')) throw new RangeError('is a list, and SQLite has no lists')
  if (WHOLE.test(raw) && isInteger(raw)) return BigInt(raw)
  const number = Number(raw)
  if (!Number.isFinite(number)) throw new RangeError('is larger than SQLite can hold')
  return number
}

function writeText(bytes: Buffer, type: string, encoding: TextEncoding): string {
  const text = decode(bytes, encoding)
  if (text === null) return `{"$textBytes":"${bytes.toString('base64')}"}`
  return readsAs(text, type) === 'text' ? JSON.stringify(text) : `{"$text":${JSON.stringify(text)}}`
}

function writeBytes(value: Uint8Array, type: string): string {
  const text = `"${Buffer.from(value).toString('base64')}"`
  return isBlob(type) ? text : `{"$bytes":${text}}`
}

/** Null: it is not valid. */
function decode(bytes: Buffer, encoding: TextEncoding): string | null {
  if (encoding === 'UTF-8') return isUtf8(bytes) ? bytes.toString('utf8') : null
  if (bytes.length % 2 === 1) return null
  const text = (encoding === 'UTF-16be' ? Buffer.from(bytes).swap16() : bytes).toString('utf16le')
  return /\p{Surrogate}/u.test(text) ? null : text
}

/** What a JSON string in a column of this type is. */
function readsAs(text: string, type: string): 'bytes' | 'text' | 'integer' | 'real' {
  if (isBlob(type)) return 'bytes'
  if (affinityOf(type) === 'text') return 'text'
  if (text === 'Infinity' || text === '-Infinity') return 'real'
  const isWhole = WHOLE.test(text) && isInteger(text) && (isBig(type) || !Number.isSafeInteger(Number(text)))
  return isWhole ? 'integer' : 'text'
}

function fromText(text: string, type: string): BoundValue {
  const kind = readsAs(text, type)
  if (kind === 'bytes') return Buffer.from(text, 'base64')
  if (kind === 'integer') return BigInt(text)
  return kind === 'real' ? Number(text) : text
}

function fromObject(raw: string): BoundValue {
  const [first, ...others] = readMembers(raw)
  const [name, value] = first ?? ['', '']
  if (others.length === 0 && value.startsWith('"')) {
    const text = parseText(value)
    if (name === '$text') return text
    if (name === '$bytes') return Buffer.from(text, 'base64')
    if (name === '$textBytes') return { textBytes: Buffer.from(text, 'base64') }
    if (name === '$integer' && WHOLE.test(text) && isInteger(text)) return BigInt(text)
    if (name === '$real' && text !== '' && !Number.isNaN(Number(text))) return Number(text)
  }
  throw new RangeError('is an object, and SQLite has none; JSON is stored as text')
}

function isInteger(text: string): boolean {
  const value = BigInt(text)
  return value >= LOWEST && value <= HIGHEST
}

const isBlob = (type: string): boolean => /blob/i.test(type)
const isBig = (type: string): boolean => /bigint/i.test(type)
