import { describeObject, draftDropped, findDroppedObject } from './dropped-object.js'
import type { Rule } from './rule.js'
import { isUnusedByThen } from './sequences.js'

/** https://www.postgresql.org/docs/current/sql-dropsequence.html: without CASCADE it is refused while a default uses it. */
export const dropSequence: Rule = {
  id: 'drop-sequence',
  kind: 'loss',
  severity: 'S3',
  summary: 'A sequence is dropped, with the number it has come to; with CASCADE, inserts that rely on it fail.',
  examples: {
    unsafe: [
      { sql: 'DROP SEQUENCE invoice_number;', databases: ['postgresql'] },
      { sql: 'DROP SEQUENCE "User_id_seq" CASCADE;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'ALTER TABLE "User" ALTER COLUMN "id" DROP DEFAULT; DROP SEQUENCE "User_id_seq";', databases: ['postgresql'] },
      { sql: 'DROP SEQUENCE s; CREATE SEQUENCE s;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    const dropped = findDroppedObject(change, ['sequence'], context)
    if (dropped === null || isUnusedByThen(dropped.name, context)) return []
    const shown = describeObject(dropped, context)
    return [
      draftDropped(dropped, context, {
        message: dropped.cascade
          ? `The ${shown} is dropped with CASCADE: what it numbers has no default any more.`
          : `The ${shown} is dropped, with the number it has come to.`,
        why: dropped.cascade ? 'Inserts that leave the column out fail, or get NULL.' : 'A new one would give the same numbers again.',
        instead: dropped.cascade
          ? 'ALTER TABLE … ALTER COLUMN … SET DEFAULT <value>, then drop it without CASCADE.'
          : 'Note its last value first.',
      }),
    ]
  },
}
