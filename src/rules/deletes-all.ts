import type { ChangeOf } from '../sql/change.js'
import { readNotNullCheck } from '../sql/expressions.js'
import type { JudgeContext, TableView } from './rule.js'

/** No WHERE, or only `c IS NOT NULL` of a column that always has a value. */
export function deletesAll(change: ChangeOf<'delete'>, table: TableView, context: JudgeContext): boolean {
  if (change.using !== null) return false
  if (change.where === null) return true
  const name = readNotNullCheck(change.where, context.dialect.style)
  return name !== null && table.column(name)?.notNull === true
}
