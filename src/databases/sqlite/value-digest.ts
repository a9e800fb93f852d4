import type { StorageClass } from './declared-type.js'

export type SqliteValue = bigint | number | string | Uint8Array | null

/**
 * Digests of values in two 32-bit lanes (murmur3's mixing), many times faster than BigInt arithmetic. A number and the text that SQLite
 * would convert it to have one digest; the storage classes are counted beside. Results are in `h1` and `h2` until the next call.
 */
export interface ValueDigest {
  h1: number
  h2: number
  /** Digest of `value`, seeded. NULL has one too, for keys. */
  add(value: SqliteValue, seed1: number, seed2: number): void
  /** Digest of a text like `12.0` as the number 12. */
  addNumber(value: number, seed1: number, seed2: number): void
}

const NUMBER = 1
const REAL = 2
const TEXT = 3
const BLOB = 4
const NULL = 5
const TWO_32 = 4294967296

export function createValueDigest(): ValueDigest {
  const bits = new Float64Array(1)
  const words = new Int32Array(bits.buffer)
  let h1 = 0
  let h2 = 0

  const start = (tag: number, seed1: number, seed2: number): void => {
    h1 = seed1 ^ Math.imul(tag, 0x9e3779b1)
    h2 = seed2 ^ Math.imul(tag, 0x85ebca77)
  }
  const word = (value: number): void => {
    let k1 = Math.imul(value, 0xcc9e2d51)
    k1 = Math.imul((k1 << 15) | (k1 >>> 17), 0x1b873593)
    h1 ^= k1
    h1 = (Math.imul((h1 << 13) | (h1 >>> 19), 5) + 0xe6546b64) | 0
    let k2 = Math.imul(value, 0x239b961b)
    k2 = Math.imul((k2 << 17) | (k2 >>> 15), 0xab0e9789)
    h2 ^= k2
    h2 = (Math.imul((h2 << 15) | (h2 >>> 17), 5) + 0x561ccd1b) | 0
  }
  const end = (): void => {
    digest.h1 = finish(h1)
    digest.h2 = finish(h2)
  }
  const addReal = (value: number): void => {
    bits[0] = value
    word(words[0] ?? 0)
    word(words[1] ?? 0)
  }
  const addText = (text: string): void => {
    const { length } = text
    word(length)
    const even = length - (length % 2)
    for (let i = 0; i < even; i += 2) word(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
    if (even < length) word(text.charCodeAt(even))
  }
  const addBytes = (bytes: Uint8Array): void => {
    const { length } = bytes
    word(length)
    for (let i = 0; i < length; i += 4) {
      word((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24))
    }
  }
  const number = (value: number, seed1: number, seed2: number): void => {
    if (Number.isSafeInteger(value)) {
      start(NUMBER, seed1, seed2)
      word(value | 0)
      word(Math.floor(value / TWO_32) | 0)
    } else {
      start(REAL, seed1, seed2)
      addReal(value)
    }
    end()
  }
  const integer = (value: bigint, seed1: number, seed2: number): void => {
    const small = Number(value)
    if (Number.isSafeInteger(small)) {
      number(small, seed1, seed2)
      return
    }
    start(NUMBER, seed1, seed2)
    word(Number(BigInt.asIntN(32, value)))
    word(Number(value >> 32n))
    end()
  }
  const text = (value: string, seed1: number, seed2: number): void => {
    const asNumber = readCanonicalNumber(value)
    if (typeof asNumber === 'bigint') integer(asNumber, seed1, seed2)
    else if (asNumber !== null) number(asNumber, seed1, seed2)
    else {
      start(TEXT, seed1, seed2)
      addText(value)
      end()
    }
  }
  const digest: ValueDigest = {
    h1: 0,
    h2: 0,
    addNumber: number,
    add: (value, seed1, seed2) => {
      if (typeof value === 'bigint') integer(value, seed1, seed2)
      else if (typeof value === 'number') number(value, seed1, seed2)
      else if (typeof value === 'string') text(value, seed1, seed2)
      else {
        start(value === null ? NULL : BLOB, seed1, seed2)
        if (value !== null) addBytes(value)
        end()
      }
    },
  }
  return digest
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

function finish(lane: number): number {
  let h = lane ^ (lane >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
