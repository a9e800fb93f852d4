import type { ChangeOf, ObjectName } from '../sql/change.js'
import { mentionsName } from '../sql/expressions.js'
import { type CopyFound, findColumnBeside, findColumnCopy } from './copies.js'
import { describeCascade } from './dependents.js'
import { findColumnRename, findRebuildRename, isSameTable } from './rename-candidates.js'
import type { ColumnView, Draft, JudgeContext, Rule, TableView } from './rule.js'
import { nowCalled, refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html: a column is dropped with its indexes and constraints too. */
export const dropColumn: Rule = {
  id: 'drop-column',
  kind: 'loss',
  severity: 'S1',
  summary: 'A column is dropped, or left out when SQLite rebuilds its table, with all its values.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "User" DROP COLUMN "name";' },
      { sql: 'ALTER TABLE "User" ADD COLUMN "fullName" TEXT; ALTER TABLE "User" DROP COLUMN "name";' },
      { sql: 'ALTER TABLE "User" DROP COLUMN IF EXISTS a, DROP b CASCADE;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" DROP COLUMN "age", ADD COLUMN "age" TEXT;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" RENAME COLUMN "name" TO "n"; ALTER TABLE "User" DROP COLUMN "n";' },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER, "name" TEXT);',
        databases: ['sqlite'],
      },
    ],
    safe: [
      { sql: 'ALTER TABLE "User" ADD COLUMN "tmp" TEXT; ALTER TABLE "User" DROP COLUMN "tmp";' },
      { sql: 'ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";' },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER, "full" TEXT); INSERT INTO "new_U" ("id", "full") SELECT "id", "name" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER, "name" TEXT);',
        databases: ['sqlite'],
      },
      {
        sql: 'ALTER TABLE "U" ADD COLUMN "full" TEXT; UPDATE "U" SET "full" = "name" WHERE "name" IS NOT NULL; ALTER TABLE "U" DROP COLUMN "name";',
        before: 'CREATE TABLE "U" ("id" INTEGER, "name" TEXT);',
      },
      {
        sql: 'ALTER TABLE "U" ADD COLUMN "full" TEXT; UPDATE "U" SET "full" = "name"; ALTER TABLE "U" DROP COLUMN "name";',
        before: 'CREATE TABLE "U" ("id" INTEGER, "name" TEXT);',
      },
    ],
  },
  judge(change, context) {
    if (change.kind === 'drop-column') return judgeDrop(change, context)
    return change.kind === 'rebuild-table' ? judgeRebuild(change, context) : []
  },
}

/** With CASCADE, what else goes is said with the column: it has one cause. */
function judgeDrop(change: ChangeOf<'drop-column'>, context: JudgeContext): readonly Draft[] {
  const drafts = draftDrop(change, context)
  const table = context.table(change.table)
  const live = table?.column(change.column)?.live ?? null
  if (!change.cascade || table === null || live === null) return drafts
  const more = describeCascade({ kind: 'relation', name: table.live, column: live }, context)
  return drafts.map((draft) => ({ ...draft, why: `${draft.why}${more}` }))
}

function draftDrop(change: ChangeOf<'drop-column'>, context: JudgeContext): readonly Draft[] {
  const table = context.table(change.table)
  const column = table?.column(change.column) ?? null
  if (table === null || column === null || column.live === null || column.computed) return []
  const copy = findCopy(table, change.table, column, context)
  if (copy !== null) return [describeCopied(table, column, column.live, copy, context)]
  const again = context
    .laterOn(change.table.name)
    .find((later) => later.kind === 'add-column' && isSameTable(later.table, change.table) && later.definition.name === change.column)
  const isRecreated = again !== undefined
  const renamed = isRecreated ? null : findColumnRename(change, context)
  const { quoteName } = context.dialect
  const alter = `ALTER TABLE ${sqlName(context, change.table)}`
  if (isRecreated) {
    return [
      {
        ...draftLoss(table, column, column.live),
        ...(again?.kind === 'add-column' && again.definition.default !== null
          ? { atMost: 'some may be what its default gives again' }
          : {}),
        message: `Column ${context.display(table.live, column.live)} is dropped and added again: all its values are lost.`,
        why: 'The new column has the same name and none of the values.',
        instead: context.dialect.ignoresCase
          ? `Copy the values in between, or rebuild the table with them.`
          : `${alter} ALTER COLUMN ${quoteName(change.column)} TYPE <new type> USING <expression>;`,
      },
    ]
  }
  const isInPart =
    column.copiedTo.length > 0 || (renamed === null ? isRead(change, context) : isMerged(change, table, renamed.name, context))
  if (isInPart) return [describeRead(table, column, column.live, context)]
  return [
    describeDrop(
      table,
      column,
      column.live,
      renamed?.name ?? null,
      renamed === null ? '' : `${alter} RENAME COLUMN ${quoteName(change.column)} TO ${quoteName(renamed.name)};`,
      context,
    ),
  ]
}

/** Where all values of the column are kept: a column beside it, or another table with the key of each row. */
function findCopy(table: TableView, name: ObjectName, column: ColumnView, context: JudgeContext): CopyFound | null {
  return findColumnBeside(table, name, column, context) ?? findColumnCopy(table, column, context)
}

