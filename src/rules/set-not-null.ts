import type { ObjectName } from '../sql/change.js'
import { demandsValue } from '../sql/expressions.js'
import { readUnmet } from './copied-rows.js'
import type { Draft, JudgeContext, Rule, TableView } from './rule.js'
import { whyOtherRows } from './why-not-now.js'
import { refTo, sqlName } from './wording.js'

export const setNotNull: Rule = {
  id: 'set-not-null',
  kind: 'failure',
  severity: 'S3',
  summary: 'A column becomes required; rows without a value make the statement fail.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;', databases: ['postgresql'] },
      {
        sql: 'ALTER TABLE "User" ADD PRIMARY KEY USING INDEX "User_email_key";',
        before: 'CREATE TABLE "User" ("email" TEXT); CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");',
        databases: ['postgresql'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("n" TEXT NOT NULL); INSERT INTO "new_U" ("n") SELECT "n" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("n" TEXT);',
        databases: ['sqlite'],
      },
    ],
    safe: [
      {
        sql: 'UPDATE "User" SET "name" = \'\' WHERE "name" IS NULL; ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;',
        databases: ['postgresql'],
      },
      { sql: 'CREATE TABLE t (a text); ALTER TABLE t ALTER COLUMN a SET NOT NULL;', databases: ['postgresql'] },
      {
        sql: 'ALTER TABLE "User" VALIDATE CONSTRAINT has_name; ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;',
        before: 'CREATE TABLE "User" ("name" TEXT); ALTER TABLE "User" ADD CONSTRAINT has_name CHECK ("name" IS NOT NULL) NOT VALID;',
        databases: ['postgresql'],
      },
      { sql: 'DELETE FROM "User" WHERE "name" IS NULL; ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;', databases: ['postgresql'] },
      {
        sql: 'CREATE TABLE "new_U" ("n" TEXT NOT NULL); INSERT INTO "new_U" ("n") SELECT coalesce("n", \'\') FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("n" TEXT);',
        databases: ['sqlite'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind === 'set-not-null') {
      const table = context.table(change.table)
      return table === null ? [] : draft(table, change.table, change.column, context)
    }
    if (change.kind === 'promote-index') {
      const table = context.table(change.table)
      return table === null
        ? []
        : (table.namedKeys.find(({ name }) => name === change.index)?.columns ?? []).flatMap((name) =>
            draft(table, change.table, name, context),
          )
    }
    if (change.kind !== 'rebuild-table' || !change.copied) return []
    const table = context.table(change.table)
    if (table === null) return []
    const refused = readUnmet(change, table, context, (action) => action === 'refuse').required
    return change.columns.flatMap(({ definition, source }) => {
      // An INTEGER PRIMARY KEY that gets NULL takes the next number.
      if (!refused.includes(definition.name) || definition.generated || source.from !== 'column') return []
      return table.column(source.column)?.notNull === false ? draft(table, change.table, source.column, context) : []
    })
  },
}

function draft(table: TableView, name: ObjectName, columnName: string, context: JudgeContext): readonly Draft[] {
  const column = table.column(columnName)
  if (column === null || column.written === 'filled' || column.notNull === true || (column.live === null && column.hasDefault)) return []
  const { quoteName, style } = context.dialect
  const own = { table: name.name, name: columnName }
  // PostgreSQL takes such a constraint as proof and reads no row.
  if (table.checks.some((check) => check.isValid && demandsValue(check.condition, own, style))) return []
  const quoted = quoteName(columnName)
  const isNew = column.live === null
  const shown = context.display(table.live, column.live ?? column.name)
  return [
    {
      message: `${shown} becomes required, which fails if a row has no value.`,
      why: isNew
        ? 'The column is added by these migrations; rows that are already there have no value in it.'
        : 'Statements before it may already have taken effect when it fails.',
      instead: `UPDATE ${sqlName(context, name)} SET ${quoted} = <value> WHERE ${quoted} IS NULL;  -- before this statement`,
      objects: [refTo(table.live, column.live ?? column.name)],
      measures:
        column.live === null ? [{ what: 'any-row', table: table.live }] : [{ what: 'null-values', table: table.live, column: column.live }],
      inconclusive:
        column.written === 'some'
          ? `an earlier statement of these migrations fills ${column.name}`
          : column.isRetyped
            ? `an earlier statement gives ${column.name} another type first`
            : whyOtherRows(table),
    },
  ]
}
