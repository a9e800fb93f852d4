import { stripVTControlCharacters } from 'node:util'
import { displayWidth } from '../util/display-width.js'
import { SIGNS } from './style.js'

/** Lines of code stay as they are. */
const CODE = /^\s*\d*\s*│/
/** What people copy: a command or a statement, to the end of the line. */
const COMMAND =
  /(?:safe-migrate|npx|npm|pnpm|prisma|git|apt|age|gh|rm|mv|chmod|chown|sudo|iconv|psql|SAFE_MIGRATE_\w+=|SELECT|ALTER|CREATE|DROP|GRANT|REVOKE|INSERT|UPDATE|DELETE)\b/
const ADVICE = new RegExp(`^(.*: )(${COMMAND.source}.*)$`)
const ONLY_COMMAND = new RegExp(`^${COMMAND.source}`)
const STEP = 2

/**
 * Breaks lines that are wider than the terminal between words; what follows stands under the beginning of the text. What is to be copied
 * is never broken: a command gets a line of its own, and words in backticks stay together.
 *
 * @param columns of the terminal
 */
export function fitLines(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => fitLine(line, columns))
    .join('\n')
}

function fitLine(line: string, columns: number): readonly string[] {
  const plain = stripVTControlCharacters(line)
  if (displayWidth(plain) <= columns || CODE.test(plain)) return [line]
  const [, blank = '', rest = ''] = /^(\s*)(.*)$/s.exec(line) ?? []
  if (ONLY_COMMAND.test(rest)) return [line]
  const hanging = blank + ' '.repeat(STEP)
  const [, prose, command] = ADVICE.exec(rest) ?? []
  if (prose !== undefined && command !== undefined) return [...breakWords(prose.trimEnd(), blank, hanging, columns), `${hanging}${command}`]
  return breakWords(rest, blank, isSigned(plain) ? hanging : blank === '' ? '' : hanging, columns)
}

function isSigned(plain: string): boolean {
  return [...Object.values(SIGNS), '○', '↺'].some((sign) => plain.trimStart().startsWith(`${sign} `))
}

function breakWords(text: string, first: string, next: string, columns: number): readonly string[] {
  const lines: string[] = []
  let [line, width] = [first, first.length]
  let isEmpty = true
  // Of one or more blanks, what is before a break goes with it.
  for (const [, blank = '', word = ''] of text.matchAll(/( *)((?:`[^`]*`|[^ ])+)/g)) {
    const own = displayWidth(stripVTControlCharacters(word))
    if (!isEmpty && width + blank.length + own > columns) {
      lines.push(line)
      line = next + word
      width = next.length + own
    } else {
      line += (isEmpty ? '' : blank) + word
      width += (isEmpty ? 0 : blank.length) + own
    }
    isEmpty = false
  }
  return [...lines, line]
}
