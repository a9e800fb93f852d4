import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH */
export const searchPath: Rule = {
  id: 'search-path',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'Names without a schema mean another schema from here on.',
  examples: {
    unsafe: [{ sql: 'SET search_path = audit; CREATE TABLE t (id int);', databases: ['postgresql'] }],
    safe: [
      { sql: 'CREATE TABLE audit.t (id int);', databases: ['postgresql'] },
      { sql: 'RESET search_path;', databases: ['postgresql'] },
    ],
  },
  judge(change) {
    if (change.kind !== 'set-schema' || change.schemas === null) return []
    const schemas = change.schemas.join(', ')
    return [
      {
        message: `Names without a schema mean ${schemas} from here on.`,
        why: 'Prisma sets the schema by its connection URL; the same file may then change another table than was meant.',
        instead: 'Write the schema in front of each name.',
        objects: change.schemas.map((schema) => ({ schema })),
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
