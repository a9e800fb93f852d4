import type { JudgeContext, Rule, TableView } from './rule.js'
import { isFilledAgain } from './sequences.js'
import { refTo, sqlName } from './wording.js'

/** Prisma drops defaults routinely: its client fills `@updatedAt` and `uuid()` itself. */
export const dropDefault: Rule = {
  id: 'drop-default',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A column has no default any more; rows inserted without it fail or get NULL.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;', databases: ['postgresql'] },
      {
        sql: 'ALTER TABLE "User" ALTER COLUMN "id" DROP DEFAULT;',
        before: 'CREATE TABLE "User" ("id" SERIAL PRIMARY KEY);',
        databases: ['postgresql'],
      },
    ],
    safe: [
      { sql: 'ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT, ALTER COLUMN "role" SET DEFAULT \'USER\';', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (a int DEFAULT 1); ALTER TABLE t ALTER COLUMN a DROP DEFAULT;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-default') return []
    const table = context.table(change.table)
    const column = table?.column(change.column) ?? null
    if (table === null || column === null || column.live === null || isFilledAgain(change, context)) return []
    const isKey = isFilledKey(table, change.column, column.live, context)
    const shown = context.display(table.live, column.live)
    return [
      {
        ...(isKey ? { kind: 'failure' as const, severity: 'S3' as const } : {}),
        message: isKey ? `${shown} is not numbered any more: inserts that leave it out fail.` : `${shown} has no default any more.`,
        why: isKey
          ? 'It is the primary key, and the database has filled it until now.'
          : 'Nothing that is there changes. Rows inserted without a value get NULL, or fail where one is required.',
        instead: `ALTER TABLE ${sqlName(context, change.table)} ALTER COLUMN ${context.dialect.quoteName(change.column)} SET DEFAULT <value>;`,
        objects: [refTo(table.live, column.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}

/** Whether a sequence fills this primary key; without a catalog a numeric one with a default is taken to be so. */
function isFilledKey(table: TableView, column: string, live: string, context: JudgeContext): boolean {
  if (!table.primaryKey.includes(column)) return false
  const known = context.catalog?.tables
    .find((one) => one.name === table.live.name && one.schema === table.live.schema)
    ?.columns.find((one) => one.name === live)
  if (known !== undefined) return known.sequence !== undefined || /^nextval\(/.test(known.default ?? '')
  const view = table.column(column)
  return view?.hasDefault === true && /^(small|big)?int/.test(view.type ?? '')
}
