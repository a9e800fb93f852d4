import { mentionsName } from '../sql/expressions.js'
import type { JudgeContext, Rule, TableView } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo, seenAs, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS */
export const addCheck: Rule = {
  id: 'add-check',
  kind: 'failure',
  severity: 'S3',
  summary: 'A CHECK constraint is added; rows that violate it make the statement fail.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "User" ADD CONSTRAINT adult CHECK ("age" >= 18);', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" ADD COLUMN "size" INTEGER DEFAULT 0 CHECK ("size" > 0);' },
    ],
    safe: [
      { sql: 'ALTER TABLE "User" ADD CONSTRAINT adult CHECK ("age" >= 18) NOT VALID;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" ADD COLUMN "size" INTEGER CHECK ("size" > 0);' },
      { sql: 'CREATE TABLE t (a INTEGER CHECK (a > 0));' },
      { sql: 'CREATE TABLE t (a INTEGER); ALTER TABLE t ADD CHECK (a > 0);', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'add-check' || change.notValid) return []
    const table = context.table(change.table)
    if (table === null || isSurelyNull(table, change.condition, context)) return []
    const columns = columnsIn(table, change.condition, context)
    return [
      {
        message: `A CHECK on ${context.display(table.live)} fails if a row violates it: ${shorten(change.condition)}.`,
        why: 'Rows that are already there are checked too. Statements before it may already have taken effect when it fails.',
        instead: context.dialect.altersColumns
          ? `ALTER TABLE ${sqlName(context, change.table)} ADD … NOT VALID;  -- then correct the rows, then VALIDATE CONSTRAINT`
          : `SELECT * FROM ${sqlName(context, change.table)} WHERE NOT (${change.condition});  -- correct these first`,
        objects: [refTo(table.live)],
        measures: [{ what: 'violations', table: table.live, seenAs: seenAs(table, change.table), condition: change.condition, columns }],
        inconclusive: whyNotNowOrFilled(table, context, { expressions: [change.condition] }),
      },
    ]
  },
}

/** Names of the columns, as they are now, that the condition is about. */
export function columnsIn(table: TableView, condition: string, context: JudgeContext): readonly string[] {
  return table.columns.flatMap(({ name }) => (mentionsName(condition, name, context.dialect.style) ? [name] : []))
}

/** New columns without a default hold NULL everywhere, and a comparison with NULL violates nothing. */
function isSurelyNull(table: TableView, condition: string, context: JudgeContext): boolean {
  const mentioned = table.columns.filter(({ name }) => mentionsName(condition, name, context.dialect.style))
  const isNew = mentioned.length > 0 && mentioned.every((one) => one.live === null && !one.hasDefault && one.written === 'no')
  return isNew && !/\b(null|coalesce|ifnull|case|or)\b/i.test(condition)
}

/** On one line, cut where it would make the sentence too long. */
export function shorten(sql: string): string {
  const line = sql.replace(/\s+/g, ' ')
  return line.length <= 40 ? line : `${line.slice(0, 39)}…`
}
