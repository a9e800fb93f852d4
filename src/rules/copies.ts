import type { Conversion } from '../databases/dialect.js'
import type { Change, ChangeOf, ObjectName } from '../sql/change.js'
import { mentionsName } from '../sql/expressions.js'
import type { Kept } from './finding.js'
import { isSameTable } from './rename-candidates.js'
import type { ColumnView, CopyView, JudgeContext, TableView } from './rule.js'

/** What holds all values of a column, or all rows, until the end of the migrations. */
export interface CopyFound {
  /** The column or table, as it is called when the change is made. For people. */
  readonly name: string
  readonly kept: Kept
}

/** Another table that holds all values of a column; null when there is none. */
export function findColumnCopy(table: TableView, column: ColumnView, context: JudgeContext): CopyFound | null {
  for (const copy of table.copies) {
    const end = holdsColumn(copy, table, column) ? followCopy(copy, context) : null
    if (end !== null) return { name: copy.name.name, kept: keptIn(end, table, column.live) }
  }
  return null
}

/** Another column of the same table that holds all values of this one; null when there is none. */
export function findColumnBeside(table: TableView, name: ObjectName, column: ColumnView, context: JudgeContext): CopyFound | null {
  for (const { column: target, as } of column.copiedTo) {
    const copy = table.column(target)
    if (copy === null || copy.type === null || !isWhole(context.dialect.classifyConversion(column.type, copy.type, as))) continue
    const end = followColumn(name, target, context.laterOn(name.name))
    if (end === null) continue
    const { live } = table
    const kept = {
      schema: live.schema,
      table: live.name,
      column: column.live,
      in: null,
      columns: [[column.live ?? column.name, end] as const],
    }
    return { name: target, kept }
  }
  return null
}

function keptIn({ name, columns }: CopyAtEnd, table: TableView, column: string | null): Kept {
  const { schema, name: from } = table.live
  const pairs = columns?.flatMap(({ source, target }) => {
    const live = table.column(source)?.live ?? null
    return live === null ? [] : [[live, target] as const]
  })
  return { schema, table: from, column, in: { schema: name.schema, table: name.name }, columns: pairs ?? null }
}

/** What does not fit is refused, and then nothing is dropped either. */
function isWhole(conversion: Conversion): boolean {
  return conversion === 'none' || conversion === 'reshapes' || conversion === 'fails'
}

/** Another table has the values, and the key that says which row each belongs to. */
function holdsColumn(copy: CopyView, table: TableView, column: ColumnView): boolean {
  const has = (name: string) => copy.columns.some(({ source, conversion }) => source === name && isWhole(conversion))
  const hasKey = table.primaryKey.length > 0 ? table.primaryKey.every(has) : copy.columns.length > 1
  const hasRows = !copy.skipsTaken && (copy.notNull === null || copy.notNull === column.name)
  return has(column.name) && hasKey && hasRows
}

/** What the column of the table is called after these changes; null when one of them destroys what it holds. */
function followColumn(table: ObjectName, column: string, changes: readonly Change[]): string | null {
  let current = column
  for (const change of changes) {
    if (!('table' in change) || !isSameTable(change.table, table)) continue
    if (destroys(change, current)) return null
    current = nameAfter(change, current)
  }
  return current
}

function destroys(change: Change, column: string): boolean {
  if (change.kind === 'insert') return change.onConflict === 'replace' || change.overwrites.includes(column)
  if (change.kind === 'drop-column' || change.kind === 'alter-column-type') return change.column === column
  if (change.kind === 'update') return change.assignments.some((assignment) => assignment.column === column)
  return change.kind === 'rebuild-table' && !keepsInPlace(change, column)
}

function nameInRebuild({ columns }: ChangeOf<'rebuild-table'>, column: string): string {
  const kept = columns.filter(({ source }) => source.from === 'column' && source.column === column).map(({ definition }) => definition.name)
  return kept.includes(column) ? column : (kept[0] ?? column)
}

