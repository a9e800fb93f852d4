import type { ResultColumn, Select } from 'sqlite3-parser'
import { isAlwaysTrue } from '../../sql/always-true.js'
import type { RowCopy } from '../../sql/change.js'
import { readNotNullCheck } from '../../sql/expressions.js'
import { readName, SQLITE_STYLE, textOf } from './parse-text.js'

/** A SELECT that gives every row of one table, with the columns that it gives as they are; null for any other. */
export function readRowCopy(select: Select, targets: readonly string[], sql: string): RowCopy | null {
  const { select: fields } = select
  if (fields.type !== 'SelectFrom' || fields.from?.select?.type !== 'TableSelectTable') return null
  const where = fields.whereClause === undefined ? null : textOf(sql, fields.whereClause.span)
  const notNull = where === null ? null : readNotNullCheck(where, SQLITE_STYLE)
  const parts = [fields.groupBy, fields.having, select.limit, select.with, fields.from.joins?.[0], select.compounds?.[0]]
  const keepsBack =
    parts.some((part) => part !== undefined) ||
    fields.distinctness === 'Distinct' ||
    (where !== null && notNull === null && !isAlwaysTrue(where, SQLITE_STYLE))
  if (keepsBack) return null
  const from = readName(fields.from.select.tblName)
  const columns = fields.columns.map(readSource)
  if (columns.includes('*')) return columns.length === 1 ? { from, columns: null, notNull } : null
  return {
    from,
    columns: columns.flatMap((column, index) => (column === null ? [] : [{ source: column, target: targets[index] ?? column }])),
    notNull,
  }
}

function readSource(column: ResultColumn): string | null {
  if (column.type !== 'ExprResultColumn') return '*'
  if (column.expr.type === 'Id') return column.expr.name
  return column.expr.type === 'QualifiedExpr' ? column.expr.column.text : null
}
