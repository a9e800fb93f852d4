import type { Change } from '../sql/change.js'
import { describeObject, draftDropped, FUNCTIONS, findDroppedObject, isSameName } from './dropped-object.js'
import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-dropfunction.html */
export const dropFunction: Rule = {
  id: 'drop-function',
  kind: 'loss',
  severity: 'S3',
  summary: 'A function or procedure is dropped and not made again.',
  examples: {
    unsafe: [
      { sql: 'DROP FUNCTION total(integer);', databases: ['postgresql'] },
      { sql: 'DROP PROCEDURE IF EXISTS app.clean CASCADE;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: "DROP FUNCTION f(int); CREATE FUNCTION f(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';", databases: ['postgresql'] },
      { sql: "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT f(); DROP FUNCTION f();", databases: ['postgresql'] },
      { sql: "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    const dropped = findDroppedObject(change, FUNCTIONS, context)
    if (dropped === null) return []
    const isMade = (other: Change) => other.kind === 'create-function' && isSameName(other.name, dropped.name)
    // A helper that the migration makes, calls and drops is nobody's loss.
    if (context.earlier.some(isMade) || context.later.some(isMade)) return []
    return [
      draftDropped(dropped, context, {
        message: `The ${describeObject(dropped, context)} is dropped and not made again.`,
        why: 'What calls it fails from now on, and its code goes with it.',
        instead: 'Drop it in a release after the one that stops calling it.',
      }),
    ]
  },
}
