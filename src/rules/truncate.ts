import type { Rule } from './rule.js'
import { isHistoryTable, refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-truncate.html */
export const truncate: Rule = {
  id: 'truncate',
  kind: 'loss',
  severity: 'S1',
  summary: 'All rows of a table are removed.',
  examples: {
    unsafe: [{ sql: 'TRUNCATE "Session", audit.log RESTART IDENTITY;', databases: ['postgresql'] }],
    safe: [{ sql: 'CREATE TABLE t (id INTEGER); TRUNCATE t;', databases: ['postgresql'] }],
  },
  judge(change, context) {
    if (change.kind !== 'truncate' || change.cascade) return []
    return change.tables.flatMap((name) => {
      const table = context.table(name)
      if (table === null || isHistoryTable(table.live)) return []
      return [
        {
          message: `TRUNCATE removes all rows of ${context.display(table.live)}.`,
          why: `It does so without running triggers, and nothing copies the rows first.${change.restartsIdentity === true ? ' RESTART IDENTITY gives their ids again.' : ''}`,
          instead: `DELETE FROM ${sqlName(context, name)} WHERE <the rows to remove>;`,
          objects: [refTo(table.live)],
          measures: [table.live, ...table.children].map((one) => ({
            what: 'rows' as const,
            table: one,
            effects: ['rows-lost' as const],
            cascades: null,
          })),
          inconclusive: null,
        },
      ]
    })
  },
}
