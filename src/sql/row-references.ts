import { type LexicalStyle, tokenize } from './tokens.js'

/** Puts something else in place of `NEW.column` and `OLD.column`; null when `value` knows none, or where the row is used as a whole. */
export function replaceRowReferences(
  sql: string,
  style: LexicalStyle,
  value: (row: 'new' | 'old', column: string) => string | null,
): string | null {
  const tokens = tokenize(sql, style)
  let result = ''
  let position = 0
  for (const [index, token] of tokens.entries()) {
    const isRow = token.kind === 'word' && (token.word === 'NEW' || token.word === 'OLD')
    if (!isRow || tokens[index - 1]?.word === '.') continue
    const column = tokens[index + 2]
    if (tokens[index + 1]?.word !== '.' || column === undefined || column.word === '*') return null
    const raw = sql.slice(column.start, column.end)
    const replaced = value(token.word === 'NEW' ? 'new' : 'old', readColumnName(raw, style))
    if (replaced === null) return null
    result += sql.slice(position, token.start) + replaced
    position = column.end
  }
  return result + sql.slice(position)
}

/** Unquoted names are folded where the database does so, which is where it knows dollar quotes. */
function readColumnName(raw: string, style: LexicalStyle): string {
  const closing = style.nameQuotes[raw.charAt(0)]
  if (closing !== undefined) return raw.slice(1, -1).replaceAll(closing + closing, closing)
  return style.dollarQuotes ? raw.toLowerCase() : raw
}
