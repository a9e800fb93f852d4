import { describeObject, draftDropped, findDroppedObject, refToObject } from './dropped-object.js'
import type { Rule } from './rule.js'

/** Its rows can be computed again as long as its definition is known. https://www.postgresql.org/docs/current/sql-dropmaterializedview.html */
export const dropMaterializedView: Rule = {
  id: 'drop-materialized-view',
  kind: 'loss',
  severity: 'S3',
  summary: 'A materialized view is dropped or emptied, with its stored rows.',
  examples: {
    unsafe: [
      { sql: 'DROP MATERIALIZED VIEW "Stats";', databases: ['postgresql'] },
      { sql: 'REFRESH MATERIALIZED VIEW "Stats" WITH NO DATA;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'DROP MATERIALIZED VIEW "Stats"; CREATE MATERIALIZED VIEW "Stats" AS SELECT 1;', databases: ['postgresql'] },
      { sql: 'REFRESH MATERIALIZED VIEW CONCURRENTLY "Stats";', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind === 'empty-view') {
      const shown = context.display(change.name)
      return [
        {
          message: `The materialized view ${shown} is emptied; reading from it fails until it is refreshed.`,
          why: 'Its rows can be computed again, from what its tables hold by then.',
          instead: `REFRESH MATERIALIZED VIEW CONCURRENTLY ${context.dialect.quoteName(change.name.name)};`,
          objects: [refToObject(change.name)],
          measures: [],
          inconclusive: null,
        },
      ]
    }
    const dropped = findDroppedObject(change, ['materialized view'], context)
    if (dropped === null) return []
    return [
      draftDropped(dropped, context, {
        message: `The ${describeObject(dropped, context)} is dropped, with the rows it stores.`,
        why: 'They can only be computed again while its definition is known and its tables still hold what it was made from.',
        instead: 'Keep its definition: SELECT pg_get_viewdef(…), or drop it in a later release.',
      }),
    ]
  },
}
