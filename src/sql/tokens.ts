/** How a dialect writes comments, strings and quoted names. */
export interface LexicalStyle {
  /** Block comments may hold block comments. */
  readonly nestedComments: boolean
  /** `$tag$ … $tag$` is a string, `E'…\'…'` knows backslashes. */
  readonly dollarQuotes: boolean
  /** A carriage return alone ends a `--` comment. */
  readonly carriageReturnEndsLine: boolean
  /** Characters that open a quoted name, with the one that closes it. */
  readonly nameQuotes: Readonly<Record<string, string>>
}

export type TokenKind = 'word' | 'name' | 'string' | 'number' | 'symbol' | 'comment'

/** Offsets are UTF-16 code units. `word` is upper-cased for unquoted words, else the text as it stands. `name`: quoted, or after a dot. */
export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
  readonly word: string
}

const WORD_START = /[\p{L}_]/u
const WORD = /[\p{L}\p{N}\p{M}_$]+/uy
const NUMBER = /(?:0[xXoObB][0-9a-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
const LONG_SYMBOL = /::|->>?|#>>?|\|\||<=|>=|<>|!=|==|:=|=>/y

/** Reads all of `sql`; what never ends (a string, a comment) ends with the text. White space makes no tokens. */
export function tokenize(sql: string, style: LexicalStyle): readonly Token[] {
  const tokens: Token[] = []
  let position = 0
  while (position < sql.length) {
    const space = skipSpace(sql, position)
    if (space > position) {
      position = space
      continue
    }
    const token = readToken(sql, position, style)
    // After a dot even a reserved word is a name.
    const isName = token.kind === 'word' && tokens.at(-1)?.word === '.'
    tokens.push(isName ? { ...token, kind: 'name', word: sql.slice(token.start, token.end) } : token)
    position = token.end
  }
  return tokens
}

function skipSpace(sql: string, from: number): number {
  let position = from
  while (position < sql.length && (/\s/.test(sql.charAt(position)) || sql.charAt(position) === '\uFEFF')) position++
  return position
}

function readToken(sql: string, start: number, style: LexicalStyle): Token {
  const make = (kind: TokenKind, end: number): Token => {
    const text = sql.slice(start, end)
    return { kind, start, end, word: kind === 'word' ? text.toUpperCase() : text }
  }
  const char = sql.charAt(start)
  const two = sql.slice(start, start + 2)
  if (two === '--') return make('comment', endOfLine(sql, start, style.carriageReturnEndsLine))
  if (two === '/*') return make('comment', endOfBlockComment(sql, start, style.nestedComments))
  if (char === "'") return make('string', endOfQuoted(sql, start, "'", false))
  const closing = style.nameQuotes[char]
  if (closing !== undefined) return make('name', endOfQuoted(sql, start, closing, false))
  if (style.dollarQuotes && char === '$') {
    const tag = matchAt(DOLLAR_TAG, sql, start)
    if (tag !== null) return make('string', endOfDollarString(sql, start, tag))
  }
  const prefixed = style.dollarQuotes ? /^[eEbBxXnN]'/.test(two) : /^[xX]'/.test(two)
  if (prefixed) return make('string', endOfQuoted(sql, start + 1, "'", style.dollarQuotes && /[eE]/.test(char)))
  if (/[0-9]/.test(char) || (char === '.' && /[0-9]/.test(sql.charAt(start + 1)))) {
    const number = matchAt(NUMBER, sql, start)
    if (number !== null) return make('number', start + number.length)
  }
  if (WORD_START.test(String.fromCodePoint(sql.codePointAt(start) ?? 0))) {
    const word = matchAt(WORD, sql, start)
    if (word !== null) return make('word', start + word.length)
  }
  const symbol = matchAt(LONG_SYMBOL, sql, start)
  return make('symbol', start + (symbol?.length ?? 1))
}

function matchAt(pattern: RegExp, text: string, position: number): string | null {
  pattern.lastIndex = position
  return pattern.exec(text)?.[0] ?? null
}

function endOfLine(sql: string, start: number, atReturn: boolean): number {
  const end = atReturn ? sql.slice(start).search(/[\r\n]/) : sql.slice(start).indexOf('\n')
  return end === -1 ? sql.length : start + end
}

function endOfBlockComment(sql: string, start: number, nested: boolean): number {
  let depth = 1
  let position = start + 2
  while (position < sql.length && depth > 0) {
    const two = sql.slice(position, position + 2)
    if (two === '*/') depth--
    else if (two === '/*' && nested) depth++
    position += two === '*/' || (two === '/*' && nested) ? 2 : 1
  }
  return position
}

function endOfQuoted(sql: string, start: number, closing: string, backslash: boolean): number {
  let position = start + 1
  while (position < sql.length) {
    const char = sql.charAt(position)
    if (backslash && char === '\\') position += 2
    else if (char !== closing) position++
    else if (sql.charAt(position + 1) === closing && closing !== ']') position += 2
    else return position + 1
  }
  return sql.length
}

function endOfDollarString(sql: string, start: number, tag: string): number {
  const end = sql.indexOf(tag, start + tag.length)
  return end === -1 ? sql.length : end + tag.length
}
