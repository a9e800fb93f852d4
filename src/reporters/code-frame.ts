import type { Finding } from '../rules/finding.js'
import { type Cell, splitIntoCells } from '../util/display-width.js'
import { style } from './style.js'

const WIDTH = 72 // columns of code: with gutter and indent it fits a terminal of 80
const MOST_LINES = 4 // after the one that is marked
const MOST_READ = 4 * WIDTH
const SOME_BEFORE = 16
const [CUT_BEFORE, CUT_AFTER] = ['… ', ' …']

/** A line of the statement; `marks` is what stands below it. */
interface FrameLine {
  readonly number: number | null
  readonly text: string
  readonly marks: string
}

/**
 * The lines of the statement that the finding is about, with their numbers in the file, and `^^^` below what it is about.
 * Everything else of a long statement is left out, and said to be.
 */
export function renderCodeFrame(finding: Pick<Finding, 'statement' | 'offset' | 'location'>): string {
  const lines = layOut(finding)
  const gutter = Math.max(...lines.map(({ number }) => String(number ?? '').length))
  return lines
    .flatMap(({ number, text, marks }) => [
      `${style.quiet(`${String(number ?? '').padStart(gutter)} │`)} ${number === null ? style.quiet(text) : style.code(text)}`,
      ...(marks === '' ? [] : [`${style.quiet(`${' '.repeat(gutter)} │`)} ${style.bad(marks)}`]),
    ])
    .map((line) => line.trimEnd())
    .join('\n')
}

function layOut(finding: Pick<Finding, 'statement' | 'offset' | 'location'>): readonly FrameLine[] {
  const { statement, offset, location } = finding
  const lines = splitLines(statement)
  const first = lines.findLastIndex(({ start }) => start <= offset)
  const last = Math.min(lines.length - 1, first + location.endLine - location.line)
  const end = endOf(finding, lines[last]?.start ?? 0, first === last)
  const plain = (index: number) => layOutLine(lines[index]?.text ?? '', 0, 0, location.line - first + index)
  const before = first <= 2 ? range(0, first).map(plain) : [plain(0), gap(first - 1)]
  // One row of marks is enough: below the line where it begins.
  const { text = '', start = 0 } = lines[first] ?? {}
  const marked = layOutLine(text, offset - start, Math.min(end - start, text.length), location.line)
  const after = range(first + 1, last + 1)
  const rest =
    after.length <= MOST_LINES ? after.map(plain) : [...after.slice(0, MOST_LINES - 1).map(plain), gap(after.length - MOST_LINES + 1)]
  return [...before, marked, ...rest]
}

function endOf({ statement, offset, location }: Pick<Finding, 'statement' | 'offset' | 'location'>, lineStart: number, isOneLine: boolean) {
  const end = isOneLine ? offset + location.endColumn - location.column : lineStart + location.endColumn - 1
  return Math.min(end, statement.length)
}

function gap(count: number): FrameLine {
  return { number: null, text: `… ${count} more ${count === 1 ? 'line' : 'lines'}`, marks: '' }
}

function splitLines(text: string): readonly { readonly text: string; readonly start: number }[] {
  let start = 0
  return text.split('\n').map((line) => {
    const own = { text: line.replace(/\r$/, ''), start }
    start += line.length + 1
    return own
  })
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

/** Cuts a line to what fits, so that the beginning of what is marked is seen with a little of what stands before it. */
function layOutLine(line: string, from: number, to: number, number: number): FrameLine {
  const skipped = line.length <= MOST_READ ? 0 : Math.max(0, from - WIDTH) // a line may be megabytes long
  const cells = splitIntoCells(line.slice(skipped, skipped + MOST_READ))
  const isMarked = (cell: Cell) => cell.offset + skipped >= from && cell.offset + skipped < to
  const room = WIDTH - CUT_BEFORE.length - CUT_AFTER.length
  const before = room - Math.min(widthOf(cells.filter(isMarked)), room - SOME_BEFORE)
  const begin = widthOf(cells) <= WIDTH ? 0 : countFitting(cells, widthOf(cells.slice(0, Math.max(0, cells.findIndex(isMarked)))) - before)
  const tail = cells.slice(begin)
  const seen = begin + skipped === 0 && widthOf(tail) <= WIDTH ? tail : tail.slice(0, countFitting(tail, room))
  const lead = begin + skipped > 0 ? CUT_BEFORE : ''
  const isCut = seen.length < tail.length || skipped + MOST_READ < line.length
  const marks = seen.map((cell) => (isMarked(cell) ? '^' : ' ').repeat(cell.width)).join('')
  return {
    number,
    text: `${lead}${seen.map(({ text }) => text).join('')}${isCut ? CUT_AFTER : ''}`,
    marks: marks.trim() === '' ? '' : `${' '.repeat(lead.length)}${marks.trimEnd()}`,
  }
}

function widthOf(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0)
}

/** How many cells, from the first on, fit into so many columns. */
function countFitting(cells: readonly Cell[], columns: number): number {
  let used = 0
  const end = cells.findIndex(({ width }) => {
    used += width
    return used > columns
  })
  return end === -1 ? cells.length : end
}
