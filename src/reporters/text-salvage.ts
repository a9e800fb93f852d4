import type { SalvageReport } from '../run/salvage-report.js'
import type { SalvagePlan } from '../snapshots/salvage/salvage.js'
import { formatCount, formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import { indent, SIGNS, style } from './style.js'
import { renderPutBack } from './text-put-back.js'

/** For people: what was put back, what was not, and where that is. */
export function renderSalvage(report: SalvageReport): string {
  const { verdict, next } = report
  const parts = [
    renderPutBack(report),
    verdict === 'declined' ? '' : renderSalvagePlan(report),
    verdict === 'planned' ? style.quiet('Dry run: nothing was changed.') : '',
    next.length === 0 ? '' : `${style.heading('Next')}\n${indent(next.join('\n'), 2)}`,
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/** One line a table, then what goes into side tables with the SQL to use it. */
export function renderSalvagePlan({ tables, sideTables, place, notices }: SalvagePlan): string {
  return [
    ...tables.flatMap(renderTable),
    ...(place === null ? [] : [`What could not be put back is in ${place}:`]),
    ...sideTables.flatMap(({ name, of, what, rows, statements }) =>
      name === null
        ? [`  ${formatQuantity(rows, 'row')} with ${what} of ${of} ${rows === 1 ? 'goes' : 'go'} into a side table`]
        : [`  ${name}: ${formatQuantity(rows, 'row')} with ${what} of ${of}. To use it:`, indent(style.code(statements.join('\n')), 4)],
    ),
    ...notices.map((notice) => `${style.warning(SIGNS.warning)} ${notice}`),
  ].join('\n')
}

function renderTable({ schema, name, inserted, values, aside }: SalvagePlan['tables'][number]): readonly string[] {
  const done = [
    ...(inserted > 0 ? [`${formatQuantity(inserted, 'row')} back`] : []),
    ...values.map(({ column, written }) => `${formatQuantity(written, 'value')} of ${column} back`),
  ]
  return [
    `  ${displayName(schema, name)}  ${done.join(', ') || style.warning('nothing back')}`,
    ...aside.map(
      ({ column, count, why }) =>
        `    ${style.warning('not')} ${column === null ? formatQuantity(count, 'row') : `${formatQuantity(count, 'value')} of ${column}`}: ${why}`,
    ),
  ]
}

/** `12 rows and 3 values were put back; 2 were not, and are in side tables`. */
export function summarizeSalvage({ tables }: Pick<SalvagePlan, 'tables'>): string {
  const rows = tables.reduce((total, { inserted }) => total + inserted, 0)
  const values = tables.reduce((total, table) => total + table.values.reduce((sum, { written }) => sum + written, 0), 0)
  const aside = tables.reduce((total, table) => total + table.aside.reduce((sum, { count }) => sum + count, 0), 0)
  const back = `${formatQuantity(rows, 'row')} and ${formatQuantity(values, 'value')} were put back`
  return aside === 0 ? back : `${back}; ${formatCount(aside)} rows and values could not be, and are in side tables`
}
