import type { Rule } from './rule.js'
import { refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-ATTACH-PARTITION */
export const attachPartition: Rule = {
  id: 'attach-partition',
  kind: 'failure',
  severity: 'S3',
  summary: 'A table with rows becomes a partition; it fails when a row does not belong there.',
  examples: {
    unsafe: [
      { sql: "ALTER TABLE log ATTACH PARTITION log_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');", databases: ['postgresql'] },
    ],
    safe: [
      {
        sql: "CREATE TABLE log_2030 (LIKE log); ALTER TABLE log ATTACH PARTITION log_2030 FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');",
        databases: ['postgresql'],
      },
      { sql: 'ALTER TABLE log DETACH PARTITION log_2020;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'attach-partition') return []
    const partition = context.table(change.partition)
    if (partition === null) return []
    return [
      {
        message: `Rows of ${context.display(partition.live)} that do not belong in that partition make it fail.`,
        why: 'It also fails when the default partition holds rows that belong in the new one.',
        instead: `SELECT count(*) FROM ${sqlName(context, change.partition)} WHERE NOT (<the partition's bounds>);  -- must be 0`,
        objects: [refTo(partition.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
