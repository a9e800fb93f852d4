import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-dropdatabase.html */
export const dropDatabase: Rule = {
  id: 'drop-database',
  kind: 'loss',
  severity: 'S0',
  summary: 'A whole database is dropped.',
  examples: {
    unsafe: [{ sql: 'DROP DATABASE shop;', databases: ['postgresql'] }],
    safe: [{ sql: 'CREATE DATABASE shop;', databases: ['postgresql'] }],
  },
  judge(change) {
    if (change.kind !== 'drop-database') return []
    return [
      {
        message: `Dropping database ${change.name} loses everything in it.`,
        why: 'No snapshot of the migrated database holds another database.',
        instead: 'Take it out of the migration. Drop databases by hand.',
        objects: [],
        measures: [{ what: 'unknown', why: 'another database cannot be counted from here', predictions: [] }],
        inconclusive: null,
      },
    ]
  },
}
