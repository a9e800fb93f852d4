import type { Change, ObjectName } from '../sql/change.js'
import type { ObjectRef } from './finding.js'
import type { Cascades, LiveTable, RowSelection, SeenAs } from './measure.js'
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

/** What SQL of this moment calls the table, and how it sees the rows of before. */
export function seenAs(table: TableView, name: ObjectName, alias: string | null = null): SeenAs {
  return { name: alias ?? name.name, shape: table.shape }
}

export function selectRows(
  table: TableView,
  change: { readonly alias: string | null; readonly table: ObjectName; readonly where: string | null; readonly with: string | null },
  from: string | null,
): RowSelection {
  return { ...seenAs(table, change.table, change.alias), where: change.where, from, with: change.with }
}

/** The foreign keys that act when rows are deleted here. */
export function readCascades(change: Change, isCopied = false): Cascades | 'off' {
  if (change.foreignKeysOff === true) return 'off'
  return { isCopied }
}
