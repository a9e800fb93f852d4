import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-drop-owned.html */
export const dropOwned: Rule = {
  id: 'drop-owned',
  kind: 'loss',
  severity: 'S0',
  summary: 'Everything that a role owns is dropped.',
  examples: {
    unsafe: [{ sql: 'DROP OWNED BY old_app CASCADE;', databases: ['postgresql'] }],
    safe: [{ sql: 'REASSIGN OWNED BY old_app TO app;', databases: ['postgresql'] }],
  },
  judge(change, context) {
    if (change.kind !== 'drop-owned') return []
    const predictions = context
      .tables(null)
      .map(({ live }) => ({ effect: 'table-gone' as const, schema: live.schema, table: live.name, column: null }))
    return [
      {
        message: `DROP OWNED BY ${change.role} drops every table that the role owns.`,
        why: 'Their rows go with them. Which tables those are depends on the database it runs in.',
        instead: `REASSIGN OWNED BY ${change.role} TO <another role>;`,
        objects: [],
        measures: [{ what: 'unknown', why: 'which tables the role owns is not looked up', predictions }],
        inconclusive: null,
      },
    ]
  },
}
