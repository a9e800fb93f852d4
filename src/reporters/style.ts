import { bold, cyan, dim, green, red, underline, yellow } from 'kleur/colors'
import { displayWidth } from '../util/display-width.js'

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

/** Columns that text is laid out for: a narrow terminal's. */
export const WIDTH = 80

/** Breaks prose between words; line ends that are there already stay. */
export function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      const lines: string[] = []
      for (const word of line.split(' ')) {
        const last = lines.at(-1)
        if (last === undefined || displayWidth(last) + 1 + displayWidth(word) > columns) lines.push(word)
        else lines[lines.length - 1] = `${last} ${word}`
      }
      return lines.join('\n')
    })
    .join('\n')
}

/** Shortens SQL for one screen: at most `most` lines, said when there were more. */
export function limitLines(text: string, most: number): string {
  const lines = text.split('\n')
  return lines.length <= most ? text : [...lines.slice(0, most), `… ${lines.length - most} more lines`].join('\n')
}
