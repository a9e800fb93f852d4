import type { ParsedSql } from '../databases/database.js'
import { findColumnRename, isSameTable } from '../rules/rename-candidates.js'
import type { ColumnView, JudgeContext } from '../rules/rule.js'
import { sqlName } from '../rules/wording.js'
import type { Change, ColumnDefinition } from '../sql/change.js'
import { applyEdits, dropWarnings, replaceActions } from './edits.js'

/** What a rename rewrite says and gives; see RenameSuggestion. */
export interface RenameDraft {
  readonly description: string
  readonly after: string
}

/** DROP COLUMN a, ADD COLUMN b → RENAME COLUMN a TO b, with the changes of type, NOT NULL and default that make it the same column. */
export function suggestColumnRename(change: Change, file: ParsedSql, context: JudgeContext): RenameDraft | null {
  if (change.kind !== 'drop-column' || change.within !== undefined) return null
  const table = context.table(change.table)
  const column = table?.column(change.column) ?? null
  const added = findColumnRename(change, context)
  if (table === null || column === null || column.live === null || column.computed || added === null) return null
  const add = file.changes.find(
    (other) => other.kind === 'add-column' && isSameTable(other.table, change.table) && other.definition === added,
  )
  // What stands in the same action (UNIQUE, REFERENCES) would be lost with it.
  const isAlone = file.changes.filter((other) => other.statement === add?.statement && other.span?.start === add?.span?.start).length === 1
  if (add === undefined || add.within !== undefined || added.unique || added.primaryKey || !isAlone) return null
  const alter = `ALTER TABLE ${sqlName(context, change.table)}`
  const adjustments = adjustColumn(column, added, alter, context)
  if (adjustments === null) return null
  const { quoteName } = context.dialect
  const statements = [`${alter} RENAME COLUMN ${quoteName(change.column)} TO ${quoteName(added.name)};`, ...adjustments]
  const { sql } = file.source
  const after = applyEdits(sql, replaceActions(sql, [change, add], file.changes, statements.join('\n')))
  const isStale = (line: string) =>
    line.includes(`\`${change.column}\` on the \`${table.name}\``) ||
    line.includes(`required column \`${added.name}\` to the \`${table.name}\``)
  return {
    description: `Rename ${context.display(table.live, column.live)} to ${added.name} instead of dropping it.`,
    after: dropWarnings(after, isStale),
  }
}

/** Statements that give a renamed column the type, NOT NULL and default it is to have; null where the database has no such statements and they differ. */
export function adjustColumn(column: ColumnView, target: ColumnDefinition, alter: string, context: JudgeContext): readonly string[] | null {
  const name = context.dialect.quoteName(target.name)
  const isRetyped = column.type !== null && column.type !== target.type
  const notNull = column.notNull === null || column.notNull === target.notNull ? null : target.notNull
  const takesDefault = target.default !== null
  const dropsDefault = !takesDefault && column.hasDefault
  if (!context.dialect.altersColumns) return isRetyped || notNull !== null || takesDefault || dropsDefault ? null : []
  return [
    ...(dropsDefault || (column.hasDefault && isRetyped) ? [`${alter} ALTER COLUMN ${name} DROP DEFAULT;`] : []),
    ...(isRetyped ? [`${alter} ALTER COLUMN ${name} SET DATA TYPE ${target.type};`] : []),
    ...(takesDefault ? [`${alter} ALTER COLUMN ${name} SET DEFAULT ${target.default};`] : []),
    ...(notNull === null ? [] : [`${alter} ALTER COLUMN ${name} ${notNull ? 'SET' : 'DROP'} NOT NULL;`]),
  ]
}
