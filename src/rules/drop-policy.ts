import type { ChangeOf } from '../sql/change.js'
import { describeObject, draftDropped, findDroppedObject, isSameName } from './dropped-object.js'
import type { JudgeContext, Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-droppolicy.html */
export const dropPolicy: Rule = {
  id: 'drop-policy',
  kind: 'loss',
  severity: 'S3',
  summary: 'A row security policy is dropped and not made again.',
  examples: {
    unsafe: [{ sql: 'DROP POLICY "own rows" ON "Order";', databases: ['postgresql'] }],
    safe: [
      { sql: 'DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t USING (true);', databases: ['postgresql'] },
      { sql: 'DROP POLICY p ON t; DROP TABLE t;', databases: ['postgresql'] },
      { sql: 'DROP POLICY old ON t; CREATE POLICY new ON t USING (true);', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    const dropped = findDroppedObject(change, ['policy'], context)
    if (dropped === null || isReplaced(dropped, context)) return []
    return [
      draftDropped(dropped, context, {
        message: `The ${describeObject(dropped, context)} is dropped and not made again.`,
        why: 'Which rows a role may see or change is decided by the policies that are left.',
        instead: 'Make its replacement in the same migration, or keep its definition at hand.',
      }),
    ]
  },
}

/** The table gets another policy instead. */
function isReplaced({ on }: ChangeOf<'drop-object'>, context: JudgeContext): boolean {
  return context.later.some(
    (later) => later.kind === 'create-object' && later.type === 'policy' && on !== null && later.on !== null && isSameName(later.on, on),
  )
}
