import { tokenize } from '../../sql/tokens.js'
import { POSTGRESQL_STYLE } from './parse-text.js'

/** Whether one of the texts uses a variable: by its own name (not as a table's column) or as the record of a field. */
export function mentionsVariable(texts: readonly (string | null)[], variables: readonly string[]): boolean {
  return texts.some((text) => text !== null && readVariableNames(text).some((name) => name === PARAMETER || variables.includes(name)))
}

/** `$1`. */
const PARAMETER = '$'

function readVariableNames(text: string): readonly string[] {
  const tokens = tokenize(text, POSTGRESQL_STYLE)
  return tokens.flatMap((token, index) => {
    if (token.word === PARAMETER && tokens[index + 1]?.kind === 'number') return [PARAMETER]
    const isField = tokens[index - 1]?.word === '.'
    const isCall = tokens[index + 1]?.word === '('
    if (isField || isCall || (token.kind !== 'word' && token.kind !== 'name')) return []
    const raw = text.slice(token.start, token.end)
    return [raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw.toLowerCase()]
  })
}
