import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/lo-funcs.html */
export const deleteLargeObjects: Rule = {
  id: 'delete-large-objects',
  kind: 'loss',
  severity: 'S1',
  summary: 'Large objects are deleted.',
  examples: {
    unsafe: [{ sql: 'SELECT lo_unlink("fileOid") FROM "Attachment";', databases: ['postgresql'] }],
    safe: [{ sql: 'SELECT lo_get("fileOid") FROM "Attachment";', databases: ['postgresql'] }],
  },
  judge(change) {
    if (change.kind !== 'delete-large-objects') return []
    return [
      {
        message: 'lo_unlink deletes large objects with their contents.',
        why: 'They are in no table, so that no count of rows shows what is gone.',
        instead: 'SELECT lo_export(<oid>, <file>);  -- before they are deleted',
        objects: [],
        measures: [{ what: 'unknown', why: 'large objects are not counted', predictions: [] }],
        inconclusive: null,
      },
    ]
  },
}
