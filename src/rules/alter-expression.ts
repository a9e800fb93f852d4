import type { Rule } from './rule.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-EXPRESSION */
export const alterExpression: Rule = {
  id: 'alter-expression',
  kind: 'failure',
  severity: 'S3',
  summary: 'A generated column is computed anew by another expression, or not at all any more.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "Order" ALTER COLUMN "total" SET EXPRESSION AS ("price" / "amount");', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "Order" ALTER COLUMN "total" DROP EXPRESSION;', databases: ['postgresql'] },
    ],
    safe: [
      {
        sql: 'CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) STORED); ALTER TABLE t ALTER COLUMN b DROP EXPRESSION;',
        databases: ['postgresql'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'set-expression' && change.kind !== 'drop-expression') return []
    const table = context.table(change.table)
    const live = table?.column(change.column)?.live ?? null
    if (table === null || live === null) return []
    const place = { schema: table.live.schema, table: table.live.name, column: live }
    const common = { objects: [refTo(table.live, live)], inconclusive: null }
    const shown = context.display(table.live, live)
    if (change.kind === 'drop-expression') {
      return [
        {
          ...common,
          kind: 'compatibility',
          severity: 'S4',
          message: `${shown} is not computed any more.`,
          why: 'The values stay as they are; rows that are written from now on need one.',
          instead: 'Fill it in the application first.',
          measures: [],
        },
      ]
    }
    return [
      {
        ...common,
        message: `${shown} is computed anew in every row, which fails if the expression fails on one.`,
        why: 'Its values come from other columns, so that nothing of their own is lost.',
        instead: 'Try the expression in a SELECT over the whole table first.',
        measures: [
          {
            what: 'unknown',
            why: 'the new expression is only tried by the statement itself',
            predictions: [
              { effect: 'values-changed', ...place },
              { effect: 'values-lost', ...place },
            ],
          },
        ],
      },
    ]
  },
}
