import type { Rule } from './rule.js'
import { refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED */
export const setUnlogged: Rule = {
  id: 'set-unlogged',
  kind: 'loss',
  severity: 'S2',
  summary: 'A table is emptied by the next crash, and is empty on replicas.',
  examples: {
    unsafe: [{ sql: 'ALTER TABLE "Event" SET UNLOGGED;', databases: ['postgresql'] }],
    safe: [{ sql: 'ALTER TABLE "Event" SET LOGGED;', databases: ['postgresql'] }],
  },
  judge(change, context) {
    if (change.kind !== 'set-unlogged') return []
    const table = context.table(change.table)
    if (table === null) return []
    return [
      {
        message: `${context.display(table.live)} becomes unlogged: the next crash empties it.`,
        why: 'Unlogged tables are truncated after a crash, and replicas do not have their rows.',
        instead: `ALTER TABLE ${sqlName(context, change.table)} SET LOGGED;`,
        objects: [refTo(table.live)],
        measures: [{ what: 'rows', table: table.live, effects: [], cascades: null }],
        inconclusive: null,
      },
    ]
  },
}
