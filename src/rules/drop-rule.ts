import { describeObject, draftDropped, findDroppedObject } from './dropped-object.js'
import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-droprule.html */
export const dropRule: Rule = {
  id: 'drop-rule',
  kind: 'loss',
  severity: 'S3',
  summary: 'A rewrite rule is dropped and not made again.',
  examples: {
    unsafe: [{ sql: 'DROP RULE keep ON "Order";', databases: ['postgresql'] }],
    safe: [{ sql: 'DROP RULE r ON t; CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;', databases: ['postgresql'] }],
  },
  judge(change, context) {
    const dropped = findDroppedObject(change, ['rule'], context)
    if (dropped === null) return []
    return [
      draftDropped(dropped, context, {
        message: `The ${describeObject(dropped, context)} is dropped and not made again.`,
        why: 'What it made of statements does not happen any more; nothing fails because of that.',
        instead: 'Make its replacement in the same migration, or keep its definition at hand.',
      }),
    ]
  },
}
