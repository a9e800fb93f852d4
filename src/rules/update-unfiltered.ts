import { describeOverwriting, readOverwritten } from './overwritten-columns.js'
import type { Rule } from './rule.js'
import { whyNotNow } from './why-not-now.js'
import { refTo } from './wording.js'

export const updateUnfiltered: Rule = {
  id: 'update-unfiltered',
  kind: 'loss',
  severity: 'S2',
  summary: 'The values of a column are overwritten in every row.',
  examples: {
    unsafe: [
      { sql: 'UPDATE "User" SET "name" = lower("name");' },
      { sql: 'UPDATE "User" SET "name" = NULL WHERE true;' },
      { sql: 'DO $$ BEGIN UPDATE "User" SET "name" = \'x\'; END $$;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'ALTER TABLE "User" ADD COLUMN "full" TEXT; UPDATE "User" SET "full" = "name";' },
      { sql: 'UPDATE "User" SET "name" = COALESCE("name", \'\');' },
      { sql: 'CREATE TABLE t (a INTEGER); UPDATE t SET a = 1;' },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'update' || change.where !== null || change.from !== null) return []
    const overwritten = readOverwritten(change, context)
    return (overwritten?.columns ?? []).map((one) => {
      const { live } = overwritten?.table ?? { live: { schema: null, name: '' } }
      return {
        severity: one.kept !== null ? 'info' : one.isConstant ? 'S1' : 'S2',
        message: `UPDATE without WHERE overwrites ${context.display(live, one.live)} in every row.`,
        why: describeOverwriting(one),
        instead: 'Write the new values into a new column, or add the WHERE that says which rows are to change.',
        objects: [refTo(live, one.live)],
        measures: [one.measure],
        ...(one.kept === null ? {} : { kept: one.kept }),
        inconclusive: overwritten === null ? null : whyNotNow(overwritten.table, context, { ...change, expressions: [one.value] }),
      }
    })
  },
}
