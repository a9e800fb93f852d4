import type { HistoryReport, PastRun } from '../run/history-report.js'
import { formatQuantity } from '../util/format.js'
import { describeOutcome, describeSnapshot, toneOf } from './history-words.js'
import { formatMoment } from './page/moment.js'
import type { Tone } from './page/page.js'
import { SIGNS, style } from './style.js'

const PAINT: Readonly<Record<Tone, () => string>> = {
  good: () => style.good(SIGNS.good),
  warning: () => style.warning(SIGNS.warning),
  bad: () => style.bad(SIGNS.bad),
  neutral: () => style.quiet(SIGNS.info),
}

/** A run in two or three lines, newest first. */
export function renderHistory({ runs, older, unreadable, project, folder }: HistoryReport): string {
  return [
    `${style.heading(project.database)}  ${style.quiet(runs.length === 0 ? 'no run yet' : `${formatQuantity(runs.length + older, 'run')}, newest first`)}`,
    ...runs.map(renderRun),
    ...(older === 0 ? [] : [style.quiet(`… and ${older} older: safe-migrate status --history --limit ${runs.length + older}`)]),
    ...unreadable.map(({ file, why }) => `${PAINT.warning()} ${file} in ${folder} cannot be read: ${why}`),
  ].join('\n')
}

function renderRun(run: PastRun): string {
  const { command, startedAt, seconds, by, database, isThisDatabase, exitCode, migrations, snapshot, replaced } = run
  const code = exitCode === null || exitCode === 0 ? '' : ` (exit code ${exitCode})`
  const facts = [...(seconds === null ? [] : [`${seconds.toFixed(1)} s`]), by, ...(isThisDatabase ? [] : [`on ${database}`])]
  return [
    `${PAINT[toneOf(run)]()} ${formatMoment(startedAt)}  ${command}  ${describeOutcome(run)}${code}  ${style.quiet(facts.join('  '))}`,
    ...(migrations.length === 0 ? [] : [`    ${migrations.join(', ')}`]),
    ...(snapshot === null ? [] : [style.quiet(`    snapshot ${describeSnapshot(snapshot)}`)]),
    ...(replaced === null ? [] : [style.quiet(`    what it replaced: ${describeSnapshot(replaced)}`)]),
  ].join('\n')
}
