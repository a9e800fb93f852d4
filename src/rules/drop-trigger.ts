import { describeObject, draftDropped, findDroppedObject } from './dropped-object.js'
import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-droptrigger.html, https://www.sqlite.org/lang_droptrigger.html */
export const dropTrigger: Rule = {
  id: 'drop-trigger',
  kind: 'loss',
  severity: 'S3',
  summary: 'A trigger is dropped and not made again.',
  examples: {
    unsafe: [
      { sql: 'DROP TRIGGER "audit" ON "Order";', databases: ['postgresql'] },
      { sql: 'DROP TRIGGER "audit";', databases: ['sqlite'] },
    ],
    safe: [
      {
        sql: 'DROP TRIGGER IF EXISTS a ON t; CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();',
        databases: ['postgresql'],
      },
      { sql: 'DROP TRIGGER a; CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END;', databases: ['sqlite'] },
      { sql: 'DROP TRIGGER a ON t; DROP TABLE t;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    const dropped = findDroppedObject(change, ['trigger', 'event trigger'], context)
    if (dropped === null) return []
    return [
      draftDropped(dropped, context, {
        message: `The ${describeObject(dropped, context)} is dropped and not made again.`,
        why: 'What it enforced or recorded does not happen any more; nothing fails because of that.',
        instead: 'Make its replacement in the same migration, or keep its definition at hand.',
      }),
    ]
  },
}