/** Every value, and no other column has got its name. */
function keepsInPlace({ columns, filter, onConflict }: ChangeOf<'rebuild-table'>, column: string): boolean {
  const kept = columns.filter(({ source }) => source.from === 'column' && source.column === column)
  const isTaken = columns.some(({ definition }) => definition.name === column)
  const leavesOut = filter !== null || onConflict === 'ignore' || onConflict === 'replace'
  return !leavesOut && kept.some(({ definition }) => definition.name === column || !isTaken)
}

/** `lost`: rows that it had already, by a key of it; values that are there in another form; nothing. */
export interface RowCopyFound extends CopyFound {
  readonly lost: 'rows' | 'form' | 'nothing'
}

/** A table that holds rows and every column of this one until the end of the migrations; null when there is none. */
export function findRowCopy(table: TableView, context: JudgeContext): RowCopyFound | null {
  const live = table.columns.filter((column) => column.live !== null && !column.computed)
  const holds = ({ columns }: CopyView, isMeant: (conversion: Conversion) => boolean) =>
    table.isComplete && live.every((column) => columns.some(({ source, conversion }) => source === column.name && isMeant(conversion)))
  const found = table.copies.flatMap((copy): readonly RowCopyFound[] => {
    const end = copy.notNull === null ? followCopy(copy, context) : null
    if (end === null || (!copy.isVerbatim && !holds(copy, () => true))) return []
    const form = copy.isVerbatim || holds(copy, isWhole) ? 'nothing' : 'form'
    return [{ name: copy.name.name, kept: keptIn(end, table, null), lost: copy.skipsTaken ? 'rows' : form }]
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
    return change.assignments.some(({ column }) => followColumn(change.table, column, after) !== null) && isThere(change.table, after)
  })
  return filled?.kind === 'update' ? filled.table : null
}

function isThere(table: ObjectName, changes: readonly Change[]): boolean {
  return !changes.some((change) => change.kind === 'drop-table' && isSameTable(change.table, table))
}

/** What may destroy a column that is not known by name. */
const SPOILS: ReadonlySet<Change['kind']> = new Set(['drop-column', 'alter-column-type', 'update', 'rebuild-table'])

/** `columns`: null where it has those of the source, whatever they are. */
interface CopyAtEnd {
  readonly name: ObjectName
  readonly columns: readonly { readonly source: string; readonly target: string }[] | null
}

/** The copy as the migrations leave it; null when they destroy some of what it holds. */
function followCopy({ name, columns, isVerbatim }: CopyView, context: JudgeContext): CopyAtEnd | null {
  let current: CopyAtEnd = { name, columns: isVerbatim && columns.length === 0 ? null : columns }
  for (const change of context.later) {
    // What references a table that is emptied with CASCADE is not followed.
    if (change.kind === 'truncate' && (change.cascade || change.tables.some((table) => isSameTable(table, current.name)))) return null
    if (change.kind === 'drop-schema' && change.schema === current.name.schema) return null
    if (change.kind === 'rename-schema' && change.schema === current.name.schema)
      current = { ...current, name: { ...current.name, schema: change.to } }
    if (!('table' in change) || !isSameTable(change.table, current.name)) continue
    if (change.kind === 'rename-table') current = { ...current, name: { schema: change.toSchema ?? current.name.schema, name: change.to } }
    else if (['drop-table', 'delete', 'set-unlogged'].includes(change.kind)) return null
    else if (current.columns === null) {
      if (SPOILS.has(change.kind) || (change.kind === 'insert' && (change.onConflict === 'replace' || change.overwrites.length > 0)))
        return null
    } else {
      if (current.columns.some(({ target }) => destroys(change, target))) return null
      current = { ...current, columns: current.columns.map((pair) => ({ ...pair, target: nameAfter(change, pair.target) })) }
    }
  }
  return current
}

function nameAfter(change: Change, column: string): string {
  if (change.kind === 'rename-column') return change.column === column ? change.to : column
  return change.kind === 'rebuild-table' ? nameInRebuild(change, column) : column
}
