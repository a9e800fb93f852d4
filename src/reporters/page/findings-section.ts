import type { Finding } from '../../rules/finding.js'
import { isBlocking } from '../../rules/is-blocking.js'
import type { Report } from '../../run/report.js'
import { renderCodeFrame } from '../code-frame.js'
import { noticeLevel, pathInRepository, type ReportProblem, withoutColours } from '../findings-of.js'
import { describeAcceptance, describeImpact } from '../text-findings.js'
import { type Block, type Cell, paragraph, type Section, section, type Tone } from './page.js'

const MOST_IN_FULL = 20

const LEVELS: Readonly<Record<string, { readonly text: string; readonly tone: Tone }>> = {
  block: { text: 'stops the run', tone: 'bad' },
  warn: { text: 'warning', tone: 'warning' },
  info: { text: 'information', tone: 'neutral' },
  off: { text: 'information', tone: 'neutral' },
}

/** Every finding in a line; those that stop a run in full, with the statement and what to write instead. */
export function findingsSections(report: Report, findings: readonly Finding[], problems: readonly ReportProblem[]): readonly Section[] {
  const open = findings.filter(isBlocking)
  return [
    ...section('What was at stake', [
      ...(findings.length === 0 ? [] : [renderTable(report, findings)]),
      ...problems.map(({ message, location }) =>
        paragraph(location === null ? message : `${message} (${pathInRepository(report, location.file)}:${location.line})`),
      ),
    ]),
    ...section('What has to be decided', [
      ...open.slice(0, MOST_IN_FULL).flatMap((finding) => describeFully(report, finding)),
      ...(open.length > MOST_IN_FULL ? [paragraph(`… and ${open.length - MOST_IN_FULL} more, which the table above names.`)] : []),
    ]),
  ]
}

function renderTable(report: Report, findings: readonly Finding[]): Block {
  const columns = [{ heading: 'Finding' }, { heading: 'Costs here' }, { heading: 'Decision' }, { heading: 'Where' }]
  const rows = findings.map((finding): readonly Cell[] => [
    { text: finding.message, details: [finding.rule] },
    { text: describeImpact(finding) || 'not measured' },
    decisionOf(finding),
    { text: placeOf(report, finding), isCode: true },
  ])
  return { kind: 'table', caption: 'Findings', columns, rows }
}

function decisionOf(finding: Finding): Cell {
  if (finding.accepted !== undefined) return { text: 'accepted', tone: 'good', details: [finding.accepted.reason] }
  return LEVELS[noticeLevel(finding)] ?? { text: finding.level }
}

function describeFully(report: Report, finding: Finding): readonly Block[] {
  const { message, why, instead } = finding
  const { words, comment } = describeAcceptance(finding)
  const isSql = /^[A-Z]{2}/.test(instead)
  return [
    { kind: 'heading', text: message, place: placeOf(report, finding) },
    { kind: 'code', text: withoutColours(renderCodeFrame(finding)), language: '' },
    paragraph(why),
    ...(instead === '' ? [] : isSql ? [paragraph('Instead:'), code(instead)] : [paragraph(`Instead: ${instead}`)]),
    paragraph(words),
    ...(comment === null ? [] : [code(comment)]),
  ]
}

function code(text: string): Block {
  return { kind: 'code', text, language: 'sql' }
}

function placeOf(report: Report, { location }: Finding): string {
  return `${pathInRepository(report, location.file)}:${location.line}`
}
