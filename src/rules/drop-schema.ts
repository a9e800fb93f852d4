import type { Draft, Rule, TableView } from './rule.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-dropschema.html */
export const dropSchema: Rule = {
  id: 'drop-schema',
  kind: 'loss',
  severity: 'S0',
  summary: 'A schema is dropped, with all its tables.',
  examples: {
    unsafe: [
      { sql: 'DROP SCHEMA audit CASCADE;', databases: ['postgresql'] },
      { sql: 'DROP SCHEMA audit;', before: 'CREATE SCHEMA audit; CREATE TABLE audit.t (id int);', databases: ['postgresql'] },
      { sql: 'CREATE SCHEMA old; ALTER TABLE "User" SET SCHEMA old; DROP SCHEMA old CASCADE;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'CREATE SCHEMA audit;', databases: ['postgresql'] },
      { sql: 'DROP SCHEMA audit;', databases: ['postgresql'] },
      { sql: 'CREATE SCHEMA audit; CREATE TABLE audit.t (id int); DROP SCHEMA audit CASCADE;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-schema') return []
    const tables = context.tables(change.schema)
    if (!change.cascade) return tables.length === 0 ? [] : [draftRefusal(change.schema, tables)]
    const isOwn = context.earlier.some(
      (earlier) => earlier.kind === 'create-object' && earlier.type === 'schema' && earlier.name.name === change.schema,
    )
    if ((isOwn || context.catalog !== null) && tables.length === 0) return []
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

/** Without CASCADE nothing is lost. */
function draftRefusal(schema: string, tables: readonly TableView[]): Draft {
  return {
    kind: 'failure',
    severity: 'S3',
    message: `Schema ${schema} still has tables, so that dropping it is refused.`,
    why: 'Statements before it may already have taken effect when it fails.',
    instead: 'Drop or move its tables first.',
    objects: [{ schema }, ...tables.map(({ live }) => refTo(live))],
    measures: [],
    inconclusive: null,
  }
}
