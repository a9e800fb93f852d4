import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-dropschema.html */
export const dropSchema: Rule = {
  id: 'drop-schema',
  kind: 'loss',
  severity: 'S0',
  summary: 'A schema is dropped, with all its tables.',
  examples: {
    unsafe: [{ sql: 'DROP SCHEMA audit CASCADE;', databases: ['postgresql'] }],
    safe: [
      { sql: 'CREATE SCHEMA audit;', databases: ['postgresql'] },
      { sql: 'DROP SCHEMA audit;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    // Without CASCADE the statement is refused unless the schema is empty.
    if (change.kind !== 'drop-schema' || !change.cascade) return []
    const tables = context.tables(change.schema)
    if (context.catalog !== null && tables.length === 0) return []
    return [
      {
        message: `Dropping schema ${change.schema} loses all its tables with their rows.`,
        why: 'CASCADE drops every table, view, type and function in it, and what depends on them elsewhere.',
        instead: `Drop its tables one by one, so that each is judged; then: DROP SCHEMA ${context.dialect.quoteName(change.schema)};`,
        objects: [{ schema: change.schema }, ...tables.map(({ live }) => ({ schema: change.schema, table: live.name }))],
        measures: tables.map(({ live }) => ({ what: 'rows', table: live, effects: ['table-gone'], cascades: null })),
        inconclusive: null,
      },
    ]
  },
}
