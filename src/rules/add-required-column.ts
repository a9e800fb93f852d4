import type { ColumnDefinition, ObjectName } from '../sql/change.js'
import type { Draft, JudgeContext, Rule, TableView } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo, sqlName } from './wording.js'

export const addRequiredColumn: Rule = {
  id: 'add-required-column',
  kind: 'failure',
  severity: 'S3',
  summary: 'A required column is added without a default; any row makes the statement fail.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "User" ADD COLUMN "email" TEXT NOT NULL;' },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER, "n" TEXT NOT NULL); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER);',
        databases: ['sqlite'],
      },
    ],
    safe: [
      { sql: 'ALTER TABLE "User" ADD COLUMN "email" TEXT NOT NULL DEFAULT \'\';' },
      { sql: 'ALTER TABLE "User" ADD COLUMN "id" SERIAL NOT NULL;', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (a INTEGER); ALTER TABLE t ADD COLUMN b TEXT NOT NULL;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind === 'add-column') {
      const table = context.table(change.table)
      if (table === null || (change.ifNotExists && context.catalog !== null && table.column(change.definition.name) !== null)) return []
      return draft(table, change.table, change.definition, context)
    }
    if (change.kind !== 'rebuild-table' || !change.copied) return []
    const table = context.table(change.table)
    if (table === null) return []
    return change.columns.flatMap(({ definition, source }) =>
      source.from === 'default' ? draft(table, change.table, definition, context) : [],
    )
  },
}

function draft(table: TableView, name: ObjectName, definition: ColumnDefinition, context: JudgeContext): readonly Draft[] {
  if (!(definition.notNull || definition.primaryKey) || definition.default !== null || definition.generated) return []
  const column = context.dialect.quoteName(definition.name)
  return [
    {
      message: `Required column ${context.display(table.live, definition.name)} is added without a default, which fails on any row.`,
      why: 'Rows that are already there would have no value in it.',
      instead: `ALTER TABLE ${sqlName(context, name)} ADD COLUMN ${column} ${definition.type ?? ''} NOT NULL DEFAULT <value>;`,
      objects: [refTo(table.live, definition.name)],
      measures: [{ what: 'any-row', table: table.live }],
      inconclusive: whyNotNowOrFilled(table, context),
    },
  ]
}
