import type { Rule } from './rule.js'
import { isHistoryTable, refTo } from './wording.js'

/** It follows every foreign key, also those declared RESTRICT or SET NULL. https://www.postgresql.org/docs/current/sql-truncate.html */
export const truncateCascade: Rule = {
  id: 'truncate-cascade',
  kind: 'loss',
  severity: 'S0',
  summary: 'All rows of a table and of every table that references it are removed.',
  examples: {
    unsafe: [{ sql: 'TRUNCATE "User" CASCADE;', databases: ['postgresql'] }],
    safe: [{ sql: 'CREATE TABLE t (id INTEGER); TRUNCATE t CASCADE;', databases: ['postgresql'] }],
  },
  judge(change, context) {
    if (change.kind !== 'truncate' || !change.cascade) return []
    const tables = change.tables.flatMap((name) => context.table(name) ?? []).filter(({ live }) => !isHistoryTable(live))
    if (tables.length === 0) return []
    const live = tables.flatMap((table) => [table.live, ...table.children])
    return [
      {
        message: `TRUNCATE … CASCADE empties ${tables.map((table) => context.display(table.live)).join(', ')} and all that reference it.`,
        why: 'Every table with a foreign key to it is emptied too, directly or not, also where the key says RESTRICT or SET NULL.',
        instead: 'Name each table that is to be emptied, and leave CASCADE out.',
        objects: tables.map((table) => refTo(table.live)),
        measures: [
          ...live.map((one) => ({ what: 'rows' as const, table: one, effects: ['rows-lost' as const], cascades: null })),
          { what: 'referencing-rows', tables: live },
        ],
        inconclusive: null,
      },
    ]
  },
}
