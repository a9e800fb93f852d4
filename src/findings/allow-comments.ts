import type { ParsedSql } from '../databases/database.js'
import { rules } from '../rules/index.js'
import { suggestNearest } from '../util/nearest.js'
import type { ProblemKind } from './acceptance-problem.js'
import { readPath } from './object-path.js'

/** What a person wrote above a statement: `-- safe-migrate: allow drop-column User.name -- copied to Profile.name` */
export interface AllowComment {
  readonly source: ParsedSql['source']
  readonly start: number
  readonly end: number
  readonly rule: string
  /** Parts of the name, quotes taken away; empty when every object of the statement is meant. */
  readonly path: readonly string[]
  readonly reason: string
  /** Why it cannot count, whatever it is bound to. */
  readonly problem: { readonly kind: ProblemKind; readonly message: string } | null
  /** What a name without a schema means. */
  readonly defaultSchema: string | null
  /** The statement it is for, and where that is a part of a pattern of several, the whole pattern. */
  readonly bound: readonly Span[]
}

export interface Span {
  readonly start: number
  readonly end: number
}

const MARK = /^safe-migrate\s*:\s*/i
/** What somebody who meant an acceptance may have written. */
const MEANT = /^safe[-_ ]?migrate\b[\s:,-]*(?:allow|accept|ignore|disable)\b/i
const FORM = /^allow\s+([a-z][a-z-]*)((?:\s+(?:(?!--).)+?)?)\s*(?:--\s*(.*))?$/is
const FORM_TEXT = '-- safe-migrate: allow <rule> <Table.column> -- <reason>'

/** Every comment of the file that is, or was meant as, an acceptance; not those in strings and function bodies. */
export function readAllowComments(file: ParsedSql): readonly AllowComment[] {
  const patterns = file.changes.map(({ statement, through }) => ({ start: statement.start, end: (through ?? statement).end }))
  return file.comments.flatMap(({ start, end, text }) => {
    const inside = contentOf(text)
    if (!MARK.test(inside) && !MEANT.test(inside)) return []
    const parsed = MARK.test(inside) ? FORM.exec(inside.replace(MARK, '').trim()) : null
    const reason = parsed?.[3]?.trim() ?? ''
    const rule = parsed?.[1]?.toLowerCase() ?? ''
    const path = parsed === null ? null : readPath((parsed[2] ?? '').trim())
    const problem = findProblem(file, start, rule, path, reason)
    const { defaultSchema } = file.dialect
    return [
      { source: file.source, start, end, rule, path: path ?? [], reason, problem, defaultSchema, bound: bind(file, patterns, start, end) },
    ]
  })
}

function contentOf(comment: string): string {
  return (comment.startsWith('--') ? comment.slice(2) : comment.slice(2).replace(/\*\/$/, '')).trim()
}

function findProblem(
  file: ParsedSql,
  start: number,
  rule: string,
  path: readonly string[] | null,
  reason: string,
): AllowComment['problem'] {
  if (rule === '' || path === null) return { kind: 'malformed', message: `It is not of the form: ${FORM_TEXT}` }
  const ids = rules.map((known) => known.id)
  if (!ids.includes(rule)) return { kind: 'unknown-rule', message: `There is no rule ${rule}${suggestNearest(rule, ids) || '.'}` }
  // What the hint shows is there to be replaced.
  if (reason === '' || /^<[^>]*>$/.test(reason))
    return { kind: 'no-reason', message: `It has no reason, so it does not count: -- safe-migrate: allow ${rule} … -- <reason>` }
  const line = file.source.sql.slice(file.source.sql.lastIndexOf('\n', start - 1) + 1, start)
  const isAfterStatement = file.statements.some((statement) => statement.end <= start && statement.end > start - line.length)
  return isAfterStatement && !file.statements.some((one) => one.start < start && one.end > start)
    ? { kind: 'misplaced', message: 'It stands behind a statement; write it on a line of its own above.' }
    : null
}

/** The statement it stands in, before its semicolon too, else the next one; none at the end of the file. */
function bind(file: ParsedSql, patterns: readonly Span[], start: number, end: number): readonly Span[] {
  const around = patterns.filter((span) => span.start < start && span.end > end)
  const previous = file.statements.findLast((statement) => statement.end <= start)
  const own =
    previous !== undefined && !isClosed(file, previous.end, start)
      ? previous
      : file.statements.find((statement) => statement.end > end && (statement.start >= end || statement.start < start))
  return own === undefined ? around : [...around, { start: own.start, end: own.end }]
}

function isClosed(file: ParsedSql, from: number, to: number): boolean {
  const comments = file.comments.filter((comment) => comment.start >= from && comment.end <= to)
  let [text, position] = ['', from]
  for (const comment of comments) {
    text += file.source.sql.slice(position, comment.start)
    position = comment.end
  }
  return (text + file.source.sql.slice(position, to)).includes(';')
}
