import type { ColumnFingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { formatCount, formatQuantity } from '../util/format.js'
import { displayName } from '../util/names.js'
import type { Difference } from './difference.js'
import type { Budget, Effect, Expected } from './expectations.js'
import { isSameContent, isSameData, type TablePair } from './pairs.js'
import type { RowChanges, Sampled } from './rows.js'

/** What is known of one table's rows: compared one by one, or why not. */
export type Resolved = { readonly rows: RowChanges } | { readonly unresolved: string }

export interface TableContext {
  readonly expected: Expected
  readonly budget: Budget
  /** Left out of messages. */
  readonly defaultSchema: string | null
}

/** A table that is not there any more. Nothing but a migration drops tables, so it is never put down to others. */
export function tableGone(table: TableFingerprint, { budget, defaultSchema }: TableContext): Difference {
  const place = { schema: table.schema, table: table.name, column: null }
  const isPredicted = budget.has(['table-gone'], place)
  return {
    kind: 'table-gone',
    ...place,
    name: null,
    count: table.rows,
    weight: table.rows > 0 || table.name === PRISMA_TABLE ? 'loss' : 'notice',
    cause: isPredicted ? 'predicted' : 'unpredicted',
    message: `${displayName(table.schema, table.name, null, defaultSchema)}: the table is gone, with ${formatQuantity(table.rows, 'row')}${isPredicted ? ', as predicted' : ''}`,
    keys: [],
  }
}

/** Prisma writes to its own table in every run. */
export const PRISMA_TABLE = '_prisma_migrations'

/** Whether the rows must be compared one by one to tell what happened. */
export function needsRows(pair: TablePair, expected: Expected): boolean {
  return isComparable(pair) && pair.before.rows > 0 && !isSameData(pair) && expected.isTouched(pair.before.schema, pair.before.name)
}

export function tableDifferences(pair: TablePair, resolved: Resolved | null, context: TableContext): Difference[] {
  if (!isComparable(pair)) return []
  const report = makeReport(pair, context)
  for (const column of pair.gone) report.columnGone(column)
  if (!context.expected.isTouched(pair.before.schema, pair.before.name)) describeOthers(pair, report)
  else if (resolved !== null && 'rows' in resolved) describeRows(resolved.rows, report)
  else if (!isSameData(pair)) describeDigests(pair, resolved?.unresolved ?? null, report)
  for (const { before, after } of pair.columns) report.misfits(before, after)
  return report.differences
}

function isComparable({ before, after }: TablePair): boolean {
  return before.name !== PRISMA_TABLE && before.skipped !== true && after.skipped !== true
}

function describeRows(changes: RowChanges, report: Report): void {
  report.lost('rows-lost', ['rows-lost', 'table-gone'], null, changes.gone, 'gone')
  report.rowsAdded(changes.added)
  if (changes.replaced > 0) {
    report.lost(
      'values-changed',
      ['values-changed', 'values-lost', 'rows-lost'],
      null,
      { count: changes.replaced, samples: [] },
      'changed or replaced (the table has no primary key to tell)',
    )
  }
  for (const { column, lost, changed } of changes.columns) {
    report.lost('values-lost', ['values-lost', 'values-changed', 'column-gone'], column.before, lost, 'gone (now NULL)')
    report.lost('values-changed', ['values-changed', 'values-lost', 'column-gone'], column.before, changed, 'changed')
  }
}

/** Without the rows: what counts and digests alone can tell; the rest could not be decided. */
function describeDigests(pair: TablePair, reason: string | null, report: Report): void {
  const { before, after, columns } = pair
  const isSameKeys = before.rows === after.rows && before.key?.digest === after.key?.digest
  if (before.rows > after.rows)
    report.lost('rows-lost', ['rows-lost', 'table-gone'], null, { count: before.rows - after.rows, samples: [] }, 'gone')
  if (before.rows === 0) {
    report.rowsAdded(after.rows)
    return
  }
  if (!isSameKeys && before.rows <= after.rows) report.undecided(null, reason)
  for (const column of columns) {
    if (column.before.generated === true || isSameContent(column.before, column.after)) continue
    if (!isSameKeys) report.undecided(column.before, reason)
    else if (column.before.nonNull > column.after.nonNull) {
      report.lost(
        'values-lost',
        ['values-lost', 'values-changed', 'column-gone'],
        column.before,
        { count: column.before.nonNull - column.after.nonNull, samples: [] },
        'gone (now NULL)',
      )
    } else if (column.after.digest === null || column.before.nonNull < column.after.nonNull)
      report.undecided(column.before, column.after.problem ?? reason)
    else report.undecided(column.before, reason, 'values-changed')
  }
}

/** Somebody else wrote to it while the migrations ran. */
function describeOthers(pair: TablePair, report: Report): void {
  const { before, after } = pair
  if (isSameData(pair)) return
  if (after.rows !== before.rows)
    report.byOthers(after.rows < before.rows ? 'rows-lost' : 'rows-added', null, Math.abs(after.rows - before.rows))
  else {
    const column = pair.columns.find((one) => !isSameContent(one.before, one.after))
    report.byOthers('values-changed', column?.before ?? null, null)
  }
}

interface Report {
  readonly differences: Difference[]
  columnGone(column: ColumnFingerprint): void
  lost(
    kind: 'rows-lost' | 'values-lost' | 'values-changed',
    effects: readonly Effect[],
    column: ColumnFingerprint | null,
    what: Sampled,
    verb: string,
  ): void
  undecided(column: ColumnFingerprint | null, reason: string | null, kind?: 'values-changed'): void
  rowsAdded(count: number): void
  byOthers(kind: 'rows-lost' | 'rows-added' | 'values-changed', column: ColumnFingerprint | null, count: number | null): void
  misfits(before: ColumnFingerprint, after: ColumnFingerprint): void
}

function makeReport({ before, key }: TablePair, { budget, defaultSchema }: TableContext): Report {
  const differences: Difference[] = []
  const place = (column: ColumnFingerprint | null) => ({ schema: before.schema, table: before.name, column: column?.name ?? null })
  const title = (column: ColumnFingerprint | null): string => displayName(before.schema, before.name, column?.name ?? null, defaultSchema)
  const add = (
    column: ColumnFingerprint | null,
    parts: Pick<Difference, 'kind' | 'count' | 'weight' | 'cause' | 'message'> & Partial<Pick<Difference, 'keys' | 'values'>>,
  ): void => {
    differences.push({ ...place(column), name: null, keys: [], ...parts })
  }
  return {
    differences,
    columnGone: (column) => {
      const isPredicted = budget.has(['column-gone', 'table-gone'], place(column))
      add(column, {
        kind: 'column-gone',
        count: column.nonNull,
        weight: column.nonNull > 0 && column.generated !== true ? 'loss' : 'notice',
        cause: isPredicted ? 'predicted' : 'unpredicted',
        message: `${title(column)}: the column is gone, with ${formatQuantity(column.nonNull, 'value')}${isPredicted ? ', as predicted' : ''}`,
      })
    },
    lost: (kind, effects, column, { count, samples }, verb) => {
      if (count === 0) return
      const { predicted, unpredicted } = budget.spend(effects, place(column), count)
      const total = column === null ? before.rows : column.nonNull
      const [noun, keys] = [column === null ? 'row' : 'value', samples.map((sample) => sample.key)]
      const examples = describeKeys(key?.map((one) => one.before.name) ?? [], keys, count)
      const of = `${formatCount(count)} of ${formatQuantity(total, noun)} ${verb.startsWith('changed') ? verb : `${count === 1 ? 'is' : 'are'} ${verb}`}`
      const values = samples.map((sample) => ({ before: sample.before, after: sample.after }))
      const common = { kind, weight: 'loss' as const, keys, ...(column === null ? {} : { values }) }
      if (predicted > 0 && unpredicted > 0) {
        add(column, {
          ...common,
          count: predicted,
          cause: 'predicted',
          keys: [],
          message: `${title(column)}: ${of}, ${formatCount(predicted)} of them as predicted`,
        })
        add(column, {
          ...common,
          count: unpredicted,
          cause: 'unpredicted',
          message: `${title(column)}: ${of}, ${formatCount(unpredicted)} more than predicted${examples}`,
        })
      } else {
        const isPredicted = predicted > 0
        add(column, {
          ...common,
          count,
          cause: isPredicted ? 'predicted' : 'unpredicted',
          message: `${title(column)}: ${of}${isPredicted ? ', as predicted' : ''}${examples}`,
        })
      }
    },
    undecided: (column, reason, kind) => {
      const isPredicted = budget.has(['values-changed', 'values-lost', 'column-gone', 'rows-lost', 'table-gone'], place(column))
      const because = reason === null ? '' : `: ${reason}`
      add(column, {
        kind: kind ?? 'not-comparable',
        count: null,
        weight: 'loss',
        cause: isPredicted ? 'predicted' : 'unpredicted',
        message:
          kind === undefined
            ? `${title(column)}: the ${column === null ? 'rows' : 'values'} differ, and could not be compared one by one${because}`
            : `${title(column)}: values changed`,
      })
    },
    rowsAdded: (count) => {
      if (count === 0) return
      add(null, {
        kind: 'rows-added',
        count,
        weight: 'notice',
        cause: 'unpredicted',
        message: `${title(null)}: ${formatQuantity(count, 'row')} ${count === 1 ? 'was' : 'were'} added`,
      })
    },
    byOthers: (kind, column, count) => {
      const what =
        kind === 'rows-lost'
          ? `${formatQuantity(count ?? 0, 'row')} fewer`
          : kind === 'rows-added'
            ? `${formatQuantity(count ?? 0, 'row')} more`
            : 'values changed'
      add(column, {
        kind,
        count,
        weight: 'notice',
        cause: 'others',
        message: `${title(null)}: ${what}; the migrations do not touch this table, so somebody else wrote to it meanwhile`,
      })
    },
    misfits: (then, now) => {
      const count = (now.misfits ?? 0) - (then.misfits ?? 0)
      if (count <= 0) return
      const { unpredicted } = budget.spend(['values-changed', 'values-lost'], place(then), count)
      add(then, {
        kind: 'values-changed',
        count,
        weight: 'loss',
        cause: unpredicted === 0 ? 'predicted' : 'unpredicted',
        message: `${title(then)}: ${formatQuantity(count, 'value')} ${count === 1 ? 'does' : 'do'} not fit the type ${now.type}: the database kept ${count === 1 ? 'it' : 'them'} as ${count === 1 ? 'it was' : 'they were'}, and Prisma's client cannot read ${count === 1 ? 'it' : 'them'}`,
      })
    },
  }
}

/** ` (id 1, 2, 3, …)` */
function describeKeys(columns: readonly string[], keys: readonly string[], count: number): string {
  if (keys.length === 0) return ''
  const [separator, name] = columns.length > 1 ? ['; ', `${columns.join(', ')}:`] : [', ', columns[0] ?? '']
  return ` (${name} ${keys.join(separator)}${count > keys.length ? `${separator}…` : ''})`
}
