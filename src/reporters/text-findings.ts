import type { AcceptanceProblem } from '../findings/acceptance.js'
import type { Finding, Impact, ObjectRef } from '../rules/finding.js'
import { isBlocking } from '../rules/is-blocking.js'
import { formatQuantity } from '../util/format.js'
import { indent, limitLines, SIGNS, style } from './style.js'

/** All findings: what stops the run in full, the rest in a line each. */
export function renderFindings(findings: readonly Finding[], problems: readonly AcceptanceProblem[]): string {
  const blocking = findings.filter(isBlocking)
  const rest = findings.filter((finding) => !isBlocking(finding) && finding.severity !== 'S4')
  return [...blocking.map(renderFinding), ...rest.map(renderLine), ...problems.map(renderProblem)].join('\n')
}

/** One finding in full: what, how much, where, why, what to write instead, how to accept it. */
export function renderFinding(finding: Finding): string {
  const { location, rule } = finding
  const at = `${location.file}:${location.line}:${location.column}`
  const lines = [
    `${style.bad(SIGNS.bad)} ${style.heading(finding.message)}  ${style.bad(describeImpact(finding))}`,
    indent(`${style.quiet(`${at}  ${finding.severity} ${rule}`)}`, 2),
    indent(style.code(limitLines(finding.statement, 6)), 4),
    indent(finding.why, 2),
    ...(finding.instead === '' ? [] : [indent(`Instead: ${limitLines(finding.instead, 8)}`, 2)]),
    indent(style.quiet(`To accept it, write above the statement: ${acceptanceComment(finding)}`), 2),
  ]
  return `${lines.join('\n')}\n`
}

function renderLine(finding: Finding): string {
  const { location } = finding
  const sign = finding.accepted
    ? style.good(SIGNS.good)
    : finding.severity === 'info'
      ? style.quiet(SIGNS.info)
      : style.warning(SIGNS.warning)
  const note = finding.accepted ? `  accepted: ${finding.accepted.reason}` : ''
  return `${sign} ${finding.message}  ${describeImpact(finding)}${note}  ${style.quiet(`${location.file}:${location.line} ${finding.rule}`)}`
}

function renderProblem(problem: AcceptanceProblem): string {
  return `${style.warning(SIGNS.warning)} ${problem.message}  ${style.quiet(`${problem.location.file}:${problem.location.line}`)}`
}

/** The comment that accepts a finding, ready to paste. */
export function acceptanceComment(finding: Finding): string {
  const name = finding.objects[0] === undefined ? '' : ` ${objectName(finding.objects[0])}`
  return `-- safe-migrate: allow ${finding.rule}${name} -- <reason>`
}

function objectName(object: ObjectRef): string {
  return [object.table ?? object.type ?? object.schema, object.column].filter((part) => part !== undefined).join('.')
}

/** `214 values lost`, `all 12 rows lost, 30 rows of Order deleted`, `not measured: …`. */
export function describeImpact({ impact, kind }: Finding): string {
  if (impact === undefined) return ''
  if (!impact.measured) return `not measured: ${impact.why}`
  const parts = kind === 'failure' ? describeFailing(impact) : describeLoss(impact)
  return parts.length > 0 ? parts.join(', ') : 'nothing at stake here'
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

function describeFailing({ failing }: Measured): string[] {
  if (failing === undefined || failing.rows === 0) return []
  const keys = failing.keys.length > 0 ? ` (${failing.keys.join(', ')}${failing.rows > failing.keys.length ? ', …' : ''})` : ''
  return [`will fail on ${formatQuantity(failing.rows, 'row')}${keys}${failing.message ? `: ${failing.message}` : ''}`]
}
