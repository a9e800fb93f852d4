import type { ParsedSql } from '../databases/database.js'
import type { Acceptance, Finding } from '../rules/finding.js'
import { locate } from '../sql/location.js'
import type { AcceptanceFile } from './acceptance-file.js'
import type { AcceptanceProblem } from './acceptance-problem.js'
import { type AllowComment, readAllowComments } from './allow-comments.js'
import { isNamedBy, type SameName, writePath } from './object-path.js'
import { findRecordProblems, matchRecords } from './recorded-acceptance.js'
import { findStatementSpan } from './statement-span.js'

/** Gives findings the acceptances that were given for them, in comments or in the acceptance file. A comment counts for its statement only. */
export function applyAcceptances(
  findings: readonly Finding[],
  parsed: readonly ParsedSql[],
  recorded: AcceptanceFile | null = null,
): { readonly findings: readonly Finding[]; readonly problems: readonly AcceptanceProblem[] } {
  const comments = parsed.flatMap(readAllowComments)
  const bonds = bindComments(comments, findings)
  const records = matchRecords(recorded?.acceptances ?? [], findings, parsed)
  const accept = (finding: Finding): Acceptance | null => {
    const own = bonds.byFinding.get(finding) ?? []
    const comment = own.find((one) => one.problem === null && accepts(one, finding, bonds.byComment.get(one) ?? []))
    if (comment !== undefined && finding.protected === undefined) return { reason: comment.reason, via: 'comment' }
    const record = records.get(finding)
    return record === undefined ? null : { reason: record.reason, via: 'file' }
  }
  const judged = findings.map((finding) => {
    const accepted = accept(finding)
    return accepted === null ? finding : { ...finding, accepted }
  })
  const problems = comments.flatMap((comment) => describeProblem(comment, bonds.byComment.get(comment) ?? []))
  return {
    findings: judged,
    problems: [...problems, ...(recorded === null ? [] : findRecordProblems(recorded, findings, records, parsed))],
  }
}

interface Bonds {
  readonly byFinding: ReadonlyMap<Finding, readonly AllowComment[]>
  readonly byComment: ReadonlyMap<AllowComment, readonly Finding[]>
}

/** A comment is bound to the findings of its statement, and of the pattern that this was folded into. Both lists are in order. */
function bindComments(comments: readonly AllowComment[], findings: readonly Finding[]): Bonds {
  const byFinding = new Map<Finding, AllowComment[]>()
  const byComment = new Map<AllowComment, Finding[]>()
  for (const source of new Set(comments.map((comment) => comment.source))) {
    const here = findings.filter(({ migration, location }) => migration === source.migration && location.file === source.file)
    const placed = here.map((finding) => ({ finding, ...findStatementSpan(source, finding) }))
    for (const comment of comments.filter((one) => one.source === source)) {
      const met = placed.filter((span) => comment.bound.some(({ start, end }) => start >= span.start && end <= span.end))
      byComment.set(
        comment,
        met.map(({ finding }) => finding),
      )
      for (const { finding } of met) byFinding.set(finding, [...(byFinding.get(finding) ?? []), comment])
    }
  }
  return { byFinding, byComment }
}

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
  const isNamed = (object: Finding['objects'][number]) => isNamedBy(path, object, isSame, defaultSchema)
  const [first] = finding.objects
  if (first === undefined || !isNamed(first)) return false
  return finding.kind !== 'loss' || first.table === undefined || finding.objects.every(isNamed)
}

function describeProblem(comment: AllowComment, own: readonly Finding[]): readonly AcceptanceProblem[] {
  const place = { migration: comment.source.migration, location: locate(comment.source, comment.start, comment.end) }
  if (comment.problem !== null) return [{ ...place, ...comment.problem }]
  const meant = own.filter((finding) => accepts(comment, finding, own))
  const names = [...new Set(meant.flatMap((finding) => finding.protected ?? []))]
  if (names.length > 0) {
    const message = `No comment can accept this: it touches ${names.join(', ')}, which the configuration protects. Use safe-migrate accept.`
    return [{ ...place, kind: 'protected', message }]
  }
  if (meant.length > 0) return []
  const name = comment.path.length === 0 ? '' : ` of ${writePath(comment.path)}`
  const hint =
    own.length === 0 ? 'That statement has no finding.' : `That statement has: ${[...new Set(own.map(({ rule }) => rule))].join(', ')}.`
  return [
    { ...place, kind: 'unused', message: `It accepts nothing: there is no ${comment.rule}${name} in the statement below it. ${hint}` },
  ]
}
