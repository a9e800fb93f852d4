import type { Location, SqlSource } from './statement.js'

/** Lines and columns of a span of UTF-16 offsets. Lines end with LF, as editors and Prisma count them. */
export function locate(source: SqlSource, start: number, end: number): Location {
  const starts = lineStarts(source)
  const from = lineAndColumn(starts, start)
  const to = lineAndColumn(starts, end)
  return { file: source.file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
}

/** The UTF-16 offset of a line and column, both from 1. */
export function offsetOf(source: SqlSource, line: number, column: number): number {
  return (lineStarts(source)[line - 1] ?? 0) + column - 1
}

/** Files of ten thousand statements are asked ten thousand times. */
const known = new WeakMap<SqlSource, readonly number[]>()

function lineStarts(source: SqlSource): readonly number[] {
  const before = known.get(source)
  if (before !== undefined) return before
  const starts = [0]
  for (let at = source.sql.indexOf('\n'); at !== -1; at = source.sql.indexOf('\n', at + 1)) starts.push(at + 1)
  known.set(source, starts)
  return starts
}

function lineAndColumn(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0
  let high = starts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}
