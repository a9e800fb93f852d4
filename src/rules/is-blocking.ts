import type { Finding } from './finding.js'

/** Whether a finding must be accepted before anything runs. */
export function isBlocking(finding: Pick<Finding, 'level' | 'accepted'>): boolean {
  return finding.accepted === undefined && finding.level === 'block'
}
