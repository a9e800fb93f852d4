import type { PartRestoreReport } from '../run/restore-report.js'
import { formatCount, formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import { SIGNS, style } from './style.js'
import { renderPutBack } from './text-put-back.js'

const SHOWN_ORPHANS = 5

/** For people: what became of the rows of each table. */
export function renderPartRestore(report: PartRestoreReport): string {
  const { verdict, replaced } = report
  return [
    renderPutBack(report),
    ...(verdict === 'declined' ? [] : [renderPartPlan(report)]),
    ...(replaced === null ? [] : [`What was there until now is kept as the snapshot ${replaced}.`]),
    ...(verdict === 'planned' ? [style.quiet('Dry run: nothing was changed.')] : []),
  ].join('\n')
}

/** What becomes of each table, and what is to be known of it beforehand. */
export function renderPartPlan({ tables, notices }: Pick<PartRestoreReport, 'tables' | 'notices'>): string {
  const orphans = tables.filter((table) => table.orphans > 0)
  return [
    renderPartTables({ tables }),
    ...orphans.map(renderOrphans),
    ...notices.map((notice) => `${style.warning(SIGNS.warning)} ${notice}`),
  ].join('\n')
}

/** One line a table: only what is not zero. */
export function renderPartTables({ tables }: Pick<PartRestoreReport, 'tables'>): string {
  const width = Math.max(...tables.map(({ schema, name }) => displayName(schema, name).length))
  return tables
    .map((table) => {
      const said = numbersOf(table).map(([count, what]) => `${formatCount(count)} ${what}`)
      return `  ${displayName(table.schema, table.name).padEnd(width)}  ${said.join(', ') || 'no rows'}  ${style.quiet(describeKey(table))}`
    })
    .join('\n')
}

type PartTable = PartRestoreReport['tables'][number]

/** What is not zero. */
function numbersOf(table: PartTable): readonly (readonly [count: number, what: string])[] {
  const numbers = [
    [table.inserted, 'inserted'],
    [table.overwritten, 'overwritten'],
    [table.deleted, 'deleted'],
    [table.unchanged, 'unchanged'],
    [table.orphans, 'left out'],
    [table.remapped, 'with other ids now'],
  ] as const
  return numbers.filter(([count]) => count > 0)
}

/** How its rows are found again. */
export function describeKey({ key }: PartTable): string {
  return key === null ? 'whole rows' : `by ${key.join('+')}`
}

export function renderOrphans({ schema, name, orphans, orphanSamples }: PartRestoreReport['tables'][number]): string {
  const shown = orphanSamples.slice(0, SHOWN_ORPHANS)
  const rest = orphans - shown.length
  return [
    `${style.warning(SIGNS.warning)} ${formatQuantity(orphans, 'row')} of ${displayName(schema, name)} ${orphans === 1 ? 'is' : 'are'} left out: what ${orphans === 1 ? 'it references' : 'they reference'} is neither there nor restored.`,
    ...shown.map(({ row, missing }) => `    ${row}: ${missing}`),
    ...(rest > 0 ? [`    … and ${formatCount(rest)} more`] : []),
  ].join('\n')
}
