import { isUtf8 } from 'node:buffer'
import { parseText, readMembers } from '../../util/raw-json.js'
import { affinityOf } from './declared-type.js'

export type TextEncoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be'

/** A text, or the bytes of one that is no valid text. */
export type BoundValue = null | bigint | number | string | Buffer | { readonly textBytes: Buffer }

const LOWEST = -(2n ** 63n)
const HIGHEST = 2n ** 63n - 1n
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
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
    if (!isNatural('integer', type)) return `{"$integer":"${value}"}`
    const isTextual = isBig(type) || !Number.isSafeInteger(Number(value))
    if (!isTextual) return String(value)
    return readsAs(String(value), type) === 'integer' ? `"${value}"` : `{"$integer":"${value}"}`
  }
  const number = Number(value)
  if (!isNatural('real', type)) return `{"$real":"${Object.is(number, -0) ? '-0.0' : number}"}`
  if (!Number.isFinite(number)) return readsAs(String(number), type) === 'real' ? `"${number}"` : `{"$real":"${number}"}`
  if (Object.is(number, -0)) return '-0.0'
  const text = JSON.stringify(number)
  // Without a point it would be an integer.
  return WHOLE.test(text) ? `${text}.0` : text
}

/** @throws RangeError for people when the JSON is no value of such a column; a value of another kind has to say that it is meant */
export function readValue(raw: string, type: string): BoundValue {
  if (raw === 'null') return null
  if (raw.startsWith('"')) return fromText(parseText(raw), type)
  if (raw.startsWith('{')) return fromObject(raw)
  if (raw.startsWith('[')) throw new RangeError('is a list, and SQLite has no lists')
  const isTruth = raw === 'true' || raw === 'false'
  const isWhole = isTruth || (WHOLE.test(raw) && isInteger(raw))
  if (!isNatural(isWhole ? 'integer' : 'real', type))
    throw new RangeError(
      `is ${isTruth ? raw : 'a number'}, and the column is declared as ${type}; if it is meant: {"$${isWhole ? 'integer' : 'real'}": "…"}`,
    )
  if (isTruth) return raw === 'true' ? 1n : 0n
  if (isWhole) return BigInt(raw)
  const number = Number(raw)
  if (!Number.isFinite(number)) throw new RangeError('is larger than SQLite can hold')
  return number
}

/** SQL for `toParameters`: a value that is bound. */
export const PLACE = 'CASE ? WHEN 1 THEN CAST(? AS TEXT) ELSE ? END'

/** Three parameters: whether the second is the bytes of a text, and the value twice. */
export function toParameters(value: BoundValue): unknown[] {
  return value !== null && typeof value === 'object' && 'textBytes' in value ? [1, value.textBytes, null] : [0, null, value]
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
function readsAs(text: string, type: string): 'bytes' | 'text' | 'integer' | 'real' | null {
  if (isBlob(type)) return 'bytes'
  if (affinityOf(type) === 'text') return 'text'
  if (text === 'Infinity' || text === '-Infinity') return 'real'
  const isWhole = WHOLE.test(text) && isInteger(text) && (isBig(type) || !Number.isSafeInteger(Number(text)))
  if (isWhole) return 'integer'
  return isNatural('text', type) ? 'text' : null
}

/** Whether such values are what the column was declared for; SQLite takes all. */
function isNatural(storage: 'integer' | 'real' | 'text', type: string): boolean {
  const affinity = affinityOf(type)
  if (affinity === 'text') return storage === 'text'
  if (affinity === 'integer') return storage === 'integer'
  return affinity !== 'real' || storage !== 'text'
}

function fromText(text: string, type: string): BoundValue {
  const kind = readsAs(text, type)
  if (kind === null) throw new RangeError(`is text, and the column is declared as ${type}; if it is meant: {"$text": "…"}`)
  if (kind === 'bytes') {
    if (!BASE64.test(text)) throw new RangeError('is no base64; if it is text: {"$text": "…"}')
    return Buffer.from(text, 'base64')
  }
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
