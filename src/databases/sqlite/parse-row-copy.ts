import type { ResultColumn, Select } from 'sqlite3-parser'
import { isAlwaysTrue } from '../../sql/always-true.js'
import type { RowCopy } from '../../sql/change.js'
import { readNotNullCheck } from '../../sql/expressions.js'
import { readName, SQLITE_STYLE, textOf } from './parse-text.js'

/** A SELECT that gives every row of one table; null for any other. `targets`: columns that it fills, empty for all; null: those that it makes. */
export function readRowCopy(select: Select, targets: readonly string[] | null, sql: string): RowCopy | null {
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
  const columns = fields.columns.flatMap((column) => (column.type === 'ExprResultColumn' ? [column] : []))
  const common = { from, notNull, skipsTaken: false }
  if (columns.length < fields.columns.length) return fields.columns.length === 1 ? { ...common, columns: null } : null
  const values = columns.map((column, index) => ({
    value: textOf(sql, column.expr.span),
    target: targets === null ? nameOf(column) : (targets[index] ?? null),
  }))
  return { ...common, columns: values }
}

function nameOf({ expr, alias }: Extract<ResultColumn, { type: 'ExprResultColumn' }>): string | null {
  if (alias !== undefined) return alias.name.text
  if (expr.type === 'Id') return expr.name
  return expr.type === 'QualifiedExpr' ? expr.column.text : null
}
