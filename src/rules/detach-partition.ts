import type { Rule } from './rule.js'
import { refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION */
export const detachPartition: Rule = {
  id: 'detach-partition',
  kind: 'loss',
  severity: 'S2',
  summary: 'A partition is detached: its rows are no longer in the partitioned table.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE log DETACH PARTITION log_2020;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE log_2020 NO INHERIT log;', databases: ['postgresql'] },
    ],
    safe: [{ sql: 'ALTER TABLE log ATTACH PARTITION log_2030 DEFAULT;', databases: ['postgresql'] }],
  },
  judge(change, context) {
    if (change.kind !== 'detach-partition') return []
    const [table, partition] = [context.table(change.table), context.table(change.partition)]
    if (table === null || partition === null) return []
    return [
      {
        message: `Detaching ${context.display(partition.live)} takes its rows out of ${context.display(table.live)}.`,
        why: 'The rows stay in the detached table, but nothing that reads the partitioned one sees them.',
        instead: change.inherited
          ? `ALTER TABLE ${sqlName(context, change.partition)} INHERIT ${sqlName(context, change.table)};  -- to have them back`
          : `ALTER TABLE ${sqlName(context, change.table)} ATTACH PARTITION ${sqlName(context, change.partition)} …;  -- to have them back`,
        objects: [refTo(partition.live)],
        measures: [{ what: 'rows', table: partition.live, effects: [], cascades: null }],
        inconclusive: null,
      },
    ]
  },
}
