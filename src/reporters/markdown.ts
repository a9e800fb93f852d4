import type { Finding } from '../rules/finding.js'
import type { PlanReport, Report } from '../run/report.js'
import { formatQuantity } from '../util/format.js'
import { renderCodeFrame } from './code-frame.js'
import { findingsOf, noticeLevel, pathInRepository, withoutColours } from './findings-of.js'
import { code, escapeText, fence } from './markdown-text.js'
import { describeInvariants, describePage } from './page/describe-page.js'
import { renderMarkdownPage } from './page/markdown-page.js'
import { renderVerdict } from './text.js'
import { describeAcceptance, describeImpact } from './text-findings.js'

// Below what GitHub takes for a step summary.
const MOST_BYTES = 1_000_000
const SIGNS = { block: '🛑', warn: '⚠️', info: 'ℹ️', off: 'ℹ️' } as const

/** For step summaries and comments on pull requests. Of findings that were only looked for: the verdict, a table, and each one in full to be unfolded. */
export function renderMarkdown(report: Report, mostBytes: number = MOST_BYTES): string {
  return report.report === 'plan' ? renderPlan(report, mostBytes) : renderMarkdownPage(describePage(report), mostBytes)
}

function renderPlan(report: PlanReport, mostBytes: number): string {
  const { findings, problems } = findingsOf(report)
  const invariants = describeInvariants(report).map((line) => `- ⚠️ ${escapeText(line)}`)
  const notes = problems.map(
    ({ message, location }) => `- ⚠️ ${escapeText(message)}${location === null ? '' : ` ${renderPlace(report, location)}`}`,
  )
  const verdict = `**${escapeText(withoutColours(renderVerdict(report)).trim())}**`
  const head = [verdict, ...(notes.length + invariants.length === 0 ? [] : [[...invariants, ...notes].join('\n')])]
  if (findings.length === 0) return head.join('\n\n')
  const rows = findings.map((finding) => renderRow(report, finding))
  const table = keep(rows, mostBytes / 3, '| | | | |')
  const details = findings.filter((finding) => noticeLevel(finding) === 'block').map((finding) => renderDetails(report, finding))
  const left = mostBytes - Buffer.byteLength([...head, ...table].join('\n'))
  return [...head, ['| | Finding | Impact | Where |', '|---|---|---|---|', ...table].join('\n'), ...keep(details, left, '')].join('\n\n')
}

function renderRow(report: Report, finding: Finding): string {
  const accepted = finding.accepted === undefined ? '' : `<br>accepted: ${escapeText(finding.accepted.reason)}`
  const sign = finding.accepted === undefined ? SIGNS[finding.level] : '✅'
  return `| ${sign} | ${escapeText(finding.message)}${accepted} | ${escapeText(describeImpact(finding))} | ${renderPlace(report, finding.location)}<br>${code(finding.rule)} |`
}

function renderDetails(report: Report, finding: Finding): string {
  const { message, why, instead, location } = finding
  const { words, comment } = describeAcceptance(finding)
  return [
    `<details><summary>${escapeText(message)} ${renderPlace(report, location)}</summary>`,
    fence(withoutColours(renderCodeFrame(finding)), ''),
    escapeText(why),
    ...(instead === '' ? [] : [/^[A-Z]{2}/.test(instead) ? `Instead:\n\n${fence(instead, 'sql')}` : `Instead: ${escapeText(instead)}`]),
    escapeText(words),
    ...(comment === null ? [] : [fence(comment, 'sql')]),
    '</details>',
  ].join('\n\n')
}

function renderPlace(report: Report, { file, line }: Finding['location']): string {
  return code(`${pathInRepository(report, file)}:${line}`)
}

/** As many as fit into so many bytes, and how many were left out. */
function keep(parts: readonly string[], bytes: number, empty: string): readonly string[] {
  let used = 0
  const end = parts.findIndex((part) => {
    used += Buffer.byteLength(part) + 2
    return used > bytes
  })
  if (end === -1) return parts
  const note = `… ${formatQuantity(parts.length - end, 'more finding')}: run safe-migrate to see all of them.`
  return [...parts.slice(0, end), empty === '' ? note : empty.replace('| | |', `| | ${note} |`)]
}
