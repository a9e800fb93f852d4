import type { ParsedSql } from '../databases/database.js'
import type { Finding, ObjectRef } from '../rules/finding.js'
import { rules } from '../rules/index.js'
import { locate } from '../sql/location.js'
import type { Location } from '../sql/statement.js'

/** An `allow` comment that accepts nothing, and why. */
export interface AcceptanceProblem {
  readonly migration: string
  readonly location: Location
  /** One sentence. */
  readonly message: string
}

/** What a person wrote above a statement: `-- safe-migrate: allow drop-column User.name -- copied to Profile.name` */
interface AllowComment {
  readonly source: ParsedSql['source']
  readonly start: number
  readonly end: number
  readonly rule: string
  /** Parts of the name, quotes taken away; empty when every object of the statement is meant. */
  readonly path: readonly string[]
  readonly reason: string | null
  readonly problem: string | null
  /** What a name without a schema means. */
  readonly defaultSchema: string | null
}

const MARK = /^--\s*safe-migrate\s*:\s*/i
const FORM = /^allow\s+([a-z][a-z-]*)((?:\s+(?:(?!--).)+?)?)\s*(?:--\s*(.*))?$/i

/** Gives findings the acceptances that were written for them. A comment counts for the next statement, or for the one it stands in. */
export function applyAcceptances(
  findings: readonly Finding[],
  parsed: readonly ParsedSql[],
): { readonly findings: readonly Finding[]; readonly unused: readonly AcceptanceProblem[] } {
  const comments = parsed.flatMap((file) => readComments(file).map((comment) => ({ comment, bound: bindToStatement(comment, file) })))
  const used = new Set<AllowComment>()
  const accepted = findings.map((finding) => {
    const found = comments.find(
      ({ comment, bound }) =>
        comment.problem === null &&
        isBound(bound, finding) &&
        accepts(
          comment,
          finding,
          findings.filter((other) => isBound(bound, other)),
        ),
    )
    if (found === undefined) return finding
    used.add(found.comment)
    return { ...finding, accepted: { reason: found.comment.reason ?? '', via: 'comment' as const } }
  })
  const unused = comments
    .filter(({ comment }) => !used.has(comment))
    .filter(({ comment, bound }) => comment.problem !== null || !isTwin(comment, bound, findings))
  return { findings: accepted, unused: unused.map(({ comment, bound }) => describeProblem(comment, bound, findings)) }
}

interface Bound {
  readonly source: ParsedSql['source']
  readonly start: number
  readonly end: number
}

function readComments(file: ParsedSql): readonly AllowComment[] {
  return file.comments.flatMap(({ start, end, text }) => {
    if (!MARK.test(text)) return []
    const parsed = FORM.exec(text.replace(MARK, '').trim())
    const reason = parsed?.[3]?.trim() ?? ''
    const rule = parsed?.[1]?.toLowerCase() ?? ''
    const path = parsed === null ? null : readPath((parsed[2] ?? '').trim())
    const problem = findProblem(file, start, rule, path, reason)
    return [
      {
        source: file.source,
        start,
        end,
        rule,
        path: path ?? [],
        reason: reason === '' ? null : reason,
        problem,
        defaultSchema: file.dialect.defaultSchema,
      },
    ]
  })
}

function findProblem(file: ParsedSql, start: number, rule: string, path: readonly string[] | null, reason: string): string | null {
  if (rule === '' || path === null) return 'It is not of the form: -- safe-migrate: allow <rule> <Table.column> -- <reason>'
  if (!rules.some((known) => known.id === rule)) return `There is no rule ${rule}.`
  if (reason === '') return `It has no reason, so it does not count: -- safe-migrate: allow ${rule} … -- <reason>`
  const line = file.source.sql.slice(file.source.sql.lastIndexOf('\n', start - 1) + 1, start)
  const isAfterStatement = file.statements.some((statement) => statement.end <= start && statement.end > start - line.length)
  return isAfterStatement && !file.statements.some((one) => one.start < start && one.end > start)
    ? 'It stands behind a statement; write it on a line of its own above.'
    : null
}

/** `Table`, `Table.column`, `schema."My Table".column`; null when it is not a name. */
function readPath(text: string): readonly string[] | null {
  if (text === '') return []
  const parts = text.match(/"(?:[^"]|"")+"|[^."\s]+|\./g) ?? []
  const names = parts.filter((_, index) => index % 2 === 0)
  const isPath = parts.length === names.length * 2 - 1 && parts.every((part, index) => (index % 2 === 1 ? part === '.' : part !== '.'))
  if (!isPath || parts.join('') !== text) return null
  return names.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part))
}

