import { describeUnmet, readCopied, readUnmet } from './copied-rows.js'
import type { Demand, Measure } from './measure.js'
import type { Draft, Rule } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo } from './wording.js'

/** SQLite cannot add a constraint to a table: it comes with a rebuild. https://sqlite.org/lang_altertable.html#otheralter */
export const rebuildWithConstraint: Rule = {
  id: 'rebuild-with-constraint',
  kind: 'failure',
  severity: 'S3',
  summary: 'A table is rebuilt with a key, a CHECK or STRICT that rows may violate, which makes the copying INSERT fail.',
  examples: {
    unsafe: [
      {
        sql: 'CREATE TABLE "new_U" ("e" TEXT UNIQUE); INSERT INTO "new_U" ("e") SELECT "e" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("a" INTEGER CHECK ("a" > 0)); INSERT INTO "new_U" ("a") SELECT "a" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("a" INTEGER);',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("a" INTEGER) STRICT; INSERT INTO "new_U" ("a") SELECT "a" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("a" INTEGER);',
        databases: ['sqlite'],
      },
    ],
    safe: [
      {
        sql: 'CREATE TABLE "new_U" ("e" TEXT UNIQUE, "a" INTEGER CHECK ("a" > 0)) STRICT; INSERT INTO "new_U" ("e", "a") SELECT "e", "a" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("e" TEXT PRIMARY KEY, "a" INTEGER CHECK ("a" > 0)) STRICT;',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER PRIMARY KEY, "a" TEXT); INSERT INTO "new_U" ("id", "a") SELECT "id", "a" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        databases: ['sqlite'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'rebuild-table' || !change.copied) return []
    const table = context.table(change.table)
    const incoming = readCopied(change)
    if (table === null) return []
    const { keys, checks } = readUnmet(change, table, context, (action) => action === 'refuse')
    const isStricter = change.constraints.isStrict && table.constraints?.isStrict !== true
    const demands: readonly { readonly text: string; readonly demand: Demand }[] = [
      ...keys.map((key) => ({
        text: describeUnmet({ keys: [key], required: [], checks: [] }),
        demand: { kind: 'key', columns: key.columns } as const,
      })),
      ...checks.map((condition) => ({
        text: describeUnmet({ keys: [], required: [], checks: [condition] }),
        demand: { kind: 'check', condition } as const,
      })),
      ...(isStricter ? [{ text: 'STRICT', demand: { kind: 'types' } as const }] : []),
    ]
    const identity = change.columns.flatMap(({ definition }) => (definition.primaryKey ? [definition.name] : []))
    return demands.map(({ text, demand }): Draft => {
      const measure: Measure =
        incoming === null
          ? { what: 'unknown', why: 'which rows are copied is known only when it runs', predictions: [] }
          : { what: 'refused-rows', table: table.live, incoming, identity, demand }
      return {
        message: `${context.display(table.live)} is rebuilt with a constraint, which fails if a row violates it.`,
        why: `The new table demands ${text}. The statements before the copying INSERT have taken effect when it fails.`,
        instead: `Resolve the rows that violate ${text} before the rebuild, in a statement of its own.`,
        objects: [refTo(table.live)],
        measures: [measure],
        inconclusive: whyNotNowOrFilled(table, context, { from: change.rest }),
      }
    })
  },
}
