import { bold, cyan, dim, green, red, underline, yellow } from 'kleur/colors'

/** Words of one meaning each look the same on every screen. Colours are switched off as a whole by the command line. */
export const style = {
  heading: bold,
  bad: (text: string) => bold(red(text)),
  warning: yellow,
  good: green,
  quiet: dim,
  code: cyan,
  mark: underline,
} as const

export const SIGNS = { bad: '✖', warning: '▲', good: '✔', info: '·' } as const

/** Indents every line. */
export function indent(text: string, columns: number): string {
  const blank = ' '.repeat(columns)
  return text
    .split('\n')
    .map((line) => (line === '' ? line : blank + line))
    .join('\n')
}

/** Shortens SQL for one screen: at most `most` lines, said when there were more. */
export function limitLines(text: string, most: number): string {
  const lines = text.split('\n')
  return lines.length <= most ? text : [...lines.slice(0, most), `… ${lines.length - most} more lines`].join('\n')
}
