import { deletesAll } from './deletes-all.js'
import type { Rule } from './rule.js'
import { whyNotCascading, whyNotNow } from './why-not-now.js'
import { isHistoryTable, readCascades, refTo, selectRows } from './wording.js'

export const deleteFiltered: Rule = {
  id: 'delete-filtered',
  kind: 'loss',
  severity: 'S2',
  summary: 'Some rows of a table are deleted.',
  examples: {
    unsafe: [
      { sql: 'DELETE FROM "Session" WHERE "expires" < 5;' },
      { sql: 'DELETE FROM a USING b WHERE a.id = b.id;', databases: ['postgresql'] },
      { sql: 'MERGE INTO a USING b ON a.id = b.id WHEN MATCHED AND b.gone THEN DELETE;', databases: ['postgresql'] },
      {
        sql: 'WITH old AS (SELECT 1 AS id), d AS (DELETE FROM a USING old WHERE a.id = old.id RETURNING a.*) INSERT INTO archive SELECT * FROM d;',
        databases: ['postgresql'],
      },
    ],
    safe: [{ sql: 'CREATE TABLE t (id INTEGER); DELETE FROM t WHERE id = 1;' }],
  },
  judge(change, context) {
    if (change.kind !== 'delete') return []
    const table = context.table(change.table)
    if (table === null || isHistoryTable(table.live) || deletesAll(change, table, context)) return []
    return [
      {
        message: `DELETE removes rows of ${context.display(table.live)}.`,
        why: 'Rows of other tables go with them, or lose their reference, where a foreign key says ON DELETE CASCADE or SET NULL.',
        instead: 'Copy the rows elsewhere first, or accept the loss with a reason.',
        objects: [refTo(table.live)],
        measures: [
          {
            what: 'matching-rows',
            table: table.live,
            rows: selectRows(table, change, change.using),
            cascades: readCascades(change),
          },
        ],
        inconclusive:
          whyNotNow(table, context, { where: change.where, from: change.using, with: change.with }) ?? whyNotCascading(table, context),
      },
    ]
  },
}