/** The statement it stands in, else the next one; null at the end of the file. */
function bindToStatement(comment: AllowComment, file: ParsedSql): Bound | null {
  const { source } = file
  const spans = file.changes.map(({ statement, through }) => ({ source, start: statement.start, end: (through ?? statement).end }))
  const inside = spans.find((span) => span.start < comment.start && span.end > comment.end)
  const next = file.statements.find((statement) => statement.start >= comment.end)
  return inside ?? (next === undefined ? null : { source, start: next.start, end: next.end })
}

/** Bound to the finding's statement, or to a statement within the pattern that was folded into it. */
function isBound(bound: Bound | null, finding: Finding): boolean {
  if (bound === null || bound.source.migration !== finding.migration || bound.source.file !== finding.location.file) return false
  return findSpans(bound.source.sql, finding).some(([start, end]) => bound.start >= start && bound.end <= end)
}

/** Where the finding's statement stands; the same text may stand in several places, of which the one that holds its location is meant. */
function findSpans(sql: string, finding: Finding): readonly (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = []
  const at = offsetOf(sql, finding.location.line, finding.location.column)
  for (let start = sql.indexOf(finding.statement); start !== -1; start = sql.indexOf(finding.statement, start + 1)) {
    const end = start + finding.statement.length
    if (start <= at && at < end) spans.push([start, end])
  }
  return spans
}

function offsetOf(sql: string, line: number, column: number): number {
  let offset = 0
  for (let current = 1; current < line; current++) offset = sql.indexOf('\n', offset) + 1
  return offset + column - 1
}

type SameName = (written: string, name: string) => boolean
const exactly: SameName = (written, name) => written === name
const inAnyCase: SameName = (written, name) => written.toLowerCase() === name.toLowerCase()

/** Whether the comment is for this finding. Letter case counts where the statement has a finding whose name is written just so. */
function accepts(comment: AllowComment, finding: Finding, ofStatement: readonly Finding[]): boolean {
  if (comment.rule !== finding.rule) return false
  if (comment.path.length === 0 || covers(comment, finding, exactly)) return true
  return covers(comment, finding, inAnyCase) && !ofStatement.some((other) => other.rule === comment.rule && covers(comment, other, exactly))
}

/** A loss is accepted when all that goes is named, or the thing that takes it along (a type, a schema). */
function covers({ path, defaultSchema }: AllowComment, finding: Finding, isSame: SameName): boolean {
  // Without a connection the default schema is left out of findings.
  const short = path.length > 1 && path[0] === defaultSchema ? path.slice(1) : path
  const isNamed = (object: ObjectRef) => names(path, object, isSame) || (object.schema === undefined && names(short, object, isSame))
  const [first] = finding.objects
  if (first === undefined || !isNamed(first)) return false
  return finding.kind !== 'loss' || first.table === undefined || finding.objects.every(isNamed)
}

/** The parts name the object from its end; a column never without its table. */
function names(path: readonly string[], object: ObjectRef, isSame: SameName): boolean {
  const table = [object.schema, object.table ?? object.type].filter((part) => part !== undefined)
  const isEnd = (whole: readonly string[]) =>
    whole.length >= path.length && path.every((part, index) => isSame(part, whole[whole.length - path.length + index] ?? ''))
  return isEnd(table) || (object.column !== undefined && path.length > 1 && isEnd([...table, object.column]))
}

/** A second comment for a finding that another one accepted already is no problem. */
function isTwin(comment: AllowComment, bound: Bound | null, findings: readonly Finding[]): boolean {
  const own = findings.filter((finding) => isBound(bound, finding))
  return own.some((finding) => accepts(comment, finding, own))
}

function describeProblem(comment: AllowComment, bound: Bound | null, findings: readonly Finding[]): AcceptanceProblem {
  const place = { migration: comment.source.migration, location: locate(comment.source, comment.start, comment.end) }
  if (comment.problem !== null) return { ...place, message: comment.problem }
  const name = comment.path.length === 0 ? '' : ` of ${comment.path.join('.')}`
  const others = findings.filter((finding) => isBound(bound, finding)).map((finding) => finding.rule)
  const hint = others.length === 0 ? 'That statement has no finding.' : `That statement has: ${[...new Set(others)].join(', ')}.`
  return { ...place, message: `It accepts nothing: there is no ${comment.rule}${name} in the statement below it. ${hint}` }
}
