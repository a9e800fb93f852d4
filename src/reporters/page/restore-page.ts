import type { PartRestoreReport, RestorePlanReport } from '../../run/restore-report.js'
import { formatCount, formatQuantity } from '../../util/format.js'
import { displayName } from '../../util/names.js'
import { withoutColours } from '../findings-of.js'
import { describePutBack } from '../put-back-words.js'
import { renderFilesPlan } from '../text-files.js'
import { describeKey } from '../text-part-restore.js'
import { describeChange, describeComparedLess, describeLargeObjects } from '../text-restore-plan.js'
import { formatMoment } from './moment.js'
import { type Block, type Cell, codeFact, fact, type Page, paragraph, section, toSteps } from './page.js'

const NUMBER = true as const

/** What a restore would change. */
export function describeRestorePlan(report: RestorePlanReport): Page {
  const { tables, unchanged, largeObjects, snapshot, files, next } = report
  const less = describeComparedLess(report)
  const columns = [
    { heading: 'Table' },
    { heading: 'Rows now', isNumber: NUMBER },
    { heading: 'Rows then', isNumber: NUMBER },
    { heading: 'What would change' },
  ]
  const rows = tables.map((table): readonly Cell[] => [
    { text: displayName(table.schema, table.name), isCode: true },
    { text: table.rowsNow === null ? 'not there' : formatCount(table.rowsNow) },
    { text: table.rowsThen === null ? 'not there' : formatCount(table.rowsThen) },
    { text: describeChange(table) || 'rows' },
  ])
  return {
    title: 'restore --dry-run',
    tone: less === null ? 'neutral' : 'warning',
    headline: `A restore would change ${formatQuantity(tables.length, 'table')} of ${tables.length + unchanged}`,
    lead: 'Dry run: nothing was changed.',
    facts: [codeFact('Snapshot', snapshot)],
    sections: [
      ...section('Tables', [
        ...(rows.length === 0 ? [] : [{ kind: 'table' as const, caption: 'Tables that would change', columns, rows }]),
        ...(largeObjects === null ? [] : [paragraph(describeLargeObjects(largeObjects))]),
        ...(less === null ? [] : [paragraph(less)]),
      ]),
      ...section('Files', files === undefined ? [] : [paragraph(withoutColours(renderFilesPlan(files)))]),
      ...section('What to do next', toSteps(next)),
    ],
  }
}

/** What became of the rows of some tables, or would. */
export function describePartRestore(report: PartRestoreReport): Page {
  const { verdict, tables, target, snapshot, takenAt, mode, replaced, exitCode, notices } = report
  const { tone, short } = describePutBack(report)
  const columns = [
    { heading: 'Table' },
    ...['Inserted', 'Overwritten', 'Deleted', 'Unchanged', 'Left out'].map((heading) => ({ heading, isNumber: NUMBER })),
    { heading: 'Found again' },
  ]
  const rows = tables.map((table): readonly Cell[] => [
    {
      text: displayName(table.schema, table.name),
      isCode: true,
      details: table.remapped === 0 ? [] : [`${formatCount(table.remapped)} with other ids now`],
    },
    ...[table.inserted, table.overwritten, table.deleted, table.unchanged, table.orphans].map((count) => ({ text: formatCount(count) })),
    { text: describeKey(table) },
  ])
  return {
    title: 'restore --only',
    tone: tone === 'good' && tables.some(({ orphans }) => orphans > 0) ? 'warning' : tone,
    headline: short,
    lead: verdict === 'planned' ? 'Dry run: nothing was changed.' : '',
    facts: [
      fact('Database', target),
      codeFact('From the snapshot', snapshot),
      fact('Taken', formatMoment(takenAt)),
      fact('Mode', mode),
      ...(replaced === null ? [] : [codeFact('What was there until now', replaced)]),
      fact('Exit code', String(exitCode)),
    ],
    sections: [
      ...section(
        'Rows by table',
        verdict === 'declined' || rows.length === 0 ? [] : [{ kind: 'table', caption: 'Rows by table', columns, rows }],
      ),
      ...section('Rows that are left out', tables.flatMap(describeOrphans)),
      ...section('To be looked at', notices.map(paragraph)),
      ...section('What to do next', replaced === null ? [] : toSteps([`To take it back: safe-migrate restore ${replaced}`])),
    ],
  }
}

function describeOrphans({ schema, name, orphans, orphanSamples }: PartRestoreReport['tables'][number]): readonly Block[] {
  if (orphans === 0) return []
  const samples = orphanSamples.map(({ row, missing }) => `${row}: ${missing}`)
  return [
    paragraph(`${formatQuantity(orphans, 'row')} of ${displayName(schema, name)}: what is referenced is neither there nor restored.`),
    ...(samples.length === 0 ? [] : [{ kind: 'code' as const, text: samples.join('\n'), language: '' as const }]),
  ]
}
