import type { Rule } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo, seenAs, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE */
export const addExclusion: Rule = {
  id: 'add-exclusion',
  kind: 'failure',
  severity: 'S3',
  summary: 'An exclusion constraint is added; two rows that exclude each other make the statement fail.',
  examples: {
    unsafe: [
      {
        sql: 'ALTER TABLE "Booking" ADD CONSTRAINT no_overlap EXCLUDE USING gist ("room" WITH =, "during" WITH &&);',
        databases: ['postgresql'],
      },
    ],
    safe: [
      {
        sql: 'CREATE TABLE b (during tsrange); ALTER TABLE b ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);',
        databases: ['postgresql'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'add-exclusion') return []
    const table = context.table(change.table)
    if (table === null) return []
    const { elements, where } = change.exclusion
    return [
      {
        message: `An exclusion constraint on ${context.display(table.live)} fails if two of its rows collide.`,
        why: 'It cannot be added NOT VALID. Statements before it may already have taken effect when it fails.',
        instead: `Find the colliding rows of ${sqlName(context, change.table)} with a self-join on ${elements.map(({ sql, operator }) => `${sql} ${operator}`).join(', ')} and resolve them first.`,
        objects: [refTo(table.live)],
        measures: [{ what: 'excluded', table: table.live, seenAs: seenAs(table, change.table), exclusion: change.exclusion }],
        inconclusive: whyNotNowOrFilled(table, context, { where, expressions: elements.map(({ sql }) => sql) }),
      },
    ]
  },
}
