import type { Change, ObjectName } from '../sql/change.js'
import { isSameTable } from './rename-candidates.js'
import type { ColumnView, JudgeContext, TableView } from './rule.js'

/** Whether all values of a column were copied to another one of the same table that holds them as they are, until the end of the migrations. */
export function isCopiedElsewhere(table: TableView, name: ObjectName, column: ColumnView, context: JudgeContext): boolean {
  return column.copiedTo.some((target) => {
    const copy = table.column(target)
    if (copy === null || copy.type === null || column.type === null) return false
    return context.dialect.classifyConversion(column.type, copy.type, null) === 'none' && isKept(name, target, context)
  })
}

function isKept(table: ObjectName, column: string, context: JudgeContext): boolean {
  let current = column
  for (const change of context.later) {
    if (!('table' in change) || !isSameTable(change.table, table)) continue
    if (change.kind === 'rename-column' && change.column === current) current = change.to
    else if (destroys(change, current)) return false
  }
  return true
}

function destroys(change: Change, column: string): boolean {
  if (change.kind === 'drop-column' || change.kind === 'alter-column-type') return change.column === column
  if (change.kind === 'update') return change.assignments.some((assignment) => assignment.column === column)
  return change.kind === 'rebuild-table' && !change.columns.some(({ source }) => source.from === 'column' && source.column === column)
}

/** A table that holds every row and column of this one until the end of the migrations, by its name now; null when there is none. */
export function findRowCopy(table: TableView, context: JudgeContext): ObjectName | null {
  if (!table.isComplete) return null
  const live = table.columns.filter((column) => column.live !== null && !column.computed)
  const whole = table.copies.filter(({ columns }) => live.every((column) => columns.includes(column.name)))
  return whole.find(({ name }) => staysWhole(name, context))?.name ?? null
}

function staysWhole(table: ObjectName, context: JudgeContext): boolean {
  let current = table
  for (const change of context.later) {
    if (change.kind === 'truncate' && change.tables.some((name) => isSameTable(name, current))) return false
    if (!('table' in change) || !isSameTable(change.table, current)) continue
    if (change.kind === 'rename-table') current = { schema: change.toSchema ?? current.schema, name: change.to }
    const loses = ['drop-table', 'delete', 'update', 'drop-column', 'alter-column-type', 'rebuild-table'].includes(change.kind)
    if (loses) return false
  }
  return true
}
