import { shortName } from '../findings/object-path.js'
import type { Finding, Impact } from '../rules/finding.js'
import { isBlocking } from '../rules/is-blocking.js'
import { displayWidth } from '../util/display-width.js'
import { formatQuantity } from '../util/format.js'
import { renderCodeFrame } from './code-frame.js'
import type { ReportProblem } from './findings-of.js'
import { indent, limitLines, SIGNS, style, WIDTH, wrap } from './style.js'

/** All findings: what stops the run in full, warnings with their SQL, the rest in a line each. */
export function renderFindings(findings: readonly Finding[], problems: readonly ReportProblem[]): string {
  const blocking = findings.filter(isBlocking)
  const warnings = findings.filter(isWarning)
  const rest = findings.filter((finding) => !isBlocking(finding) && !isWarning(finding))
  const lines = [...rest.map(renderLine), ...problems.map(renderProblem)].join('\n')
  return [...blocking.map(renderFinding), ...warnings.map(renderWarning), lines].filter((block) => block !== '').join('\n')
}

function isWarning(finding: Finding): boolean {
  return finding.accepted === undefined && finding.level === 'warn'
}

/** One finding in full: what, how much, where, why, what to write instead, how to accept it. */
export function renderFinding(finding: Finding): string {
  return [
    ...renderHead(finding, style.bad(SIGNS.bad), style.bad),
    indent(wrap(finding.why, WIDTH - 2), 2),
    ...(finding.instead === '' ? [] : [indent(`Instead: ${limitLines(finding.instead, 8)}`, 2)]),
    style.quiet(renderAcceptance(finding)),
    '',
  ].join('\n')
}

function renderWarning(finding: Finding): string {
  return [...renderHead(finding, style.warning(SIGNS.warning), style.warning), ''].join('\n')
}

function renderHead(finding: Finding, sign: string, emphasis: (text: string) => string): readonly string[] {
  const impact = describeImpact(finding)
  const isShort = displayWidth(`${SIGNS.bad} ${finding.message}  ${impact}`) <= WIDTH
  const { file, line, column } = finding.location
  return [
    `${sign} ${style.heading(finding.message)}${isShort && impact !== '' ? `  ${emphasis(impact)}` : ''}`,
    ...(isShort || impact === '' ? [] : [indent(emphasis(impact), 2)]),
    `  ${style.quiet(`${file}:${line}:${column}  ${finding.severity} ${finding.rule}`)}`,
    indent(renderCodeFrame(finding), 2),
  ]
}

function renderLine(finding: Finding): string {
  const { location } = finding
  const sign = finding.accepted
    ? style.good(SIGNS.good)
    : finding.level === 'info' || finding.level === 'off'
      ? style.quiet(SIGNS.info)
      : style.warning(SIGNS.warning)
  const note = finding.accepted ? `accepted: ${finding.accepted.reason}` : ''
  const place = style.quiet(`${location.file}:${location.line}:${location.column} ${finding.rule}`)
  return [`${sign} ${finding.message}`, describeImpact(finding), note, place].filter((part) => part !== '').join('  ')
}

function renderProblem(problem: ReportProblem): string {
  const { location, message } = problem
  return `${style.warning(SIGNS.warning)} ${message}${location === null ? '' : `  ${style.quiet(`${location.file}:${location.line}`)}`}`
}

function renderAcceptance(finding: Finding): string {
  const { words, comment } = describeAcceptance(finding)
  return [indent(wrap(words, WIDTH - 2), 2), ...(comment === null ? [] : [indent(comment, 4)])].join('\n')
}

/** How a finding can be accepted, in words, with the comment to paste where one can do it. */
export function describeAcceptance(finding: Finding): { readonly words: string; readonly comment: string | null } {
  return finding.protected === undefined
    ? { words: 'To accept it (safe-migrate accept, where the file may not change any more):', comment: acceptanceComment(finding) }
    : { words: `${finding.protected.join(', ')} is protected: only safe-migrate accept can accept it, no comment.`, comment: null }
}

/** The comment that accepts a finding, ready to paste. */
export function acceptanceComment(finding: Finding): string {
  const name = finding.objects[0] === undefined ? '' : ` ${shortName(finding.objects[0])}`
  return `-- safe-migrate: allow ${finding.rule}${name} -- <reason>`
}

/** `214 values lost`, `all 12 rows lost, 30 rows of Order deleted`, `not measured: …`. */
export function describeImpact({ impact, kind }: Finding): string {
  if (impact === undefined) return ''
  if (!impact.measured) return describeEstimate(impact)
  const parts = kind === 'failure' ? describeFailing(impact) : describeLoss(impact)
  if (parts.length === 0) return 'nothing at stake here'
  return impact.atMost === undefined ? parts.join(', ') : `at most ${parts.join(', ')}: ${impact.atMost}`
}

function describeEstimate({ why, estimate }: Extract<Impact, { measured: false }>): string {
  if (estimate === undefined) return `not measured: ${why}`
  const { rows, values } = estimate
  const parts = [
    ...(rows === undefined ? [] : [formatQuantity(rows, 'row')]),
    ...(values === undefined ? [] : [formatQuantity(values, 'value')]),
  ]
  return `about ${parts.join(', ')} (estimate; not counted: ${why})`
}

type Measured = Extract<Impact, { measured: true }>

function describeLoss(impact: Measured): string[] {
  return [
    ...(impact.rows ? [formatQuantity(impact.rows, 'row')] : []),
    ...(impact.values ? [formatQuantity(impact.values, 'value')] : []),
    ...(impact.cascades ?? [])
      .filter(({ rows }) => rows > 0)
      .map(({ table, rows, effect }) => `${formatQuantity(rows, 'row')} of ${table} ${effect}`),
    ...describeFailing(impact),
  ]
}

function describeFailing({ failing, atMost }: Measured): string[] {
  if (failing === undefined) return []
  const fails = atMost === undefined ? 'will fail' : 'fails'
  if (failing.rows === 0) return failing.message === undefined ? [] : [`${fails}: ${failing.message}`]
  const shown = failing.keys.map((key, index) => (failing.values?.[index] === undefined ? key : `${key}: ${failing.values[index]}`))
  const examples = shown.length > 0 ? shown : (failing.values ?? [])
  const keys = examples.length > 0 ? ` (${examples.join(', ')}${failing.rows > examples.length ? ', …' : ''})` : ''
  return [`${fails} on ${formatQuantity(failing.rows, 'row')}${keys}${failing.message ? `: ${failing.message}` : ''}`]
}
