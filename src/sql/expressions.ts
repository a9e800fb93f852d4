import { type LexicalStyle, type Token, tokenize } from './tokens.js'

/** A column of the table that its SQL calls `table`. */
export interface ColumnOf {
  readonly table: string
  readonly name: string
}

/** Whether the predicate is `c IS NULL` (also as one of several conditions that all must hold, unless `only`). */
export function checksForNull(predicate: string, column: ColumnOf, style: LexicalStyle, only: boolean): boolean {
  const conditions = splitConditions(stripParentheses(readTokens(predicate, style)))
  if (only && conditions.length > 1) return false
  return conditions.some((condition) => {
    const bare = stripParentheses(condition)
    if (bare.at(-1)?.word === 'ISNULL') return isColumn(bare.slice(0, -1), column)
    return isColumn(bare.slice(0, -2), column) && bare.at(-2)?.word === 'IS' && bare.at(-1)?.word === 'NULL'
  })
}

/** The column of a predicate that is `c IS NOT NULL` and nothing else; null for any other predicate. */
export function readNotNullCheck(predicate: string, style: LexicalStyle): string | null {
  const tokens = stripParentheses(readTokens(predicate, style))
  const words = tokens.map((token) => token.word)
  const end =
    words.at(-1) === 'NOTNULL' ? 1 : words.slice(-3).join(' ') === 'IS NOT NULL' ? 3 : words.slice(-2).join(' ') === 'NOT NULL' ? 2 : 0
  const column = tokens.slice(0, tokens.length - end)
  return end === 0 || column.length === 0 ? null : readPlainColumn(textOf(column, predicate), style)
}

/** Whether the predicate holds only where the column has a value: `c IS NOT NULL`, also as one of several conditions that all must hold. */
export function demandsValue(predicate: string, column: ColumnOf, style: LexicalStyle): boolean {
  return splitConditions(stripParentheses(readTokens(predicate, style))).some((condition) => {
    const bare = stripParentheses(condition)
    const words = bare.slice(-3).map((token) => token.word)
    return words.join(' ') === 'IS NOT NULL' && isColumn(bare.slice(0, -3), column)
  })
}

/** The column that the expression is, and nothing else; null for any other expression. */
export function readPlainColumn(expression: string, style: LexicalStyle): string | null {
  const tokens = stripParentheses(readTokens(expression, style))
  const last = tokens.at(-1)
  const isPath = tokens.every((token, index) => (index % 2 === 0 ? token.kind === 'name' || token.kind === 'word' : token.word === '.'))
  if (last === undefined || !isPath || tokens.length % 2 === 0 || KEYWORDS.has(last.word)) return null
  return unquote(last, expression)
}

const KEYWORDS = new Set([
  'NULL',
  'TRUE',
  'FALSE',
  'DEFAULT',
  'CURRENT_TIMESTAMP',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_USER',
  'LOCALTIMESTAMP',
  'SESSION_USER',
  'USER',
])

/** Whether the value can never be NULL: a literal, the current time, a new UUID, or COALESCE that ends with one of these. */
export function isNeverNull(expression: string, style: LexicalStyle): boolean {
  const tokens = withoutCasts(stripParentheses(readTokens(expression, style)))
  const [first, second] = tokens
  if (first === undefined) return false
  if (tokens.length === 1)
    return (
      first.kind === 'string' || first.kind === 'number' || /^(TRUE|FALSE|CURRENT_TIMESTAMP|CURRENT_DATE|LOCALTIMESTAMP)$/.test(first.word)
    )
  if (/^[-+]$/.test(first.word) && tokens.length === 2) return second?.kind === 'number'
  if (second?.word !== '(' || tokens.at(-1)?.word !== ')') return false
  if (/^(NOW|GEN_RANDOM_UUID|UUID_GENERATE_V4|RANDOM|CLOCK_TIMESTAMP)$/.test(first.word)) return tokens.length === 3
  if (first.word !== 'COALESCE' && first.word !== 'IFNULL') return false
  const last = splitAt(tokens.slice(2, -1), ',').at(-1)
  return last !== undefined && isNeverNull(textOf(last, expression), style)
}

/** Whether the value is the column's own wherever that is not NULL: `c`, `COALESCE(c, …)`, `CASE WHEN c IS NULL THEN … ELSE c END`. */
export function keepsColumn(expression: string, column: ColumnOf, style: LexicalStyle): boolean {
  const tokens = stripParentheses(readTokens(expression, style))
  if (isColumn(tokens, column)) return true
  const kept = readNullCase(expression, column, style)
  if (kept !== null) return keepsColumn(kept, column, style)
  if (!/^(COALESCE|IFNULL)$/.test(tokens[0]?.word ?? '') || tokens[1]?.word !== '(') return false
  return isColumn(splitAt(tokens.slice(2, -1), ',')[0] ?? [], column)
}

