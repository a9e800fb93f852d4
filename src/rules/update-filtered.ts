import { describeOverwriting, readOverwritten } from './overwritten-columns.js'
import type { Rule } from './rule.js'
import { whyNotNow } from './why-not-now.js'
import { refTo } from './wording.js'

export const updateFiltered: Rule = {
  id: 'update-filtered',
  kind: 'loss',
  severity: 'S2',
  summary: 'The values of a column are overwritten in some rows.',
  examples: {
    unsafe: [
      { sql: 'UPDATE "User" SET "role" = \'USER\' WHERE "role" = \'GUEST\';' },
      { sql: 'UPDATE a SET x = b.x FROM b WHERE a.id = b.id;' },
      { sql: 'MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = b.x;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'UPDATE "User" SET "role" = \'USER\' WHERE "role" IS NULL;' },
      { sql: 'UPDATE "User" SET "role" = \'USER\' WHERE id > 5 AND ("role" IS NULL);' },
      { sql: 'ALTER TABLE a ADD COLUMN x TEXT; UPDATE a SET x = b.x FROM b WHERE a.id = b.id;' },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'update' || (change.where === null && change.from === null)) return []
    const overwritten = readOverwritten(change, context)
    return (overwritten?.columns ?? []).map((one) => {
      const { live } = overwritten?.table ?? { live: { schema: null, name: '' } }
      return {
        severity: one.kept !== null ? 'info' : 'S2',
        message: `UPDATE overwrites values of ${context.display(live, one.live)}.`,
        why: describeOverwriting(one),
        instead: 'Write the new values into a new column, or accept the loss with a reason.',
        objects: [refTo(live, one.live)],
        measures: [one.measure],
        ...(one.kept === null ? {} : { kept: one.kept }),
        inconclusive: overwritten === null ? null : whyNotNow(overwritten.table, context, { ...change, expressions: [one.value] }),
      }
    })
  },
}
