import type { Change, ObjectName } from '../sql/change.js'
import { mentionsName } from '../sql/expressions.js'
import type { ObjectRef } from './finding.js'
import type { Cascades, LiveTable, RowSelection } from './measure.js'
import type { JudgeContext, TableView } from './rule.js'

/** Prisma's own record of what was applied. */
export const HISTORY_TABLE = '_prisma_migrations'

export function isHistoryTable(table: { readonly name: string }): boolean {
  return table.name === HISTORY_TABLE
}

export function refTo(table: LiveTable, column?: string): ObjectRef {
  return { ...(table.schema === null ? {} : { schema: table.schema }), table: table.name, ...(column === undefined ? {} : { column }) }
}

/** A name for SQL, quoted, with the schema that was written. */
export function sqlName(context: JudgeContext, name: ObjectName): string {
  const { quoteName } = context.dialect
  return name.schema === null ? quoteName(name.name) : `${quoteName(name.schema)}.${quoteName(name.name)}`
}

/** Tells that the SQL calls the table otherwise, because these migrations renamed it. */
export function nowCalled(table: TableView): string {
  return table.name === table.live.name ? '' : ` It is called ${table.name} by then.`
}

/** SQL of a migration that is to be counted now. */
export interface CountedSql {
  readonly where?: string | null
  readonly from?: string | null
  readonly with?: string | null
}

/** Why a predicate or expression cannot be counted in the table as it is now; null when it can. */
export function whyNotNow(table: TableView, context: JudgeContext, sql: CountedSql = {}): string | null {
  if (table.isRenamed) return `an earlier statement of these migrations renames ${table.live.name} or a column of it`
  if (table.isRewritten) return `an earlier statement of these migrations writes to ${table.live.name}`
  const fragments = [sql.where, sql.from, sql.with].filter((fragment) => fragment !== null && fragment !== undefined)
  const other = context.writtenTables.find(
    (name) => name !== table.name && fragments.some((fragment) => mentionsName(fragment, name, context.dialect.style)),
  )
  return other === undefined ? null : `an earlier statement of these migrations writes to ${other}`
}

/** The same where rows that earlier statements add count too. */
export function whyNotNowOrFilled(table: TableView, context: JudgeContext, sql: CountedSql = {}): string | null {
  return table.isFilled ? `an earlier statement of these migrations adds rows to ${table.live.name}` : whyNotNow(table, context, sql)
}

export function selectRows(
  change: { readonly alias: string | null; readonly table: ObjectName; readonly where: string | null; readonly with: string | null },
  from: string | null,
): RowSelection {
  return { name: change.alias ?? change.table.name, where: change.where, from, with: change.with }
}

/** The foreign keys that act when rows are deleted here. */
export function readCascades(change: Change, context: JudgeContext, isCopied = false): Cascades | 'off' {
  if (change.foreignKeysOff === true) return 'off'
  return { isCopied, without: context.earlier.flatMap((earlier) => (earlier.kind === 'drop-constraint' ? [earlier.name] : [])) }
}
