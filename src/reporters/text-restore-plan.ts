import type { RestorePlanReport } from '../run/restore-report.js'
import { formatCount, formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import { SIGNS, style } from './style.js'
import { renderFilesPlan } from './text-files.js'

const MOST_NAMED = 5

/** What a restore would change, table by table. */
export function renderRestorePlan(report: RestorePlanReport): string {
  const { tables, unchanged, largeObjects, snapshot, files, next } = report
  const less = describeComparedLess(report)
  return [
    `Restoring ${snapshot} would change ${formatQuantity(tables.length, 'table')} of ${tables.length + unchanged}${tables.length > 0 ? ':' : '.'}`,
    ...tables.map((table) =>
      `  ${displayName(table.schema, table.name)}  ${describeRows(table)}  ${style.quiet(describeChange(table))}`.trimEnd(),
    ),
    ...(largeObjects === null ? [] : [`  ${describeLargeObjects(largeObjects)}`]),
    ...(less === null ? [] : [`${style.warning(SIGNS.warning)} ${less}`]),
    ...(files === undefined ? [] : [renderFilesPlan(files)]),
    style.quiet('Dry run: nothing was changed.'),
    ...(next.length === 0 ? [] : [style.heading('Next'), ...next.map((line) => `  ${line}`)]),
  ].join('\n')
}

export function describeLargeObjects({ countNow, countThen }: NonNullable<RestorePlanReport['largeObjects']>): string {
  return countNow === countThen
    ? `large objects: ${formatCount(countThen)}, with other contents`
    : `large objects: ${formatCount(countNow)} → ${formatCount(countThen)}`
}

/** Of which tables more may change than was found; null when all was compared. */
export function describeComparedLess({ comparedLess }: Pick<RestorePlanReport, 'comparedLess'>): string | null {
  if (comparedLess.length === 0) return null
  const names = nameSome(comparedLess.map(({ schema, name }) => displayName(schema, name)))
  return `${names}: only rows and keys were compared, not the values in them, as the snapshot was taken so (verify). A restore brings their values back as well.`
}

type Table = RestorePlanReport['tables'][number]

export function describeRows({ rowsNow, rowsThen }: Pick<Table, 'rowsNow' | 'rowsThen'>): string {
  const rows = (count: number | null) => (count === null ? 'not there' : formatQuantity(count, 'row'))
  return `${rows(rowsNow)} → ${rows(rowsThen)}`
}

export function describeChange({ name, rowsNow, rowsThen, columns, keysDiffer }: Table): string {
  if (rowsThen === null) return 'goes: it is not in the snapshot'
  if (rowsNow === null) return 'comes back'
  if (name === '_prisma_migrations') return 'the migration history is as it was then'
  // Other rows have other values.
  if (columns.length > 0 && rowsNow === rowsThen) return `columns that come back, go or get other values: ${nameSome(columns)}`
  return keysDiffer === true && rowsNow === rowsThen ? 'other rows' : ''
}

function nameSome(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`
}
