import type { Change } from '../sql/change.js'

/** A piece of a text to be replaced; UTF-16 offsets. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Applies edits that do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = [...edits].sort((a, b) => b.start - a.start || b.end - a.end)
  return ordered.reduce((result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end), text)
}

/**
 * Takes actions out of their ALTER TABLE (or whole statements out of the file) and puts `replacement`, statements with semicolons, before
 * what is left of the first one.
 */
export function replaceActions(sql: string, removed: readonly Change[], all: readonly Change[], replacement: string): readonly Edit[] {
  const statements = [...new Set(removed.map((change) => change.statement))].sort((a, b) => a.start - b.start)
  return statements.map((statement, index) => {
    const lead = index === 0 ? replacement : ''
    const own = all.filter((change) => change.statement === statement)
    const gone = new Set(removed.map((change) => change.span?.start ?? change.statement.start))
    const spans = new Map(own.flatMap((change) => (change.span === undefined ? [] : [[change.span.start, change.span] as const])))
    const kept = [...spans.values()].filter((span) => !gone.has(span.start))
    const first = Math.min(...spans.keys())
    if (kept.length === 0) return { start: statement.start, end: endWithSemicolon(sql, statement.end), text: lead }
    const rest = `${sql.slice(statement.start, first)}${kept.map((span) => sql.slice(span.start, span.end)).join(',\n')}`
    return { start: statement.start, end: statement.end, text: `${lead}${lead === '' ? '' : '\n'}${rest}` }
  })
}

function endWithSemicolon(sql: string, end: number): number {
  const after = /^\s*;/.exec(sql.slice(end))
  return end + (after?.[0].length ?? 0)
}

/** Takes lines out of Prisma's warning header; an empty header goes altogether. */
export function dropWarnings(sql: string, isStale: (line: string) => boolean): string {
  const header = /^\s*\/\*\s*\n\s*Warnings:[\s\S]*?\*\/\n?/.exec(sql)?.[0]
  if (header === undefined) return sql
  const lines = header.split('\n').filter((line) => !(/^\s*-\s/.test(line) && isStale(line)))
  const isEmpty = !lines.some((line) => /^\s*-\s/.test(line))
  return `${isEmpty ? '' : lines.join('\n')}${sql.slice(header.length)}`
}
