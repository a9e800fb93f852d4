import type { Finding } from '../rules/finding.js'
import type { Report } from '../run/report.js'
import { formatQuantity } from '../util/format.js'
import { renderCodeFrame } from './code-frame.js'
import { findingsOf, noticeLevel, pathInRepository, withoutColours } from './findings-of.js'
import { renderVerdict } from './text.js'
import { describeAcceptance, describeImpact } from './text-findings.js'

// GitHub takes a mebibyte for a step summary. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
const MOST_BYTES = 1_000_000
const SIGNS = { block: '🛑', warn: '⚠️', info: 'ℹ️', off: 'ℹ️' } as const

/** For step summaries and comments on pull requests: the verdict, a table of findings, and each one in full to be unfolded. */
export function renderMarkdown(report: Report): string {
  const { findings, problems } = findingsOf(report)
  const notes = problems.map(
    ({ message, location }) => `- ⚠️ ${escapeText(message)}${location === null ? '' : ` ${renderPlace(report, location)}`}`,
  )
  const head = [renderHead(report), ...(notes.length === 0 ? [] : [notes.join('\n')])]
  if (findings.length === 0) return head.join('\n\n')
  const rows = findings.map((finding) => renderRow(report, finding))
  const table = keep(rows, MOST_BYTES / 3, '| | | | |')
  const details = findings.filter((finding) => noticeLevel(finding) === 'block').map((finding) => renderDetails(report, finding))
  const left = MOST_BYTES - Buffer.byteLength([...head, ...table].join('\n'))
  return [...head, ['| | Finding | Impact | Where |', '|---|---|---|---|', ...table].join('\n'), ...keep(details, left, '')].join('\n\n')
}

function renderHead(report: Report): string {
  const text = withoutColours(renderVerdict(report)).trim()
  const [first = '', ...rest] = text.split('\n')
  if (report.report === 'plan' || rest.length === 0) return `**${escapeText(text)}**`
  return [`**${escapeText(first)}**`, ...(rest.join('').trim() === '' ? [] : [fence(rest.join('\n'), '')])].join('\n\n')
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

/** Text that Markdown and HTML leave as it is, in one line; `@` does not call anybody. */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]#|~$]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll('@', '@<!-- -->')
    .replace(/\s*\r?\n\s*/g, '<br>')
}

/** HTML, as a code span of Markdown cannot hold every name. */
function code(text: string): string {
  return `<code>${escapeText(text)}</code>`
}

function fence(text: string, language: string): string {
  const marks = '`'.repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length + 1)))
  return `${marks}${language}\n${text}\n${marks}`
}