function describeCopied(table: TableView, column: ColumnView, live: string, { name, kept }: CopyFound, context: JudgeContext): Draft {
  return {
    ...draftLoss(table, column, live),
    severity: 'info',
    message: `Column ${context.display(table.live, live)} is dropped after its values were copied to ${name}.`,
    why: 'The copy has every value of it, each with its row.',
    instead: 'Nothing needs to be changed.',
    kept,
  }
}

function describeRead(table: TableView, column: ColumnView, live: string, context: JudgeContext): Draft {
  return {
    ...draftLoss(table, column, live),
    severity: 'S2',
    message: `Dropping column ${context.display(table.live, live)} loses what earlier statements did not copy of it.`,
    why: 'Earlier statements fill other columns from it, which may not hold all of its values as they are.',
    instead: 'Drop it in a later release, when the new values are known to be right.',
  }
}

/** An earlier statement of the set fills something from the column: its values may be there, in another form. */
function isRead(change: ChangeOf<'drop-column'>, context: JudgeContext): boolean {
  const { style } = context.dialect
  const mentions = (sql: string | null) => sql !== null && mentionsName(sql, change.column, style)
  return context.earlier.some((earlier) => {
    if (earlier.kind === 'update') {
      const isOwn = isSameTable(earlier.table, change.table) || mentionsName(earlier.from ?? '', change.table.name, style)
      return isOwn && earlier.assignments.some(({ column, value }) => column !== change.column && mentions(value))
    }
    if (earlier.kind !== 'insert' || isSameTable(earlier.table, change.table)) return false
    return mentions(earlier.statement.sql) && mentionsName(earlier.statement.sql, change.table.name, style)
  })
}

/** An earlier statement of the set fills the column that it may become from it and others: `first || ' ' || last`. */
function isMerged(change: ChangeOf<'drop-column'>, table: TableView, becomes: string, context: JudgeContext): boolean {
  const mentions = (sql: string, name: string) => mentionsName(sql, name, context.dialect.style)
  const gone = context.earlier.flatMap((earlier) =>
    earlier.kind === 'drop-column' && isSameTable(earlier.table, change.table) ? [earlier.column] : [],
  )
  const others = [...table.columns.map(({ name }) => name), ...gone].filter((name) => name !== change.column)
  const isMerging = (value: string | null) =>
    value !== null && mentions(value, change.column) && others.some((name) => mentions(value, name))
  return context.earlier.some(
    (earlier) =>
      earlier.kind === 'update' &&
      isSameTable(earlier.table, change.table) &&
      earlier.assignments.some(({ column, value }) => column === becomes && isMerging(value)),
  )
}

function judgeRebuild(change: ChangeOf<'rebuild-table'>, context: JudgeContext): readonly Draft[] {
  const table = context.table(change.table)
  if (table === null || !table.isComplete || !change.copied) return []
  const leftOut = table.columns.filter((column, position) => !isKept(column, position, change, context))
  return leftOut.flatMap((column) => {
    if (column.live === null || column.computed) return []
    const copy = findColumnBeside(table, change.table, column, context)
    if (copy !== null) return [describeCopied(table, column, column.live, copy, context)]
    const renamed = findRebuildRename(column, change, leftOut, context)
    const { quoteName } = context.dialect
    const fix =
      renamed === null
        ? ''
        : `Copy it: INSERT INTO … (…, ${quoteName(renamed.name)}) SELECT …, ${quoteName(column.name)} FROM ${sqlName(context, change.table)};`
    return [describeDrop(table, column, column.live, renamed?.name ?? null, fix, context)]
  })
}

function isKept(column: ColumnView, position: number, change: ChangeOf<'rebuild-table'>, context: JudgeContext): boolean {
  const fold = (name: string) => (context.dialect.ignoresCase ? name.toLowerCase() : name)
  return change.columns.some(({ definition, source }) => {
    if (source.from === 'position') return source.index === position
    if (source.from === 'column') return fold(source.column) === fold(column.name)
    // What an expression makes of a column's values is for rebuild-table to judge.
    return source.from === 'expression' && fold(definition.name) === fold(column.name)
  })
}

function draftLoss(table: TableView, column: ColumnView, live: string): Omit<Draft, 'message' | 'why' | 'instead'> {
  return {
    objects: [refTo(table.live, live)],
    measures: [{ what: 'values', table: table.live, column: live }],
    inconclusive: null,
    ...(column.copiedTo.length > 0 ? { severity: 'S2' as const } : {}),
  }
}

function describeDrop(
  table: TableView,
  column: ColumnView,
  live: string,
  renamed: string | null,
  fix: string,
  context: JudgeContext,
): Draft {
  const shown = context.display(table.live, live)
  const draft = draftLoss(table, column, live)
  if (renamed !== null) {
    return {
      ...draft,
      message: `Dropping ${shown} loses its values; it looks like a rename to ${renamed}.`,
      why: `${renamed} is added empty. A rename keeps the values.${nowCalled(table)}`,
      instead: fix,
    }
  }
  const copy = column.copiedTo[0]?.column
  return {
    ...draft,
    message: `Dropping column ${shown} loses all its values.`,
    why:
      copy === undefined
        ? `The values go with the column, and nothing in these migrations copies them elsewhere.${nowCalled(table)}`
        : `They are copied to ${copy} first, but it may not hold all of them as they are.`,
    instead: 'Stop using the column first; drop it in a later release, when nobody misses it.',
  }
}
