import type { Node } from 'libpg-query'
import type { TokenRun } from '../../sql/clauses.js'
import { type LexicalStyle, type Token, tokenize } from '../../sql/tokens.js'

export const POSTGRESQL_STYLE: LexicalStyle = {
  nestedComments: true,
  dollarQuotes: true,
  carriageReturnEndsLine: true,
  nameQuotes: { '"': '"' },
}

/** One text given to the parser, with what is needed to find again in it what the tree's locations mean. */
export interface SqlText extends TokenRun {
  readonly comments: readonly Token[]
  /** The parser counts UTF-8 bytes, everything else UTF-16 code units. */
  toUtf16(byte: number): number
}

export interface TreeStatement {
  readonly node: Node
  readonly start: number
  readonly end: number
}

/** The parser is real PostgreSQL as wasm and takes 0.1 s to load, so it is loaded when first needed. */
export async function loadParser(): Promise<typeof import('libpg-query')> {
  const parser = await import('libpg-query')
  await parser.loadModule()
  return parser
}

export function readText(text: string): SqlText {
  const all = tokenize(text, POSTGRESQL_STYLE)
  const isComment = (token: Token) => token.kind === 'comment'
  const offsets = makeOffsets(text)
  return {
    text,
    tokens: all.filter((token) => !isComment(token)),
    comments: all.filter(isComment),
    toUtf16: (byte) => (offsets === null ? byte : (offsets[byte] ?? text.length)),
  }
}

/** For each UTF-8 byte the code unit it belongs to; null where they are the same. */
function makeOffsets(text: string): Uint32Array | null {
  const bytes = Buffer.byteLength(text)
  if (bytes === text.length) return null
  const offsets = new Uint32Array(bytes + 1)
  let byte = 0
  for (let unit = 0; unit < text.length; ) {
    const code = text.codePointAt(unit) ?? 0
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    offsets.fill(unit, byte, byte + width)
    byte += width
    unit += width === 4 ? 2 : 1
  }
  offsets[bytes] = text.length
  return offsets
}

/** Index of the token that begins at or after the tree's location. */
export function tokenAt(text: SqlText, byte: number): number {
  return firstTokenFrom(text, text.toUtf16(byte))
}

export function firstTokenFrom(text: SqlText, start: number): number {
  let low = 0
  let high = text.tokens.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((text.tokens[middle]?.start ?? 0) < start) low = middle + 1
    else high = middle
  }
  return low
}
