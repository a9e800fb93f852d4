import { type LexicalStyle, type Token, tokenize } from './tokens.js'

/**
 * Whether a predicate keeps every row whatever the data: TRUE, 1, 1 = 1, 'a' = 'a', NOT FALSE, anything OR TRUE, these in parentheses and joined by AND.
 * `id = id` is not one: it is unknown for NULL.
 */
export function isAlwaysTrue(predicate: string, style: LexicalStyle): boolean {
  return isTrue(tokenize(predicate, style).filter((token) => token.kind !== 'comment'))
}

/** Whether a predicate keeps no row whatever the data: FALSE, NULL, 0, 1 = 0, anything AND FALSE, these in parentheses. */
export function isNeverTrue(predicate: string, style: LexicalStyle): boolean {
  return isFalse(tokenize(predicate, style).filter((token) => token.kind !== 'comment'))
}

function isFalse(tokens: readonly Token[]): boolean {
  const bare = withoutParentheses(tokens)
  const either = splitAt(bare, 'OR')
  if (either.length > 1) return either.every(isFalse)
  const both = splitAt(bare, 'AND')
  if (both.length > 1) return both.some(isFalse)
  const [first, second, third] = bare
  if (bare.length === 1 && first?.kind === 'word') return first.word === 'FALSE' || first.word === 'NULL'
  if (bare.length === 1) return first?.kind === 'number' && Number(first.word) === 0
  if (bare.length !== 3 || first?.kind !== 'number' || third?.kind !== 'number') return false
  const equal = Number(first.word) === Number(third.word)
  return /^==?$/.test(second?.word ?? '') ? !equal : /^(<>|!=)$/.test(second?.word ?? '') && equal
}

function isTrue(tokens: readonly Token[]): boolean {
  const bare = withoutParentheses(tokens)
  const either = splitAt(bare, 'OR')
  if (either.length > 1) return either.some(isTrue)
  const both = splitAt(bare, 'AND')
  if (both.length > 1) return both.every(isTrue)
  const [first, second, third] = bare
  if (bare.length === 1 && first !== undefined) return first.word === 'TRUE' || (first.kind === 'number' && Number(first.word) !== 0)
  if (bare.length === 2)
    return first?.word === 'NOT' && (second?.word === 'FALSE' || (second?.kind === 'number' && Number(second.word) === 0))
  if (bare.length !== 3 || first === undefined || second === undefined || third === undefined) return false
  if (!isLiteral(first) || !isLiteral(third)) return false
  const equal = first.kind === 'number' && third.kind === 'number' ? Number(first.word) === Number(third.word) : first.word === third.word
  if (second.word === '=' || second.word === '==' || second.word === 'IS') return equal
  return (second.word === '<>' || second.word === '!=') && !equal && first.kind === third.kind
}

function isLiteral(token: Token): boolean {
  return token.kind === 'number' || token.kind === 'string' || token.word === 'TRUE' || token.word === 'FALSE'
}

function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens
  while (inner[0]?.word === '(' && closingOf(inner) === inner.length - 1) inner = inner.slice(1, -1)
  return inner
}

function closingOf(tokens: readonly Token[]): number {
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (token.word === '(') depth++
    if (token.word === ')') depth--
    if (depth === 0) return index
  }
  return -1
}

function splitAt(tokens: readonly Token[], word: string): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]]
  let depth = 0
  let between = false
  for (const token of tokens) {
    if (token.word === '(' || token.word === 'CASE') depth++
    if (token.word === ')' || token.word === 'END') depth--
    if (token.word === 'BETWEEN' && depth === 0) between = true
    const splits = depth === 0 && token.kind === 'word' && token.word === word
    if (splits && word === 'AND' && between) between = false
    else if (splits) {
      parts.push([])
      continue
    }
    parts.at(-1)?.push(token)
  }
  return parts
}
