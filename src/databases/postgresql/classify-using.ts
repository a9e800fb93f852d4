import { keepsColumn, readNullCase } from '../../sql/expressions.js'
import { type Token, tokenize } from '../../sql/tokens.js'
import type { Conversion, ConversionExpression } from '../dialect.js'
import { POSTGRESQL_STYLE } from './parse-text.js'

/** What an expression that is no plain cast makes of a column's values. */
export type UsingShape =
  /** Every value as these casts make it, in order; NULL may become something else. */
  | { readonly shape: 'same'; readonly casts: readonly string[] }
  /** Every value in a form that it can be had back from. */
  | { readonly shape: 'reversible' }
  /** Every value after something that leaves most values as they are: without the blanks around it, without case. */
  | { readonly shape: 'tidied' }
  /** Every value as the only member of an array. */
  | { readonly shape: 'in-array' }
  /** Every value as JSON. */
  | { readonly shape: 'as-json' }
  /** A timestamp read or written in a zone that the expression names. */
  | { readonly shape: 'in-zone'; readonly isUtc: boolean }
  | { readonly shape: 'other' }

/** Recognises `COALESCE(c, …)`, `CASE WHEN c IS NULL THEN … ELSE … END`, `ARRAY[c]`, `to_jsonb(c)` and `c AT TIME ZONE '…'`, with casts around them. */
export function readUsingShape({ sql, column }: ConversionExpression): UsingShape {
  const all = tokenize(sql, POSTGRESQL_STYLE).filter((token) => token.kind !== 'comment')
  const { tokens, casts } = withoutOuter(all, sql)
  const text = (from: number, to: number) => sql.slice(tokens[from]?.start, tokens[to - 1]?.end)
  const isColumn = (from: number, to: number) => to > from && keepsColumn(text(from, to), { table: '', name: column }, POSTGRESQL_STYLE)
  const words = tokens.map((token) => token.word)
  const last = tokens.length - 1
  if (isColumn(0, tokens.length)) return { shape: 'same', casts }
  if (words[0] === 'ARRAY' && words[1] === '[' && words[last] === ']' && isColumn(2, last)) return { shape: 'in-array' }
  const isJson = /^(TO_JSONB?|JSONB?_BUILD_ARRAY)$/.test(words[0] ?? '') && words[1] === '(' && words[last] === ')'
  if (isJson && isColumn(2, last)) return { shape: 'as-json' }
  const isZoned = words.slice(-4, -1).join(' ') === 'AT TIME ZONE' && tokens[last]?.kind === 'string'
  if (isZoned && isColumn(0, tokens.length - 4)) return { shape: 'in-zone', isUtc: /^'(utc|gmt|etc\/utc|z)'$/i.test(words[last] ?? '') }
  const otherwise = readNullCase(text(0, tokens.length), { table: '', name: column }, POSTGRESQL_STYLE)
  if (otherwise !== null) return readUsingShape({ sql: otherwise, column })
  const isCall = words[1] === '(' && closingOf(tokens.slice(1)) === last - 1
  const comma = words.indexOf(',')
  if (!isCall || !isColumn(2, comma === -1 ? last : comma)) return { shape: 'other' }
  return { shape: REVERSIBLE.test(words[0] ?? '') ? 'reversible' : TIDYING.test(words[0] ?? '') ? 'tidied' : 'other' }
}

/** Functions of a value that have an inverse. https://www.postgresql.org/docs/current/functions-binarystring.html */
const REVERSIBLE = /^(TO_TIMESTAMP|ENCODE|DECODE|STRING_TO_ARRAY|ARRAY_TO_JSON|HSTORE_TO_JSONB?)$/
const TIDYING = /^(NULLIF|TRIM|BTRIM|LTRIM|RTRIM|LOWER|UPPER|ARRAY_TO_STRING)$/

interface Bare {
  readonly tokens: readonly Token[]
  readonly casts: readonly string[]
}

/** Without parentheses and casts around it; the casts in the order in which they are made. */
function withoutOuter(tokens: readonly Token[], sql: string): Bare {
  let depth = 0
  let cast = -1
  for (const [index, { word }] of tokens.entries()) {
    if (word === '(' || word === '[') depth++
    if (word === ')' || word === ']') depth--
    if (depth === 0 && index < tokens.length - 1 && index > 0 && word === '::') cast = cast === -1 ? index : cast
  }
  if (cast !== -1) {
    if (!isCastOnly(tokens.slice(cast))) return { tokens, casts: [] }
    const inner = withoutOuter(tokens.slice(0, cast), sql)
    return { tokens: inner.tokens, casts: [...inner.casts, ...readTypes(tokens.slice(cast + 1), sql)] }
  }
  return tokens[0]?.word === '(' && closingOf(tokens) === tokens.length - 1 ? withoutOuter(tokens.slice(1, -1), sql) : { tokens, casts: [] }
}

function readTypes(tokens: readonly Token[], sql: string): readonly string[] {
  const [first, last] = [tokens[0], tokens.at(-1)]
  if (first === undefined || last === undefined) return []
  return sql
    .slice(first.start, last.end)
    .split('::')
    .map((type) => type.trim())
}

/** Casts and nothing else: no operator, no AT TIME ZONE after them. */
function isCastOnly(tokens: readonly Token[]): boolean {
  return tokens.every(
    ({ kind, word }) => kind === 'name' || kind === 'number' || /^(::|\.|,|\(|\)|\[|\])$/.test(word) || isTypeWord(kind, word),
  )
}

function isTypeWord(kind: Token['kind'], word: string): boolean {
  return kind === 'word' && !['AT', 'COLLATE', 'IS', 'IN', 'LIKE', 'AND', 'OR', 'NOT', 'BETWEEN'].includes(word)
}

function closingOf(tokens: readonly Token[]): number {
  let depth = 0
  for (const [index, { word }] of tokens.entries()) {
    depth += word === '(' ? 1 : word === ')' ? -1 : 0
    if (depth === 0) return index
  }
  return -1
}

/** The precision of a timestamp's fractions may still be cut. */
export function classifyZoned(isUtc: boolean, toZoned: boolean, fromPrecision: number | null, toPrecision: number): Conversion {
  if (fromPrecision !== null && toPrecision < fromPrecision) return 'loses'
  // Where clocks are set back, two moments have one local time.
  return isUtc || toZoned ? 'none' : 'time-zone'
}
