import type { PruneReport } from '../run/report.js'
import { formatBytes } from '../util/bytes.js'
import { formatQuantity } from '../util/format.js'
import { SIGNS, style } from './style.js'

/** Each snapshot with what became of it and why, then what killed runs left. */
export function renderPrune({ snapshots, partials, dryRun }: PruneReport): string {
  const gone = snapshots.filter(({ keep, problem }) => !keep && problem === null)
  const bytes = gone.reduce((sum, one) => sum + one.bytes, 0)
  const what = `${formatQuantity(gone.length, 'snapshot')} of ${snapshots.length}, ${formatBytes(bytes)}`
  return [
    dryRun ? `Would remove ${what}. ${style.quiet('Dry run: nothing was removed.')}` : `${style.good(SIGNS.good)} Removed ${what}.`,
    ...snapshots.map(renderSnapshot),
    ...partials.map(({ id, why, removed, next }) =>
      [
        `  ${removed ? 'removed' : style.warning('left   ')}  ${id}  ${style.quiet(`not complete: ${why}`)}`,
        ...(next === null ? [] : [`           ${next}`]),
      ].join('\n'),
    ),
  ].join('\n')

  function renderSnapshot({ id, keep, reasons, target, places, problem }: PruneReport['snapshots'][number]): string {
    const done = keep ? 'keep   ' : style.warning(problem !== null ? 'failed ' : dryRun ? 'remove ' : 'removed')
    const why = problem === null ? style.quiet(reasons.join('; ')) : `${SIGNS.bad} ${problem}`
    const where = dryRun ? `\n           ${style.quiet(places.join(' and '))}` : ''
    return `  ${done}  ${id}  ${style.quiet(target)}  ${why}${where}`
  }
}
