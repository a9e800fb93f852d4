import type { Finding, Level } from '../rules/finding.js'
import type { Report } from '../run/report.js'
import type { Location } from '../sql/statement.js'
import { findingsOf, noticeLevel, pathInRepository, withoutColours } from './findings-of.js'
import { renderVerdict } from './text.js'
import { describeAcceptance, describeImpact } from './text-findings.js'

const COMMANDS: Readonly<Record<Level, 'error' | 'warning' | 'notice'>> = { block: 'error', warn: 'warning', info: 'notice', off: 'notice' }
// GitHub shows ten annotations of a kind for each step: the gravest first.
const ORDER: readonly Level[] = ['block', 'warn', 'info', 'off']

/** Workflow commands that annotate the files of a pull request. The last line is the verdict, for the log. */
export function renderGithub(report: Report): string {
  const { findings, problems } = findingsOf(report)
  const sorted = ORDER.flatMap((level) => findings.filter((finding) => noticeLevel(finding) === level))
  return [
    ...sorted.map((finding) => annotateFinding(report, finding)),
    ...problems.map((problem) => annotate('warning', problem.message, placeOf(report, problem.location, 'safe-migrate'))),
    ...(report.report === 'error' ? [annotateError(report.error)] : [neutralize(withoutColours(renderVerdict(report)))]),
  ].join('\n')
}

function annotateFinding(report: Report, finding: Finding): string {
  const impact = describeImpact(finding)
  const { words, comment } = describeAcceptance(finding)
  const text = [
    impact === '' ? finding.message : `${finding.message} ${impact}`,
    ...(finding.accepted === undefined
      ? [finding.why, ...(finding.instead === '' ? [] : [`Instead: ${finding.instead}`])]
      : [`Accepted: ${finding.accepted.reason}`]),
    ...(noticeLevel(finding) === 'block' ? [words, ...(comment === null ? [] : [comment])] : []),
  ]
  const title = `${finding.rule} (${finding.severity})`
  return annotate(COMMANDS[noticeLevel(finding)], text.join('\n'), placeOf(report, finding.location, title))
}

function annotateError({ message, why, next }: Extract<Report, { report: 'error' }>['error']): string {
  return annotate('error', [message, ...(why === null ? [] : [why]), ...next].join('\n'), { title: 'safe-migrate' })
}

// A column is only allowed where the annotation is one line long.
function placeOf(report: Report, location: Location | null, title: string): Readonly<Record<string, string | number>> {
  if (location === null) return { title }
  const { file, line, column, endLine } = location
  return { file: pathInRepository(report, file), line, endLine, ...(line === endLine ? { col: column } : {}), title }
}

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands, escaped as actions/toolkit does. */
function annotate(command: string, text: string, properties: Readonly<Record<string, string | number>>): string {
  const written = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
  return `::${command} ${written.join(',')}::${escapeData(text)}`
}

/** Text of a log that is no workflow command, whatever a database or a table name says. */
function neutralize(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [')
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
