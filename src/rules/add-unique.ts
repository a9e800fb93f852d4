import type { Rule } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo, seenAs, sqlName } from './wording.js'

export const addUnique: Rule = {
  id: 'add-unique',
  kind: 'failure',
  severity: 'S3',
  summary: 'Values must be unique from now on; duplicates make the statement fail.',
  examples: {
    unsafe: [
      { sql: 'CREATE UNIQUE INDEX "User_email_key" ON "User"("email");' },
      { sql: 'ALTER TABLE "User" ADD CONSTRAINT u UNIQUE (a, b);', databases: ['postgresql'] },
      { sql: 'CREATE UNIQUE INDEX i ON "User"(lower("email"));' },
    ],
    safe: [
      { sql: 'CREATE TABLE t (a INTEGER); CREATE UNIQUE INDEX i ON t(a);' },
      { sql: 'CREATE INDEX i ON "User"("email");' },
      { sql: 'ALTER TABLE "User" ADD COLUMN "key" SERIAL, ADD PRIMARY KEY ("key");', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" ADD COLUMN "email" TEXT; CREATE UNIQUE INDEX i ON "User"("email");' },
      {
        sql: 'CREATE UNIQUE INDEX j ON "User"("email");',
        before: 'CREATE TABLE "User" ("email" TEXT); CREATE UNIQUE INDEX i ON "User"("email");',
      },
      {
        sql: 'CREATE TABLE "new_User" ("email" TEXT NOT NULL); INSERT INTO "new_User" ("email") SELECT "email" FROM "User"; DROP TABLE "User"; ALTER TABLE "new_User" RENAME TO "User"; CREATE UNIQUE INDEX i ON "User"("email");',
        before: 'CREATE TABLE "User" ("email" TEXT); CREATE UNIQUE INDEX i ON "User"("email");',
        databases: ['sqlite'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'add-unique') return []
    const table = context.table(change.table)
    if (table === null) return []
    const columns = change.columns.map((name) => table.column(name))
    const isPlain = change.columns.length === change.keys.length
    // A column that is new and has no default is NULL everywhere, and NULLs are no duplicates.
    const isEmpty =
      !change.nullsEqual &&
      columns.some((column) => column !== null && column.live === null && !column.hasDefault && column.written === 'no')
    const isNumbered =
      isPlain && columns.some((column) => column !== null && column.live === null && column.isNumbered && column.written === 'no')
    if (isEmpty || isNumbered || (isPlain && isUniqueAlready(change.columns, table.uniqueKeys, context.dialect.ignoresCase))) return []
    const live = columns.flatMap((column) => column?.live ?? [])
    const shown = live.length > 0 ? live.join(', ') : change.keys.join(', ')
    return [
      {
        message: `${context.display(table.live)} (${shown}) must be unique, which fails if there are duplicates.`,
        why: 'Statements before it may already have taken effect when it fails.',
        instead: `SELECT ${change.keys.join(', ')}, count(*) FROM ${sqlName(context, change.table)} GROUP BY ${change.keys.join(', ')} HAVING count(*) > 1;  -- resolve these first`,
        objects: live.length > 0 ? live.map((column) => refTo(table.live, column)) : [refTo(table.live)],
        measures: [
          {
            what: 'duplicates',
            table: table.live,
            seenAs: seenAs(table, change.table),
            keys: change.keys,
            where: change.where,
            nullsEqual: change.nullsEqual,
          },
        ],
        inconclusive: whyNotNowOrFilled(table, context, { where: change.where, expressions: change.keys }),
      },
    ]
  },
}

/** A key within these columns that is unique makes all of them unique. */
function isUniqueAlready(columns: readonly string[], keys: readonly (readonly string[])[], ignoresCase: boolean): boolean {
  const fold = (name: string) => (ignoresCase ? name.toLowerCase() : name)
  const folded = columns.map(fold)
  return keys.some((key) => key.length > 0 && key.every((name) => folded.includes(fold(name))))
}
