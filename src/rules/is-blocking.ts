import type { Finding } from './finding.js'

const LOSING = new Set(['S0', 'S1', 'S2'])

/** Whether a finding must be accepted before anything runs: it loses data, it is not understood, or it is certain to fail half-way. */
export function isBlocking(finding: Finding): boolean {
  if (finding.accepted !== undefined) return false
  if (finding.kind === 'failure') return finding.impact?.measured === true && (finding.impact.failing?.rows ?? 0) > 0
  return LOSING.has(finding.severity)
}
