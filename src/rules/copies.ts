import type { Conversion } from '../databases/dialect.js'
import type { Change, ObjectName } from '../sql/change.js'
import { isSameTable } from './rename-candidates.js'
import type { ColumnCopyView, ColumnView, CopyView, JudgeContext, TableView } from './rule.js'

/** Another table, by its name now, that holds all values of a column until the end of the migrations; null when there is none. */
export function findColumnCopy(table: TableView, column: ColumnView, context: JudgeContext): ObjectName | null {
  return table.copies.find((copy) => holdsColumn(copy, table, column, context))?.name ?? null
}

/** Another column of the same table, by its name now, that holds all values of this one until the end of the migrations; null when there is none. */
export function findColumnBeside(table: TableView, name: ObjectName, column: ColumnView, context: JudgeContext): string | null {
  const holds = ({ column: target, as }: ColumnCopyView) => {
    const copy = table.column(target)
    if (copy === null || copy.type === null) return false
    return isWhole(context.dialect.classifyConversion(column.type, copy.type, as)) && isKept(name, target, context)
  }
  return column.copiedTo.find(holds)?.column ?? null
}

/** What does not fit is refused, and then nothing is dropped either. */
function isWhole(conversion: Conversion): boolean {
  return conversion === 'none' || conversion === 'reshapes' || conversion === 'fails'
}

/** Another table has the values, and the key that says which row each belongs to. */
function holdsColumn(copy: CopyView, table: TableView, column: ColumnView, context: JudgeContext): boolean {
  const has = (name: string) => copy.columns.some(({ source }) => source === name)
  const hasKey = table.primaryKey.length > 0 ? table.primaryKey.every(has) : copy.columns.length > 1
  const hasRows = copy.notNull === null || copy.notNull === column.name
  return has(column.name) && hasKey && hasRows && staysWhole(copy, context)
}

function isKept(table: ObjectName, column: string, context: JudgeContext): boolean {
  let current = column
  for (const change of context.laterOn(table.name)) {
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
  const live = table.columns.filter((column) => column.live !== null && !column.computed)
  const hasAll = ({ columns }: CopyView) => table.isComplete && live.every((column) => columns.some(({ source }) => source === column.name))
  const holdsAll = (copy: CopyView) => copy.notNull === null && (copy.isVerbatim || hasAll(copy))
  return table.copies.find((copy) => holdsAll(copy) && staysWhole(copy, context))?.name ?? null
}

/** What may destroy a column that is not known by name. */
const SPOILS: ReadonlySet<Change['kind']> = new Set(['drop-column', 'alter-column-type', 'update', 'rebuild-table'])

function staysWhole({ name, columns, isVerbatim }: CopyView, context: JudgeContext): boolean {
  let current = name
  const own = context.laterOn(name.name)
  const isRenamed = own.some((change) => change.kind === 'rename-table')
  for (const change of isRenamed ? context.later : own) {
    if (change.kind === 'truncate' && change.tables.some((table) => isSameTable(table, current))) return false
    if (!('table' in change) || !isSameTable(change.table, current)) continue
    if (change.kind === 'rename-table') current = { schema: change.toSchema ?? current.schema, name: change.to }
    const isSpoilt = isVerbatim && columns.length === 0 ? SPOILS.has(change.kind) : columns.some(({ target }) => destroys(change, target))
    const loses = ['drop-table', 'delete', 'set-unlogged'].includes(change.kind) || isSpoilt
    if (loses) return false
  }
  return true
}
