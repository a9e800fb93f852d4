import type { Difference } from '../verify/difference.js'
import { SIGNS, style } from './style.js'

/** Every difference in a line; unpredicted losses first and loud. */
export function renderDifferences(differences: readonly Difference[]): string {
  if (differences.length === 0) return `${style.good(SIGNS.good)} Every row and value that was there before is there now.`
  const isAlarm = ({ weight, cause }: Difference) => weight === 'loss' && cause === 'unpredicted'
  return [...differences.filter(isAlarm), ...differences.filter((one) => !isAlarm(one))].map(renderDifference).join('\n')
}

function renderDifference(difference: Difference): string {
  const { message, cause, weight } = difference
  if (weight === 'loss' && cause === 'unpredicted')
    return `${style.bad(SIGNS.bad)} ${style.heading(message)}  ${style.bad('not predicted')}${renderValues(difference)}`
  if (weight === 'loss' && cause === 'predicted') return `${style.warning(SIGNS.warning)} ${message}`
  const sign = cause === 'unpredicted' ? style.warning(SIGNS.warning) : style.quiet(SIGNS.info)
  return `${sign} ${message}`
}

function renderValues({ keys, values = [], rows = [] }: Difference): string {
  return [
    ...values.map(({ before, after }, index) => `\n    ${keys[index] ?? '?'}: ${before ?? 'NULL'} → ${after ?? 'NULL'}`),
    ...rows.map((row) => `\n    ${row}`),
  ].join('')
}
