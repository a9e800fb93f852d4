import type { HistoryReport, PastRun } from '../../run/history-report.js'
import { formatQuantity } from '../../util/format.js'
import { describeOutcome, describeSnapshot, toneOf } from '../history-words.js'
import { formatMoment } from './moment.js'
import { type Cell, fact, type Page, paragraph, section } from './page.js'

/** The runs of before, one a row. */
export function describeHistory({ project, runs, older, unreadable }: HistoryReport): Page {
  const columns = [
    { heading: 'Began' },
    { heading: 'Outcome' },
    { heading: 'Migrations' },
    { heading: 'Snapshot' },
    { heading: 'Seconds', isNumber: true as const },
  ]
  return {
    title: 'status --history',
    tone: 'neutral',
    headline: runs.length === 0 ? 'No run yet' : `${formatQuantity(runs.length + older, 'run')}, newest first`,
    lead: '',
    facts: [fact('Database', project.database)],
    sections: section('Runs', [
      ...(runs.length === 0 ? [] : [{ kind: 'table' as const, caption: 'Runs', columns, rows: runs.map(describeRow) }]),
      ...(older === 0 ? [] : [paragraph(`… and ${older} older.`)]),
      ...unreadable.map(({ file, why }) => paragraph(`${file} cannot be read: ${why}`)),
    ]),
  }
}

function describeRow(run: PastRun): readonly Cell[] {
  const { startedAt, by, database, isThisDatabase, command, exitCode, migrations, snapshot, replaced, seconds } = run
  return [
    { text: formatMoment(startedAt), details: [by, ...(isThisDatabase ? [] : [database])] },
    { text: describeOutcome(run), tone: toneOf(run), details: [`${command}${exitCode === null ? '' : `, exit code ${exitCode}`}`] },
    migrations.length === 0 ? { text: '–' } : { text: migrations.join(', '), isCode: true },
    {
      text: snapshot === null ? '–' : describeSnapshot(snapshot),
      details: replaced === null ? [] : [`replaced: ${describeSnapshot(replaced)}`],
    },
    { text: seconds === null ? '–' : seconds.toFixed(1) },
  ]
}
