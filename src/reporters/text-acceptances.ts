import type { AcceptReport } from '../run/report.js'
import { formatQuantity } from '../util/format.js'
import { SIGNS, style } from './style.js'
import { describeImpact } from './text-findings.js'

type Recorded = AcceptReport['added'][number]

const STATES = {
  current: style.good(SIGNS.good),
  lapsed: style.warning(`${SIGNS.warning} lapsed, the statement has changed:`),
  missing: style.warning(`${SIGNS.warning} no such migration:`),
} as const

export function renderAcceptances(report: AcceptReport): string {
  const { command, file, added, removed, recorded, open } = report
  if (command === 'list')
    return recorded.length === 0
      ? `Nothing is recorded in ${file}.`
      : recorded.map((one) => `${STATES[one.state]} ${renderRecord(one)}`).join('\n')
  if (command === 'prune')
    return removed.length === 0
      ? `Everything in ${file} still counts.`
      : [`Removed from ${file}:`, ...removed.map((one) => `  ${renderRecord(one)}`)].join('\n')
  return [
    ...added.map((one) => `${style.good(SIGNS.good)} ${renderRecord(one)}`),
    ...open.map(
      (finding) =>
        `${style.bad(SIGNS.bad)} not accepted: ${finding.message}  ${describeImpact(finding)}${finding.protected === undefined ? '' : ` (${finding.protected.join(', ')} is protected: only in a terminal)`}`,
    ),
    added.length > 0
      ? `${formatQuantity(added.length, 'acceptance')} recorded in ${file}. Commit it with the migrations; a CODEOWNERS line for it says who must agree.`
      : open.length === 0
        ? 'There is nothing to accept.'
        : 'Nothing was recorded.',
  ].join('\n')
}

function renderRecord({ migration, rule, objects, reason, acceptedAt, acceptedBy }: Recorded): string {
  const who = `${acceptedAt.slice(0, 10)}${acceptedBy === undefined ? '' : `, ${acceptedBy}`}`
  return `${[rule, ...objects].join(' ')}: ${reason}  ${style.quiet(`${migration}, ${who}`)}`
}
