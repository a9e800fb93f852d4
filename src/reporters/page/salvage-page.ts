import type { SalvageReport } from '../../run/salvage-report.js'
import type { SalvagePlan } from '../../snapshots/salvage/salvage.js'
import { formatCount, formatQuantity } from '../../util/format.js'
import { displayName } from '../../util/names.js'
import { describePutBack } from '../put-back-words.js'
import { summarizeSalvage } from '../text-salvage.js'
import { type Block, type Cell, codeFact, fact, type Page, paragraph, section, toSteps } from './page.js'

/** What a salvage put back, or would. */
export function describeSalvage(report: SalvageReport): Page {
  const { verdict, target, snapshot, exitCode, next, runId } = report
  const { tone, short } = describePutBack(report)
  return {
    title: 'salvage',
    tone: tone === 'good' && report.sideTables.length > 0 ? 'warning' : tone,
    headline: short,
    lead: verdict === 'planned' ? 'Dry run: nothing was changed.' : verdict === 'salvaged' ? `${summarizeSalvage(report)}.` : '',
    facts: [
      fact('Database', target),
      codeFact('From the snapshot', snapshot),
      codeFact('Lost by the run', report.lostBy),
      ...(runId === null ? [] : [codeFact('Run', runId)]),
      fact('Exit code', String(exitCode)),
    ],
    sections: [...salvageSections(report), ...section('What to do next', toSteps(next))],
  }
}

/** By table what is back and what is not, then where that is. */
export function salvageSections(plan: SalvagePlan) {
  return [
    ...section('What was lost, by table', [...describeTables(plan), ...plan.notices.map(paragraph)]),
    ...section('Side tables', describeSideTables(plan)),
  ]
}

function describeTables({ tables }: SalvagePlan): readonly Block[] {
  if (tables.length === 0) return []
  const rows = tables.flatMap(({ schema, name, inserted, values, aside }): readonly (readonly Cell[])[] => {
    const table: Cell = { text: displayName(schema, name), isCode: true }
    const back: Cell = { text: 'back', tone: 'good' }
    return [
      ...(inserted === 0 ? [] : [[table, { text: 'rows' }, { text: formatCount(inserted) }, back]]),
      ...values.map(({ column, written }) => [table, { text: column, isCode: true as const }, { text: formatCount(written) }, back]),
      ...aside.map(({ column, count, why }) => [
        table,
        column === null ? { text: 'rows' } : { text: column, isCode: true as const },
        { text: formatCount(count) },
        { text: 'not back', tone: 'warning' as const, details: [why] },
      ]),
    ]
  })
  const columns = [{ heading: 'Table' }, { heading: 'What' }, { heading: 'Number', isNumber: true as const }, { heading: 'Put back' }]
  return [{ kind: 'table', caption: 'What was lost, by table', columns, rows }]
}

function describeSideTables({ sideTables, place }: SalvagePlan): readonly Block[] {
  return [
    ...(place === null ? [] : [paragraph(`What could not be put back is in ${place}.`)]),
    ...sideTables.flatMap(({ name, of, what, rows, statements }): readonly Block[] =>
      name === null
        ? [paragraph(`${formatQuantity(rows, 'row')} with ${what} of ${of} ${rows === 1 ? 'goes' : 'go'} into a side table.`)]
        : [
            { kind: 'heading', text: `${formatQuantity(rows, 'row')} with ${what} of ${of}`, place: name },
            { kind: 'code', text: statements.join('\n'), language: 'sql' },
          ],
    ),
  ]
}
