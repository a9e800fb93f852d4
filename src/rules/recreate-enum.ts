import type { Measure } from './measure.js'
import type { Rule } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo } from './wording.js'

/** Prisma's way to take a value from an enum: a new type, a cast through text, the old type dropped. */
export const recreateEnum: Rule = {
  id: 'recreate-enum',
  kind: 'failure',
  severity: 'S3',
  summary: 'An enum loses values; rows that use one of them make the statement fail.',
  examples: {
    unsafe: [
      {
        sql: 'BEGIN; CREATE TYPE "Role_new" AS ENUM (\'USER\'); ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new"); ALTER TYPE "Role" RENAME TO "Role_old"; ALTER TYPE "Role_new" RENAME TO "Role"; DROP TYPE "Role_old"; COMMIT;',
        databases: ['postgresql'],
      },
    ],
    safe: [
      {
        sql: 'CREATE TYPE "Role_new" AS ENUM (\'USER\', \'ADMIN\', \'GUEST\'); ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new"); ALTER TYPE "Role" RENAME TO "Role_old"; ALTER TYPE "Role_new" RENAME TO "Role"; DROP TYPE "Role_old";',
        before: 'CREATE TYPE "Role" AS ENUM (\'USER\', \'ADMIN\'); CREATE TABLE "User" ("role" "Role");',
        databases: ['postgresql'],
      },
      { sql: 'ALTER TYPE "Role" ADD VALUE \'GUEST\';', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'recreate-enum') return []
    const before = context.labels(change.type)
    const removed = before?.filter((label) => !change.labels.includes(label)) ?? null
    if (removed !== null && removed.length === 0) return []
    const used = change.columns.flatMap(({ table: name, column }) => {
      const table = context.table(name)
      const view = table?.column(column) ?? null
      return table === null || view === null || view.live === null
        ? []
        : [{ table, live: view.live, isArray: (view.type ?? '').endsWith('[]'), written: view.written }]
    })
    if (used.length === 0 && context.catalog !== null) return []
    const what = removed === null ? 'may lose values' : `loses ${removed.map((label) => `'${label}'`).join(', ')}`
    return [
      {
        message: `Enum ${change.type.name} ${what}; it fails on rows that use them.`,
        why: 'Nothing is lost: the statement is refused, and statements before it may already have taken effect.',
        instead: 'UPDATE the rows that use a removed value to another one before this statement.',
        objects: [
          { ...(change.type.schema === null ? {} : { schema: change.type.schema }), type: change.type.name },
          ...used.map(({ table, live }) => refTo(table.live, live)),
        ],
        measures: used.map(
          ({ table, live, isArray }): Measure => ({
            what: 'other-labels',
            table: table.live,
            column: live,
            labels: change.labels,
            array: isArray,
          }),
        ),
        inconclusive: used.map(({ table }) => whyNotNowOrFilled(table, context)).find((why) => why !== null) ?? null,
      },
    ]
  },
}
