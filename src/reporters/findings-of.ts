import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { AcceptanceProblem } from '../findings/acceptance-problem.js'
import type { Finding, Level } from '../rules/finding.js'
import type { PlanReport, Report, RunReport } from '../run/report.js'

/** What a report complains of besides its findings; the location is null where it is about no file. */
export type ReportProblem = Pick<AcceptanceProblem, 'location' | 'message'>

/** What there is to annotate in a report: nothing in one that is not about migrations. */
export function findingsOf(report: Report): { readonly findings: readonly Finding[]; readonly problems: readonly ReportProblem[] } {
  if (!('findings' in report)) return { findings: [], problems: [] }
  return { findings: report.findings, problems: problemsOf(report) }
}

/** Acceptances that count for nothing, and what is wrong with migration files. */
export function problemsOf(report: PlanReport | RunReport): readonly ReportProblem[] {
  return [...report.acceptanceProblems, ...('historyProblems' in report ? report.historyProblems : [])]
}

/** A file of a report as GitHub calls it: from the root of the repository, with `/`. */
export function pathInRepository(report: Report, file: string): string {
  const known = report.report === 'error' ? report.known : report
  const folder = known !== undefined && 'pathInRepository' in known ? (known.pathInRepository ?? '') : ''
  return path.isAbsolute(file) ? file : path.posix.normalize(path.posix.join(folder, file.split(path.sep).join('/')))
}

/** What an accepted finding means to those who read annotations: nothing to be done. */
export function noticeLevel(finding: Finding): Level {
  return finding.accepted === undefined ? finding.level : 'info'
}

/** Text for places without colours. */
export function withoutColours(text: string): string {
  return stripVTControlCharacters(text)
}
