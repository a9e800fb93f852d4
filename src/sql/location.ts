import type { Location, SqlSource } from './statement.js'

/** Lines and columns of a span of UTF-16 offsets. Lines end with LF, as editors and Prisma count them. */
export function locate(source: SqlSource, start: number, end: number): Location {
  const from = lineAndColumn(source.sql, start)
  const to = lineAndColumn(source.sql, end)
  return { file: source.file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1
  let lineStart = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    lineStart = at + 1
  }
  return { line, column: offset - lineStart + 1 }
}
