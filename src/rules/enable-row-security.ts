import { isSameName, isTableGone } from './dropped-object.js'
import type { Rule } from './rule.js'
import { refTo, sqlName } from './wording.js'

/** Without a policy nobody but the owner sees any row. https://www.postgresql.org/docs/current/ddl-rowsecurity.html */
export const enableRowSecurity: Rule = {
  id: 'enable-row-security',
  kind: 'loss',
  severity: 'S3',
  summary: 'Row security is switched on and these migrations make no policy: to other roles than the owner the table looks empty.',
  examples: {
    unsafe: [{ sql: 'ALTER TABLE "Order" ENABLE ROW LEVEL SECURITY;', databases: ['postgresql'] }],
    safe: [
      { sql: 'ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (true);', databases: ['postgresql'] },
      { sql: 'CREATE POLICY p ON t USING (true); ALTER TABLE t ENABLE ROW LEVEL SECURITY;', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (id int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'toggle' || change.type !== 'row security' || !change.enabled) return []
    const table = context.table(change.on)
    const concerns = [...context.earlier, ...context.later].some(
      (other) =>
        (other.kind === 'create-object' && other.type === 'policy' && other.on !== null && isSameName(other.on, change.on)) ||
        (other.kind === 'toggle' && other.type === 'row security' && !other.enabled && isSameName(other.on, change.on)),
    )
    if (table === null || concerns || isTableGone(change.on, context)) return []
    return [
      {
        message: `Row security of ${context.display(table.live)} is switched on without a policy.`,
        why: 'No row is lost, but to every role other than its owner the table looks empty from now on.',
        instead: `CREATE POLICY … ON ${sqlName(context, change.on)} USING (<condition>);  -- in the same migration`,
        objects: [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
