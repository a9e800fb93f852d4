import type { PartRestoreReport } from '../run/restore-report.js'
import type { SalvageReport } from '../run/salvage-report.js'
import { describePutBack } from './put-back-words.js'
import { SIGNS, style } from './style.js'

/** The head of what stands below it. */
export function renderPutBack(report: SalvageReport | PartRestoreReport): string {
  const { tone, text } = describePutBack(report)
  const line = text.endsWith('.') ? text : `${text}:`
  if (tone === 'warning') return `${style.warning(SIGNS.warning)} ${style.warning(line)}`
  return tone === 'good' ? `${style.good(SIGNS.good)} ${line}` : line
}
