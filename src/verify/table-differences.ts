import type { ColumnFingerprint, TableFingerprint } from '../databases/fingerprint.js'
import type { Difference } from './difference.js'
import { makeReport, type Report, type ReportContext } from './difference-report.js'
import type { Effect, Expected } from './expectations.js'
import { hasSameKeys, isSameContent, isSameData, type TablePair } from './pairs.js'
import type { RowChanges } from './rows.js'

/** What is known of one table's rows: compared one by one, or why not. */
export type Resolved = { readonly rows: RowChanges } | { readonly unresolved: string }

export interface TableContext extends ReportContext {
  readonly expected: Expected
}

/** Prisma writes to its own table in every run. */
const PRISMA_TABLE = '_prisma_migrations'

/** Which predictions cover what. */
const ROWS: readonly Effect[] = ['rows-lost', 'table-gone']
const VALUES_LOST: readonly Effect[] = ['values-lost', 'values-changed', 'column-gone']
const VALUES_CHANGED: readonly Effect[] = ['values-changed', 'values-lost', 'column-gone']

/** A table that is not there any more. Nothing but a migration drops tables, so it is never put down to others. */
export function tableGone(table: TableFingerprint, context: TableContext): Difference[] {
  const report = makeReport(table, table.key?.columns ?? [], context)
  report.tableGone(table.rows > 0 || table.name === PRISMA_TABLE)
  return report.differences
}

/** Whether the rows must be compared one by one to tell what happened. */
export function needsRows(pair: TablePair, expected: Expected): boolean {
  return (
    isComparable(pair) &&
    pair.level === 'columns' &&
    pair.before.rows > 0 &&
    !isSameData(pair) &&
    expected.isTouched(pair.before.schema, pair.before.name)
  )
}

export function tableDifferences(pair: TablePair, resolved: Resolved | null, context: TableContext): Difference[] {
  if (!isComparable(pair)) return []
  const { before } = pair
  const report = makeReport(before, pair.key?.map((one) => one.before.name) ?? [], context)
  const isTouched = context.expected.isTouched(before.schema, before.name)
  const mayInsert = context.expected.mayInsert?.(before.schema, before.name) ?? true
  for (const column of pair.gone) report.columnGone(column)
  if (!isTouched) describeOthers(pair, report)
  else if (resolved !== null && 'rows' in resolved) describeRows(resolved.rows, report, mayInsert)
  else if (!isSameData(pair)) describeDigests(pair, resolved?.unresolved ?? null, report, mayInsert)
  const areRead = isTouched && pair.level === 'columns'
  for (const column of areRead ? pair.columns : []) describeMisfits(column.before, column.after, report)
  return report.differences
}

function isComparable({ before }: TablePair): boolean {
  return before.name !== PRISMA_TABLE
}

function describeRows({ gone, added, replaced, columns }: RowChanges, report: Report, mayInsert: boolean): void {
  report.lost('rows-lost', ROWS, null, gone, 'gone')
  report.rowsAdded(added, mayInsert)
  const returned = mayInsert ? report.leftOver(ROWS) : 0
  const unclear = { count: replaced, samples: [] }
  report.lost(
    'values-changed',
    [...VALUES_CHANGED, 'rows-lost'],
    null,
    unclear,
    'changed or replaced (the table has no primary key to tell)',
  )
  for (const { column, lost, changed, byOthers } of columns) {
    report.lost('values-lost', VALUES_LOST, column.before, lost, 'gone (now NULL)', returned)
    report.lost('values-changed', VALUES_CHANGED, column.before, changed, 'changed', Math.max(0, returned - lost.count))
    report.writtenEarlier(column.before, byOthers)
  }
}

/** Without the rows: what counts and digests alone can tell; the rest could not be decided. */
function describeDigests(pair: TablePair, reason: string | null, report: Report, mayInsert: boolean): void {
  const { before, after, columns, level } = pair
  if (before.rows === 0) {
    report.rowsAdded(after.rows, mayInsert)
    return
  }
  if (before.rows > after.rows) report.lost('rows-lost', ROWS, null, { count: before.rows - after.rows, samples: [] }, 'gone')
  if (!hasSameKeys(pair)) {
    report.undecided(null, reason ?? (level === 'counts' ? 'only rows and keys were read (verify)' : null))
    return
  }
  if (level === 'counts') return
  const changed = columns.filter((one) => one.before.generated !== true && !isSameContent(one.before, one.after))
  // Every column by itself holds what it held, but the rows do not.
  if (changed.length === 0) report.undecided(null, reason)
  for (const column of changed) describeColumn(column.before, column.after, reason, report)
}

/** The rows are the same. */
function describeColumn(before: ColumnFingerprint, after: ColumnFingerprint, reason: string | null, report: Report): void {
  const lost = before.nonNull - after.nonNull
  if (lost > 0) report.lost('values-lost', VALUES_LOST, before, { count: lost, samples: [] }, 'gone (now NULL)')
  else if (lost === 0 && before.digest !== null && after.digest !== null) report.valuesChanged(before)
  else report.undecided(before, after.problem ?? reason)
}

/** Somebody else wrote to it while the migrations ran. */
function describeOthers(pair: TablePair, report: Report): void {
  const { before, after } = pair
  if (isSameData(pair)) return
  if (after.rows !== before.rows) {
    report.byOthers(after.rows < before.rows ? 'rows-lost' : 'rows-added', null, Math.abs(after.rows - before.rows))
    return
  }
  if (pair.level === 'counts') {
    report.byOthers('values-changed', null, null)
    return
  }
  const column = pair.columns.find((one) => !isSameContent(one.before, one.after))
  report.byOthers('values-changed', column?.before ?? null, null)
}

function describeMisfits(before: ColumnFingerprint, after: ColumnFingerprint, report: Report): void {
  report.misfits(before, after, (after.misfits ?? 0) - (before.misfits ?? 0))
}
