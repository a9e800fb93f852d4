import type { ReferentialAction } from '../sql/change.js'
import { mentionsName } from '../sql/expressions.js'
import type { LiveTable } from './measure.js'
import type { JudgeContext, TableView } from './rule.js'

/** SQL of a migration that is to be counted now. */
export interface CountedSql {
  readonly where?: string | null
  readonly from?: string | null
  readonly with?: string | null
  /** Other expressions: USING of ALTER COLUMN TYPE, values of UPDATE, keys of an index. */
  readonly expressions?: readonly string[]
}

/** Why a predicate or expression cannot be counted in the table as it is now; null when it can. */
export function whyNotNow(table: TableView, context: JudgeContext, sql: CountedSql = {}): string | null {
  if (table.rewrittenAt !== null) return `${table.rewrittenAt} writes to ${table.live.name} first`
  const fragments = [sql.where, sql.from, sql.with, ...(sql.expressions ?? [])].filter((one) => one !== null && one !== undefined)
  const { style } = context.dialect
  const mentions = (name: string) => fragments.some((fragment) => mentionsName(fragment, name, style))
  const retyped = table.columns.find((column) => column.isRetyped && mentions(column.name))
  if (retyped !== undefined) return `an earlier statement gives ${retyped.name} another type first`
  const readsTables = (sql.from ?? null) !== null || (sql.with ?? null) !== null || mentions('select')
  if (!readsTables) return null
  if (context.searchPath !== null) return `search_path is set to ${context.searchPath} first`
  if (table.filledAt !== null && mentions(table.name)) return `${table.filledAt} adds rows to ${table.live.name} first`
  const isOther = table.name !== table.live.name || table.columns.some(({ live, name }) => live !== null && live !== name)
  if ((isOther && mentions(table.name)) || table.columns.some(({ live, name }) => live === null && mentions(name)))
    return `an earlier statement renames or adds columns of ${table.live.name} first`
  return context.changedTables.find(({ name }) => name !== table.name && mentions(name))?.why ?? null
}

/** The same where rows that earlier statements add count too. */
export function whyNotNowOrFilled(table: TableView, context: JudgeContext, sql: CountedSql = {}): string | null {
  return table.filledAt === null ? whyNotNow(table, context, sql) : `${table.filledAt} adds rows to ${table.live.name} first`
}

/** Why the rows are not those of now; null when at most their values change. */
export function whyOtherRows(table: TableView): string | null {
  if (table.deletedAt !== null) return `${table.deletedAt} deletes rows of ${table.live.name} first`
  return table.filledAt === null ? null : `${table.filledAt} adds rows to ${table.live.name} first`
}

/** Why what ON DELETE does when rows of the table go cannot be counted now: earlier statements make the keys, or change the rows that reference it. */
export function whyNotCascading(table: TableView, context: JudgeContext): string | null {
  const reached: LiveTable[] = [table.live]
  const { foreignKeys } = context
  // New rows are nobody's loss, and keys follow renames.
  const changed = foreignKeys.length === 0 ? [] : context.changedTables.filter(({ isRewritten }) => isRewritten)
  for (const parent of reached) {
    for (const key of foreignKeys) {
      if (!isSame(key.references, parent) || !isActing(key.onDelete)) continue
      if (!key.isCountable) return `earlier statements make the column by which ${key.table.name} references ${parent.name}`
      const why = changed.find(({ live }) => live !== null && isSame(live, key.table))?.why
      if (why !== undefined) return why
      if (!reached.some((one) => isSame(one, key.table))) reached.push(key.table)
    }
  }
  return null
}

function isActing(action: ReferentialAction): boolean {
  return action !== 'no action' && action !== 'restrict'
}

function isSame(one: LiveTable, other: LiveTable): boolean {
  return one.name === other.name && one.schema === other.schema
}
