import { describeProtection } from '../run/protection.js'
import type { ProtectionReport } from '../run/report.js'
import { SIGNS, style } from './style.js'

export function renderProtection({ project, protection, changed, next }: ProtectionReport): string {
  const state = protection === null ? 'not protected' : describeProtection(protection)
  const words = changed ? 'is now' : 'is'
  return [`${style.good(SIGNS.good)} ${project.database} ${words} ${state}.`, ...next.map((line) => `  ${line}`)].join('\n')
}
