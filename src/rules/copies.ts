import type { Conversion } from '../databases/dialect.js'
import type { Change, ChangeOf, ObjectName } from '../sql/change.js'
import { mentionsName } from '../sql/expressions.js'
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
    return isWhole(context.dialect.classifyConversion(column.type, copy.type, as)) && isKept(name, target, context.laterOn(name.name))
  }
  return column.copiedTo.find(holds)?.column ?? null
}

/** What does not fit is refused, and then nothing is dropped either. */
function isWhole(conversion: Conversion): boolean {
  return conversion === 'none' || conversion === 'reshapes' || conversion === 'fails'
}

/** Another table has the values, and the key that says which row each belongs to. */
function holdsColumn(copy: CopyView, table: TableView, column: ColumnView, context: JudgeContext): boolean {
  const has = (name: string) => copy.columns.some(({ source, conversion }) => source === name && isWhole(conversion))
  const hasKey = table.primaryKey.length > 0 ? table.primaryKey.every(has) : copy.columns.length > 1
  const hasRows = !copy.skipsTaken && (copy.notNull === null || copy.notNull === column.name)
  return has(column.name) && hasKey && hasRows && staysWhole(copy, context)
}

/** Whether none of these changes destroys what the column of the table holds. */
function isKept(table: ObjectName, column: string, changes: readonly Change[]): boolean {
  let current = column
  for (const change of changes) {
    if (!('table' in change) || !isSameTable(change.table, table)) continue
    if (change.kind === 'rename-column' && change.column === current) current = change.to
    else if (destroys(change, current)) return false
  }
  return true
}

function destroys(change: Change, column: string): boolean {
  if (change.kind === 'drop-column' || change.kind === 'alter-column-type') return change.column === column
  if (change.kind === 'update') return change.assignments.some((assignment) => assignment.column === column)
  return change.kind === 'rebuild-table' && !keepsInPlace(change, column)
}

/** Every value, and no other column has got its name. */
function keepsInPlace({ columns, filter }: ChangeOf<'rebuild-table'>, column: string): boolean {
  const kept = columns.filter(({ source }) => source.from === 'column' && source.column === column)
  const isTaken = columns.some(({ definition }) => definition.name === column)
  return filter === null && kept.some(({ definition }) => definition.name === column || !isTaken)
}

/** `lost`: rows that it had already, by a key of it; values that are there in another form; nothing. */
export interface RowCopyFound {
  readonly name: ObjectName
  readonly lost: 'rows' | 'form' | 'nothing'
}

/** A table that holds rows and every column of this one until the end of the migrations, by its name now; null when there is none. */
export function findRowCopy(table: TableView, context: JudgeContext): RowCopyFound | null {
  const live = table.columns.filter((column) => column.live !== null && !column.computed)
  const holds = ({ columns }: CopyView, isMeant: (conversion: Conversion) => boolean) =>
    table.isComplete && live.every((column) => columns.some(({ source, conversion }) => source === column.name && isMeant(conversion)))
  const found = table.copies.flatMap((copy): readonly RowCopyFound[] => {
    if (copy.notNull !== null || !staysWhole(copy, context)) return []
    if (!copy.isVerbatim && !holds(copy, () => true)) return []
    const form = copy.isVerbatim || holds(copy, isWhole) ? 'nothing' : 'form'
    return [{ name: copy.name, lost: copy.skipsTaken ? 'rows' : form }]
  })
  return found.find(({ lost }) => lost === 'nothing') ?? found[0] ?? null
}

/** A table that an earlier UPDATE fills from every column of this one, as far as rows match (`SET b = j."B" FROM j`); null when there is none. */
export function findFilled(table: TableView, name: ObjectName, context: JudgeContext): ObjectName | null {
  const live = table.columns.filter((column) => column.live !== null && !column.computed)
  if (!table.isComplete || live.length === 0) return null
  // Reading an expression takes longer than looking for letters in it.
  const mentions = (sql: string, word: string) =>
    sql.toLowerCase().includes(word.toLowerCase()) && mentionsName(sql, word, context.dialect.style)
  const filled = context.earlier.find((change, index) => {
    if (change.kind !== 'update' || change.conditional !== undefined || isSameTable(change.table, name)) return false
    const sql = [change.from, change.where, ...change.assignments.map(({ value }) => value)].filter((part) => part !== null).join(' ')
    const isRead = mentions(sql, name.name) && live.every((column) => mentions(sql, column.name))
    if (!isRead) return false
    const after = [...context.earlier.slice(index + 1), ...context.later]
    return change.assignments.some(({ column }) => isKept(change.table, column, after)) && isThere(change.table, after)
  })
  return filled?.kind === 'update' ? filled.table : null
}

function isThere(table: ObjectName, changes: readonly Change[]): boolean {
  return !changes.some((change) => change.kind === 'drop-table' && isSameTable(change.table, table))
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
