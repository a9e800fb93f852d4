import { deletesAll } from './deletes-all.js'
import type { Rule } from './rule.js'
import { whyNotCascading } from './why-not-now.js'
import { isHistoryTable, readCascades, refTo, selectRows } from './wording.js'

/** `WHERE true` and `WHERE 1 = 1` are no WHERE. */
export const deleteUnfiltered: Rule = {
  id: 'delete-unfiltered',
  kind: 'loss',
  severity: 'S1',
  summary: 'All rows of a table are deleted.',
  examples: {
    unsafe: [
      { sql: 'DELETE FROM "Session";' },
      { sql: 'DELETE FROM "Session" WHERE (1 = 1);' },
      { sql: 'WITH gone AS (DELETE FROM "Session" RETURNING *) SELECT count(*) FROM gone;', databases: ['postgresql'] },
      { sql: 'DO $$ BEGIN DELETE FROM "Session"; END $$;', databases: ['postgresql'] },
      { sql: 'CREATE FUNCTION zap() RETURNS void LANGUAGE sql AS \'DELETE FROM "Session"\'; SELECT zap();', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'CREATE TABLE t (id INTEGER); DELETE FROM t;' },
      { sql: 'CREATE FUNCTION zap() RETURNS void LANGUAGE sql AS \'DELETE FROM "Session"\';', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'delete') return []
    const table = context.table(change.table)
    if (table === null || isHistoryTable(table.live) || !deletesAll(change, table, context)) return []
    const rows = selectRows(table, change, null)
    return [
      {
        message: `DELETE ${change.where === null ? 'without WHERE ' : ''}removes all rows of ${context.display(table.live)}.`,
        why: 'Rows of other tables go with them, or lose their reference, where a foreign key says ON DELETE CASCADE or SET NULL.',
        instead: 'Add the WHERE that says which rows are to go.',
        objects: [refTo(table.live)],
        measures: [{ what: 'matching-rows', table: table.live, rows: { ...rows, with: null }, cascades: readCascades(change) }],
        inconclusive: whyNotCascading(table, context),
      },
    ]
  },
}
