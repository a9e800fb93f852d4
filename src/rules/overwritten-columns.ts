import type { ChangeOf } from '../sql/change.js'
import { checksForNull, isConstant, keepsColumn, mentionsName } from '../sql/expressions.js'
import { isBookkeeping } from './bookkeeping.js'
import { findColumnBeside, findColumnCopy } from './copies.js'
import type { Kept } from './finding.js'
import { readMoves } from './incoming-rows.js'
import type { Measure } from './measure.js'
import type { ColumnView, JudgeContext, TableView } from './rule.js'
import { isHistoryTable, selectRows } from './wording.js'

/** A column of before whose values an UPDATE replaces. */
export interface OverwrittenColumn {
  readonly column: ColumnView
  readonly live: string
  /** The same value for every row. */
  readonly isConstant: boolean
  /** Where the values of before are kept; null: nowhere. */
  readonly kept: Kept | null
  /** SQL of the new value; empty when only a part is assigned. */
  readonly value: string
  /** What the new values are is known only row by row, when the rows before have theirs. */
  readonly readsItself: boolean
  readonly measure: Measure
}

/** Columns that these migrations added, that keep their values (COALESCE) or have none (`WHERE c IS NULL`) lose nothing. */
export function readOverwritten(
  change: ChangeOf<'update'>,
  context: JudgeContext,
): { readonly table: TableView; readonly columns: readonly OverwrittenColumn[] } | null {
  const table = context.table(change.table)
  if (table === null || isHistoryTable(table.live)) return null
  const { style } = context.dialect
  const staying = readMoves(change, table, context, (key) => key.onConflict === 'ignore')
  const replacing = readMoves(change, table, context, (key) => key.onConflict === 'replace')
  const moves = readWhenTaken(staying, replacing)
  const columns = change.assignments.flatMap(({ column: name, value }): readonly OverwrittenColumn[] => {
    const column = table.column(name)
    const own = { table: change.alias ?? change.table.name, name }
    if (column === null || column.live === null) return []
    if (value !== null && (keepsColumn(value, own, style) || isBookkeeping(change, name, value, style))) return []
    if (change.where !== null && checksForNull(change.where, own, style, false)) return []
    const at = { schema: table.live.schema, table: table.live.name, column: column.live }
    const unknown: Measure = {
      what: 'unknown',
      why:
        value === null
          ? 'only a part of the value is assigned'
          : 'what becomes of rows whose new values collide is known only when it runs',
      predictions: [
        { effect: 'values-changed', ...at },
        { effect: 'values-lost', ...at },
      ],
    }
    const readsItself =
      context.dialect.updatesRowByRow && mentionsName(value ?? '', change.table.name, style) && mentionsName(value ?? '', 'select', style)
    const rows = selectRows(table, change, change.from)
    const copy = findColumnBeside(table, change.table, column, context) ?? findColumnCopy(table, column, context)
    const measure: Measure =
      value === null || moves === 'unknown'
        ? unknown
        : { what: 'overwritten-values', table: table.live, column: column.live, value, rows, type: column.type, moves }
    return [
      {
        column,
        live: column.live,
        isConstant: value !== null && isConstant(value, style),
        kept: copy?.kept ?? null,
        value: value ?? '',
        readsItself,
        measure,
      },
    ]
  })
  return columns.length === 0 ? null : { table, columns }
}

function readWhenTaken(staying: ReturnType<typeof readMoves>, replacing: ReturnType<typeof readMoves>) {
  if (staying === 'unknown' || replacing === 'unknown' || (staying !== null && replacing !== null)) return 'unknown'
  if (staying !== null) return { moves: staying, whenTaken: 'stay' as const }
  return replacing === null ? null : { moves: replacing, whenTaken: 'replace' as const }
}

export function describeOverwriting({ kept, readsItself }: OverwrittenColumn): string {
  const own = readsItself
    ? ' It reads its own table, whose rows change one after the other: counted is what each would get from the values of before.'
    : ''
  const where = kept
    ? 'An earlier statement has copied the values of before.'
    : 'The values of before are not kept anywhere. Row counts stay the same, so nobody notices.'
  return `${where}${own}`
}
