import type { Rule } from './rule.js'

/** Where they are kept. */
const PREDICTION = { effect: 'large-objects-lost', schema: 'pg_catalog', table: 'pg_largeobject', column: null } as const
const TABLES = ['pg_largeobject', 'pg_largeobject_metadata']

/** https://www.postgresql.org/docs/current/lo-funcs.html */
export const deleteLargeObjects: Rule = {
  id: 'delete-large-objects',
  kind: 'loss',
  severity: 'S1',
  summary: 'Large objects are deleted.',
  examples: {
    unsafe: [
      { sql: 'SELECT lo_unlink("fileOid") FROM "Attachment";', databases: ['postgresql'] },
      { sql: 'DELETE FROM pg_largeobject WHERE pageno > 9;', databases: ['postgresql'] },
    ],
    safe: [{ sql: 'SELECT lo_get("fileOid") FROM "Attachment";', databases: ['postgresql'] }],
  },
  judge(change) {
    const isDirect = (change.kind === 'delete' || change.kind === 'update') && TABLES.includes(change.table.name)
    if (change.kind !== 'delete-large-objects' && !isDirect) return []
    return [
      {
        message: isDirect ? 'Large objects are deleted or cut.' : 'lo_unlink deletes large objects with their contents.',
        why: 'They are in no table, so that no count of rows shows what is gone.',
        instead: 'SELECT lo_export(<oid>, <file>);  -- before they are deleted',
        objects: [],
        measures: [{ what: 'unknown', why: 'which ones are deleted is known only when it runs', predictions: [PREDICTION] }],
        inconclusive: null,
      },
    ]
  },
}
