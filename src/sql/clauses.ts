import type { Token } from './tokens.js'

/** A run of tokens of one text, comments left out. All clause readers look at parenthesis depth 0 of the run. */
export interface TokenRun {
  readonly text: string
  readonly tokens: readonly Token[]
}

/** The tokens between two offsets. */
export function runBetween(run: TokenRun, start: number, end: number): TokenRun {
  return { text: run.text, tokens: run.tokens.filter((token) => token.start >= start && token.end <= end && token.kind !== 'comment') }
}

/** The text from the first to the last token of `tokens[from..to)`; null when that is empty. */
export function sliceTokens(run: TokenRun, from: number, to: number): string | null {
  const first = run.tokens[from]
  const last = run.tokens[to - 1]
  return first === undefined || last === undefined || from >= to ? null : run.text.slice(first.start, last.end)
}

/** Index of the first token at depth 0, from `from` on, that `matches`; -1 when there is none before the run (or its parenthesis) ends. */
export function findAtDepth0(run: TokenRun, from: number, matches: (token: Token, index: number) => boolean): number {
  let depth = 0
  for (let index = from; index < run.tokens.length; index++) {
    const token = run.tokens[index]
    if (token === undefined) break
    if (depth === 0 && matches(token, index)) return index
    if (token.word === '(' || token.word === '[') depth++
    if (token.word === ')' || token.word === ']') depth--
    if (depth < 0) return -1
  }
  return -1
}

/** Index where the run (or the parenthesis that `from` is in) ends. */
export function endOfDepth0(run: TokenRun, from: number): number {
  const closing = findAtDepth0(run, from, (token) => token.word === ')' || token.word === ';')
  return closing === -1 ? run.tokens.length : closing
}

/** Splits `tokens[from..to)` at commas of depth 0; pairs of token indexes. */
export function splitAtCommas(run: TokenRun, from: number, to: number): readonly (readonly [number, number])[] {
  const parts: (readonly [number, number])[] = []
  let start = from
  while (start < to) {
    const comma = findAtDepth0(run, start, (token) => token.word === ',')
    const end = comma === -1 || comma > to ? to : comma
    parts.push([start, end])
    start = end + 1
  }
  return parts
}

/** Whether the token is this unquoted word. */
export function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.word === word
}