/** What `CASE WHEN c IS NULL THEN … ELSE x END` gives where c has a value: `x`; also for IS NOT NULL. Null for any other expression. */
export function readNullCase(expression: string, column: ColumnOf, style: LexicalStyle): string | null {
  const tokens = stripParentheses(readTokens(expression, style))
  const words = tokens.map((token) => token.word)
  const [then, otherwise] = [words.indexOf('THEN'), words.lastIndexOf('ELSE')]
  const isCase =
    words[0] === 'CASE' && words[1] === 'WHEN' && words.at(-1) === 'END' && words.filter((word) => word === 'WHEN').length === 1
  if (!isCase || otherwise < then) return null
  const condition = textOf(tokens.slice(2, then), expression)
  if (checksForNull(condition, column, style, true)) return textOf(tokens.slice(otherwise + 1, -1), expression)
  const tested = readNotNullCheck(condition, style)
  return tested !== null && sameName(tested, column.name) ? textOf(tokens.slice(then + 1, otherwise), expression) : null
}

/** Whether the value is the same for every row: literals, constants and casts of them only. */
export function isConstant(expression: string, style: LexicalStyle): boolean {
  const tokens = withoutCasts(stripParentheses(readTokens(expression, style)))
  return tokens.every((token) => token.kind === 'string' || token.kind === 'number' || /^(NULL|TRUE|FALSE|DEFAULT|[-+])$/.test(token.word))
}

/** Names of columns that the expression reads, unquoted; words that may be something else are only those that `isColumnName` knows. */
export function readColumnNames(expression: string, style: LexicalStyle, isColumnName: (word: string) => boolean): readonly string[] {
  const tokens = readTokens(expression, style)
  const names = tokens.flatMap((token, index) => {
    const [before, after] = [tokens[index - 1]?.word, tokens[index + 1]?.word]
    const isName = (token.kind === 'name' || token.kind === 'word') && before !== '::' && after !== '(' && after !== '.'
    const name = unquote(token, expression)
    return isName && (token.kind === 'name' || isColumnName(name)) ? [name] : []
  })
  return [...new Set(names)]
}

/** Whether the expression contains this name. */
export function mentionsName(expression: string, name: string, style: LexicalStyle): boolean {
  return readTokens(expression, style).some(
    (token) => (token.kind === 'word' || token.kind === 'name') && sameName(unquote(token, expression), name),
  )
}

function readTokens(text: string, style: LexicalStyle): readonly Token[] {
  return tokenize(text, style).filter((token) => token.kind !== 'comment')
}

function isColumn(tokens: readonly Token[], column: ColumnOf): boolean {
  const last = tokens.at(-1)
  if (last === undefined || (tokens.length !== 1 && tokens.length !== 3 && tokens.length !== 5)) return false
  const isPath = tokens.every((token, index) => index % 2 === 0 || token.word === '.')
  const owner = tokens.at(-3)
  return isPath && sameName(bareName(last), column.name) && (owner === undefined || sameName(bareName(owner), column.table))
}

function bareName(token: Token): string {
  return token.word.replace(/^["`[]|["`\]]$/g, '').replaceAll('""', '"')
}

/** Names of one statement that differ in case only are rarer than folded ones. */
function sameName(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase()
}

function unquote(token: Token, text: string): string {
  const raw = text.slice(token.start, token.end)
  return /^["`[]/.test(raw) ? raw.slice(1, -1).replaceAll('""', '"') : raw
}

function withoutCasts(tokens: readonly Token[]): readonly Token[] {
  const cast = tokens.findIndex((token) => token.word === '::')
  return cast === -1 ? tokens : stripParentheses(tokens.slice(0, cast))
}

function stripParentheses(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens
  while (inner[0]?.word === '(' && closingOf(inner) === inner.length - 1) inner = inner.slice(1, -1)
  return inner
}

function closingOf(tokens: readonly Token[]): number {
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    depth += token.word === '(' ? 1 : token.word === ')' ? -1 : 0
    if (depth === 0) return index
  }
  return -1
}

function splitConditions(tokens: readonly Token[]): readonly (readonly Token[])[] {
  return splitAt(tokens, 'OR').length > 1 ? [tokens] : splitAt(tokens, 'AND')
}

function splitAt(tokens: readonly Token[], word: string): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    depth += token.word === '(' ? 1 : token.word === ')' ? -1 : 0
    if (depth === 0 && token.word === word && token.kind !== 'name') parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

function textOf(tokens: readonly Token[], text: string): string {
  const [first, last] = [tokens[0], tokens.at(-1)]
  return first === undefined || last === undefined ? '' : text.slice(first.start, last.end)
}
