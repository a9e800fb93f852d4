import { type LexicalStyle, tokenize } from './tokens.js'

const CLOCKS =
  /^(NOW|CURRENT_TIMESTAMP|LOCALTIMESTAMP|CURRENT_DATE|CURRENT_TIME|CLOCK_TIMESTAMP|STATEMENT_TIMESTAMP|TRANSACTION_TIMESTAMP)$/

/** What may stand around the current time without bringing in a value of the row. */
const AROUND =
  /^(AT|TIME|ZONE|TIMEZONE|CAST|AS|INTEGER|INT|BIGINT|TEXT|TIMESTAMP|TIMESTAMPTZ|WITH|WITHOUT|EXTRACT|EPOCH|FROM|DATE_TRUNC|TO_CHAR|ROUND|FLOOR|DATE|DATETIME|STRFTIME|UNIXEPOCH|JULIANDAY)$/

/** Whether the value is the time now, in any form. */
export function isCurrentTime(expression: string, style: LexicalStyle): boolean {
  const tokens = tokenize(expression, style).filter((token) => token.kind !== 'comment')
  const isClock = (word: string, text: string) => CLOCKS.test(word) || /^'now'$/i.test(text) || /^(UNIXEPOCH|JULIANDAY)$/.test(word)
  const hasClock = tokens.some((token) => token.kind !== 'name' && isClock(token.word, expression.slice(token.start, token.end)))
  return (
    hasClock &&
    tokens.every((token) => token.kind !== 'name' && (token.kind !== 'word' || CLOCKS.test(token.word) || AROUND.test(token.word)))
  )
}

/** Whether the value is the column's own and a number more: `version + 1`. */
export function isNextNumber(expression: string, column: string, style: LexicalStyle): boolean {
  const tokens = tokenize(expression, style).filter((token) => token.word !== '(' && token.word !== ')')
  const [number, plus, name] = [tokens.at(-1), tokens.at(-2), tokens.at(-3)]
  if (number?.kind !== 'number' || plus?.word !== '+' || name === undefined) return false
  const isPath = tokens.slice(0, -2).every((token, index) => index % 2 === 0 || token.word === '.')
  const bare = expression.slice(name.start, name.end).replace(/^["`[]|["`\]]$/g, '')
  return isPath && bare.toLowerCase() === column.toLowerCase()
}
