import type { DiffReport, TableDiff } from '../run/diff-report.js'
import { formatCount, formatQuantity } from '../util/format.js'
import type { DiffLine, DiffRow } from '../verify/diff-line.js'
import { formatMoment } from './page/moment.js'
import { indent, SIGNS, style } from './style.js'

/** Values of a row that is gone or was added. */
const MOST_VALUES = 10

/** What is called what, then table by table what is gone, other and new. */
export function renderDiff(report: DiffReport): string {
  const { tables, largeObjects, unread, written, snapshot, takenAt, project, next } = report
  const equal = tables.length === 0 && largeObjects === null
  const taken = style.quiet(`(taken ${formatMoment(takenAt)})`)
  const blocks = [
    equal
      ? `${style.good(SIGNS.good)} ${project.database} holds what snapshot ${snapshot} holds ${taken}`
      : `${style.warning(SIGNS.warning)} ${project.database} differs from snapshot ${snapshot} in ${tables.length === 0 ? 'large objects' : formatQuantity(tables.length, 'table')} ${taken}`,
    ...tables.map((table) => renderTable(table, written === null)),
    largeObjects === null ? '' : `${style.bad(SIGNS.bad)} ${largeObjects}`,
    ...unread.map(({ name, why }) => `${style.warning(SIGNS.warning)} ${name} was not compared: ${why}`),
    written === null ? '' : style.quiet(`${formatQuantity(written.lines, 'line')} written as ${written.as} to ${written.to}`),
    next.length === 0 ? '' : `${style.heading('Next')}\n${next.map((line) => `  ${line}`).join('\n')}`,
  ]
  return blocks.filter((block) => block !== '').join('\n')
}

function renderTable(table: TableDiff, withLines: boolean): string {
  const { lines, moreLines, problem } = table
  return [
    `\n${style.heading(nameOf(table))}  ${describeTable(table)}`,
    ...(problem === null ? [] : [`  ${style.bad(SIGNS.bad)} its rows could not all be compared: ${problem}`]),
    ...(withLines ? lines.map((line) => indent(renderLine(line), 2)) : []),
    ...(withLines && moreLines > 0 ? [style.quiet(`  … and ${formatQuantity(moreLines, 'more line')}`)] : []),
  ].join('\n')
}

function nameOf({ schema, name }: TableDiff): string {
  return schema === null || schema === 'public' ? name : `${schema}.${name}`
}

export function describeTable({ rowsThen, rowsNow, nameNow, name, rowsGone, rowsAdded, rowsChanged, hasKey }: TableDiff): string {
  if (nameNow === null) return style.bad(`the table is gone, with ${formatQuantity(rowsThen ?? 0, 'row')}`)
  if (rowsThen === null) return style.quiet(`the table is new, with ${formatQuantity(rowsNow ?? 0, 'row')}`)
  const parts = [
    nameNow === name ? '' : `now ${nameNow}`,
    rowsGone === 0 ? '' : style.bad(`${formatQuantity(rowsGone, 'row')} gone`),
    rowsChanged === 0 ? '' : `${formatQuantity(rowsChanged, 'row')} changed`,
    rowsAdded === 0 ? '' : `${formatQuantity(rowsAdded, 'row')} added`,
    hasKey || rowsGone + rowsAdded === 0 ? '' : style.quiet('no primary key: a changed row is one that is gone and one that was added'),
  ]
  return `${formatCount(rowsThen)} → ${formatQuantity(rowsNow ?? 0, 'row')}  ${parts.filter((part) => part !== '').join(', ')}`.trimEnd()
}

export function renderLine({ change, column, key, now, before, after, row, rows }: DiffLine): string {
  const name = key === null ? '' : describeKey(key)
  const values = row === undefined ? '' : `  ${style.quiet(describeRow(row, key))}`.trimEnd()
  const count = rows === 1 ? '1 row' : formatQuantity(rows, 'row')
  const became = before === undefined ? '' : `  ${quote(before)} → ${quote(after ?? null)}`
  switch (change) {
    case 'table-gone':
    case 'table-added':
      return `${change === 'table-gone' ? '-' : '+'} the table`
    case 'table-renamed':
      return `= the table is called ${now} now`
    case 'column-renamed':
      return `= ${column} is called ${now} now`
    case 'column-gone':
      return `- the column ${column}, with ${formatQuantity(rows, 'value')}`
    case 'column-added':
      return `+ the column ${column}`
    case 'row-gone':
      return `- ${key === null ? count : name}${values}`
    case 'row-added':
      return `+ ${key === null ? count : name}${values}`
    case 'value-lost':
      return `~ ${name}  ${column}: ${before === undefined ? 'gone' : ''}${became.trim()}`
    case 'value-changed':
      return `~ ${name}  ${column}: ${before === undefined ? 'changed' : ''}${became.trim()}`
    case 'value-set':
      return `~ ${name}  ${column}: ${before === undefined ? 'was NULL' : ''}${became.trim()}`
  }
}

function describeKey(key: DiffRow): string {
  return Object.entries(key)
    .map(([column, value]) => `${column} ${value ?? 'NULL'}`)
    .join(', ')
}

/** Without its key, which is said before it; of a wide row the first values that there are. */
function describeRow(row: DiffRow, key: DiffRow | null): string {
  const values = Object.entries(row).filter(([column]) => key === null || !Object.hasOwn(key, column))
  const shown = values.length > MOST_VALUES ? values.filter(([, value]) => value !== null).slice(0, MOST_VALUES) : values
  const rest = values.length - shown.length
  return [...shown.map(([column, value]) => `${column}: ${quote(value)}`), ...(rest === 0 ? [] : [`… ${rest} more`])].join(', ')
}

/** In one line, and so that NULL, an empty text and the text NULL are told apart. */
function quote(value: string | null): string {
  return value === null ? 'NULL' : JSON.stringify(value)
}
