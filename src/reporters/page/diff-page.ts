import type { DiffReport } from '../../run/diff-report.js'
import { formatCount, formatQuantity } from '../../util/format.js'
import { displayName } from '../../util/names.js'
import { withoutColours } from '../findings-of.js'
import { describeTable, renderLine } from '../text-diff.js'
import { formatMoment } from './moment.js'
import { type Block, type Cell, codeFact, fact, type Page, paragraph, section, toSteps } from './page.js'
import { describeProject } from './run-page.js'

const NUMBER = true as const

/** How a database differs from a snapshot: the tables, then the first lines of each. */
export function describeDiff(report: DiffReport): Page {
  const { project, snapshot, takenAt, tables, unchanged, largeObjects, unread, written, next, exitCode } = report
  const isIncomplete = unread.length > 0 || tables.some(({ problem }) => problem !== null)
  return {
    title: 'diff',
    tone: tables.length === 0 && largeObjects === null && !isIncomplete ? 'good' : 'warning',
    headline:
      tables.length === 0
        ? (largeObjects ?? 'The database holds what the snapshot holds')
        : `${formatQuantity(tables.length, 'table')} differ${tables.length === 1 ? 's' : ''} from the snapshot`,
    lead: written === null ? '' : `${formatQuantity(written.lines, 'line')} written as ${written.as} to ${written.to}.`,
    facts: [
      ...describeProject(project),
      codeFact('Snapshot', snapshot),
      fact('Taken', formatMoment(takenAt)),
      fact('Exit code', String(exitCode)),
    ],
    sections: [
      ...section('Tables', [
        ...describeTables(report),
        ...(unchanged === 0 ? [] : [paragraph(`${formatQuantity(unchanged, 'other table')}: the same.`)]),
        ...(largeObjects === null ? [] : [paragraph(`${largeObjects}.`)]),
        ...unread.map(({ schema, name, why }) => paragraph(`${displayName(schema, name)} was not compared: ${why}`)),
      ]),
      ...section('Row by row', written === null ? tables.flatMap(describeLines) : []),
      ...section('What to do next', toSteps(next)),
    ],
  }
}

function describeTables({ tables }: DiffReport): readonly Block[] {
  if (tables.length === 0) return []
  const count = (rows: number | null) => (rows === null ? '–' : formatCount(rows))
  const rows = tables.map((table): readonly Cell[] => [
    { text: displayName(table.schema, table.name), isCode: true, details: table.problem === null ? [] : [table.problem] },
    ...[table.rowsThen, table.rowsNow, table.rowsGone, table.rowsChanged, table.rowsAdded].map((one) => ({ text: count(one) })),
  ])
  const headings = ['Rows then', 'Rows now', 'Gone', 'Changed', 'Added']
  const columns = [{ heading: 'Table' }, ...headings.map((heading) => ({ heading, isNumber: NUMBER }))]
  return [{ kind: 'table', caption: 'Tables that differ', columns, rows }]
}

function describeLines(table: DiffReport['tables'][number]): readonly Block[] {
  const { lines, moreLines } = table
  if (lines.length === 0) return []
  const more = moreLines === 0 ? [] : [`… and ${formatQuantity(moreLines, 'more line')}`]
  const text = [...lines.map((line) => withoutColours(renderLine(line))), ...more].join('\n')
  return [
    { kind: 'heading', text: withoutColours(describeTable(table)), place: displayName(table.schema, table.name) },
    { kind: 'code', text, language: '' },
  ]
}
