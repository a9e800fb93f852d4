import { findDependents } from './dependents.js'
import { describeObject, draftDropped, findDroppedObject } from './dropped-object.js'
import type { Rule } from './rule.js'

/** A view has no rows of its own. https://www.postgresql.org/docs/current/sql-dropview.html, https://www.sqlite.org/lang_dropview.html */
export const dropView: Rule = {
  id: 'drop-view',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A view is dropped and not made again.',
  examples: {
    unsafe: [
      { sql: 'DROP VIEW "ActiveUser";' },
      { sql: 'DROP VIEW a, b CASCADE;', databases: ['postgresql'] },
      { sql: 'DROP VIEW v; CREATE VIEW v AS SELECT 1; DROP VIEW v;' },
    ],
    safe: [
      { sql: 'DROP VIEW "ActiveUser"; CREATE VIEW "ActiveUser" AS SELECT 1;' },
      { sql: 'CREATE VIEW "Draft" AS SELECT 1; DROP VIEW "Draft";' },
      { sql: 'CREATE OR REPLACE VIEW v AS SELECT 1;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    const dropped = findDroppedObject(change, ['view'], context)
    if (dropped === null) return []
    const takesMore = dropped.cascade && findDependents({ kind: 'relation', name: dropped.name }, context).length > 0
    const draft = draftDropped(dropped, context, {
      message: `The ${describeObject(dropped, context)} is dropped; what reads from it fails.`,
      why: 'A view has no rows of its own: only its definition goes.',
      instead: 'Drop it in a release after the one that stops reading from it.',
    })
    return [takesMore ? { ...draft, kind: 'loss', severity: 'S3' } : draft]
  },
}
