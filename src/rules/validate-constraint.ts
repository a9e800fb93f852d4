import type { ObjectName } from '../sql/change.js'
import { columnsIn } from './add-check.js'
import { readReference } from './add-foreign-key.js'
import type { Measure } from './measure.js'
import type { JudgeContext, Rule, TableView } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo, seenAs } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT */
export const validateConstraint: Rule = {
  id: 'validate-constraint',
  kind: 'failure',
  severity: 'S3',
  summary: 'A constraint that was added NOT VALID is validated; rows from before it may violate it.',
  examples: {
    unsafe: [
      {
        sql: 'ALTER TABLE "User" VALIDATE CONSTRAINT adult;',
        before: 'CREATE TABLE "User" ("age" INTEGER); ALTER TABLE "User" ADD CONSTRAINT adult CHECK ("age" >= 18) NOT VALID;',
        databases: ['postgresql'],
      },
      {
        sql: 'ALTER TABLE "Post" ADD CONSTRAINT fk FOREIGN KEY ("authorId") REFERENCES "User"("id") NOT VALID; ALTER TABLE "Post" VALIDATE CONSTRAINT fk;',
        databases: ['postgresql'],
      },
    ],
    safe: [
      {
        sql: 'ALTER TABLE "User" VALIDATE CONSTRAINT adult;',
        before: 'CREATE TABLE "User" ("age" INTEGER CHECK ("age" > 0)); ALTER TABLE "User" ADD CONSTRAINT adult CHECK ("age" >= 18);',
        databases: ['postgresql'],
      },
      {
        sql: 'CREATE TABLE t (a INTEGER); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c;',
        databases: ['postgresql'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'validate-constraint') return []
    const table = context.table(change.table)
    if (table === null) return []
    const found = measureOf(table, change.table, change.name, context)
    if (found === null) return []
    return [
      {
        message: `Validating ${change.name} on ${context.display(table.live)} fails if a row violates it.`,
        why: 'Rows from before the constraint were never checked. Statements before it may already have taken effect when it fails.',
        instead: 'Correct the rows in a statement before this one.',
        objects: [refTo(table.live)],
        measures: [found.measure],
        inconclusive: found.inconclusive,
      },
    ]
  },
}

function measureOf(
  table: TableView,
  name: ObjectName,
  constraint: string,
  context: JudgeContext,
): { readonly measure: Measure; readonly inconclusive: string | null } | null {
  const check = table.checks.find((one) => one.name === constraint)
  if (check !== undefined) {
    if (check.isValid) return null
    const { condition } = check
    const columns = columnsIn(table, condition, context)
    return {
      measure: { what: 'violations', table: table.live, seenAs: seenAs(table, name), condition, columns },
      inconclusive: whyNotNowOrFilled(table, context, { expressions: [condition] }),
    }
  }
  const key = table.foreignKey(constraint)
  if (key !== null) return key.notValid ? readReference(table, key, context) : null
  // Nothing is known of a table that only files mention; a catalog would have shown it.
  if (context.catalog !== null || table.isComplete) return null
  return { measure: { what: 'unknown', why: 'the constraint is not known', predictions: [] }, inconclusive: null }
}
