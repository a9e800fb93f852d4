import type { StorageClass } from './declared-type.js'

export type SqliteValue = bigint | number | string | Uint8Array | null

/** A 64-bit digest in two lanes of 32 bits, written in place: a scan makes millions of them. */
export interface Lanes {
  h1: number
  h2: number
}

const NUMBER = 1
const REAL = 2
const TEXT = 3
const BLOB = 4
const NULL = 5
const TWO_32 = 4294967296

/**
 * Digest of a value, seeded, with murmur3's mixing: many times faster than BigInt arithmetic. A number and the text that SQLite would convert
 * it to have one digest; storage classes are counted beside. NULL has one too, for keys.
 */
export function digestValue(lanes: Lanes, value: SqliteValue, seed1: number, seed2: number): void {
  if (typeof value === 'bigint') digestInteger(lanes, value, seed1, seed2)
  else if (typeof value === 'number') digestNumber(lanes, value, seed1, seed2)
  else if (typeof value === 'string') digestText(lanes, value, seed1, seed2)
  else {
    start(lanes, value === null ? NULL : BLOB, seed1, seed2)
    if (value !== null) addBytes(lanes, value)
    finish(lanes)
  }
}

export function digestNumber(lanes: Lanes, value: number, seed1: number, seed2: number): void {
  if (Number.isSafeInteger(value)) {
    start(lanes, NUMBER, seed1, seed2)
    addWord(lanes, value | 0)
    addWord(lanes, Math.floor(value / TWO_32) | 0)
  } else {
    start(lanes, REAL, seed1, seed2)
    addReal(lanes, value)
  }
  finish(lanes)
}

function digestInteger(lanes: Lanes, value: bigint, seed1: number, seed2: number): void {
  const small = Number(value)
  if (Number.isSafeInteger(small)) {
    digestNumber(lanes, small, seed1, seed2)
    return
  }
  start(lanes, NUMBER, seed1, seed2)
  addWord(lanes, Number(BigInt.asIntN(32, value)))
  addWord(lanes, Number(value >> 32n))
  finish(lanes)
}

function digestText(lanes: Lanes, value: string, seed1: number, seed2: number): void {
  const asNumber = readCanonicalNumber(value)
  if (typeof asNumber === 'bigint') digestInteger(lanes, asNumber, seed1, seed2)
  else if (asNumber !== null) digestNumber(lanes, asNumber, seed1, seed2)
  else {
    start(lanes, TEXT, seed1, seed2)
    addText(lanes, value)
    finish(lanes)
  }
}

function start(lanes: Lanes, tag: number, seed1: number, seed2: number): void {
  lanes.h1 = seed1 ^ Math.imul(tag, 0x9e3779b1)
  lanes.h2 = seed2 ^ Math.imul(tag, 0x85ebca77)
}

function addWord(lanes: Lanes, word: number): void {
  let k1 = Math.imul(word, 0xcc9e2d51)
  k1 = Math.imul((k1 << 15) | (k1 >>> 17), 0x1b873593)
  const h1 = lanes.h1 ^ k1
  lanes.h1 = (Math.imul((h1 << 13) | (h1 >>> 19), 5) + 0xe6546b64) | 0
  let k2 = Math.imul(word, 0x239b961b)
  k2 = Math.imul((k2 << 17) | (k2 >>> 15), 0xab0e9789)
  const h2 = lanes.h2 ^ k2
  lanes.h2 = (Math.imul((h2 << 15) | (h2 >>> 17), 5) + 0x561ccd1b) | 0
}

const bits = new Float64Array(1)
const words = new Int32Array(bits.buffer)

function addReal(lanes: Lanes, value: number): void {
  bits[0] = value
  addWord(lanes, words[0] ?? 0)
  addWord(lanes, words[1] ?? 0)
}

function addText(lanes: Lanes, text: string): void {
  const { length } = text
  addWord(lanes, length)
  const even = length - (length % 2)
  for (let i = 0; i < even; i += 2) addWord(lanes, text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
  if (even < length) addWord(lanes, text.charCodeAt(even))
}

function addBytes(lanes: Lanes, bytes: Uint8Array): void {
  const { length } = bytes
  addWord(lanes, length)
  for (let i = 0; i < length; i += 4) {
    addWord(lanes, (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24))
  }
}

function finish(lanes: Lanes): void {
  lanes.h1 = mix(lanes.h1)
  lanes.h2 = mix(lanes.h2)
}

export function storageClassOf(value: bigint | number | string | Uint8Array): StorageClass {
  if (typeof value === 'bigint') return 'integer'
  if (typeof value === 'number') return 'real'
  return typeof value === 'string' ? 'text' : 'blob'
}

/** The number that a text is, when converting it to a number and back gives the same text; null otherwise. */
function readCanonicalNumber(text: string): bigint | number | null {
  if (!mayBeNumber(text)) return null
  if (/^-?(?:0|[1-9]\d*)$/.test(text) && text !== '-0') {
    const value = BigInt(text)
    return BigInt.asIntN(64, value) === value ? value : null
  }
  const value = Number(text)
  return /^-?\d+\.\d+$/.test(text) && String(value) === text ? value : null
}

/** The whole number that a text like `12.0` is, as SQLite writes a real number; null otherwise. */
export function readWholeReal(text: string): number | null {
  if (!text.endsWith('.0') || !mayBeNumber(text) || !/^-?(?:0|[1-9]\d*)\.0$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}

function mayBeNumber(text: string): boolean {
  const first = text.charCodeAt(0)
  return text.length <= 25 && ((first >= 48 && first <= 57) || first === 45)
}

function mix(lane: number): number {
  let h = lane ^ (lane >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
