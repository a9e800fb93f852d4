import { isSameName, isTableGone } from './dropped-object.js'
import type { Rule } from './rule.js'
import { refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/ddl-rowsecurity.html */
export const disableRowSecurity: Rule = {
  id: 'disable-row-security',
  kind: 'loss',
  severity: 'S3',
  summary: 'Row security is switched off: every role that may read the table sees all its rows.',
  examples: {
    unsafe: [{ sql: 'ALTER TABLE "Order" DISABLE ROW LEVEL SECURITY;', databases: ['postgresql'] }],
    safe: [
      {
        sql: 'ALTER TABLE t DISABLE ROW LEVEL SECURITY; UPDATE t SET a = 1 WHERE b = 2; ALTER TABLE t ENABLE ROW LEVEL SECURITY;',
        databases: ['postgresql'],
      },
      { sql: 'CREATE TABLE t (id int); ALTER TABLE t DISABLE ROW LEVEL SECURITY;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'toggle' || change.type !== 'row security' || change.enabled) return []
    const table = context.table(change.on)
    const isOnAgain = context.later.some(
      (later) => later.kind === 'toggle' && later.type === 'row security' && later.enabled && isSameName(later.on, change.on),
    )
    if (table === null || isOnAgain || isTableGone(change.on, context)) return []
    return [
      {
        message: `Row security of ${context.display(table.live)} is switched off: its policies do not apply any more.`,
        why: 'Every role with rights on the table sees and changes all its rows from now on.',
        instead: `ALTER TABLE ${sqlName(context, change.on)} ENABLE ROW LEVEL SECURITY;`,
        objects: [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
