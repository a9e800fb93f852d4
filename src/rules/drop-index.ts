import type { Change } from '../sql/change.js'
import { describeObject, draftDropped, findDroppedObject } from './dropped-object.js'
import { findKey, isKeyReplaced } from './keys.js'
import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-dropindex.html, https://www.sqlite.org/lang_dropindex.html */
export const dropIndex: Rule = {
  id: 'drop-index',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'An index is dropped and not made again; with a unique one, duplicates become possible.',
  examples: {
    unsafe: [
      { sql: 'DROP INDEX "User_name_idx";' },
      {
        sql: 'DROP INDEX "User_email_key";',
        before: 'CREATE TABLE "User" ("email" TEXT); CREATE UNIQUE INDEX "User_email_key" ON "User"("email");',
      },
    ],
    safe: [
      { sql: 'DROP INDEX i; CREATE INDEX i ON t(a);' },
      { sql: 'DROP INDEX i; CREATE UNIQUE INDEX i ON t(a);' },
      {
        sql: 'DROP INDEX "User_email_key"; CREATE UNIQUE INDEX "u" ON "User"("email");',
        before: 'CREATE TABLE "User" ("email" TEXT); CREATE UNIQUE INDEX "User_email_key" ON "User"("email");',
      },
    ],
  },
  judge(change, context) {
    const dropped = findDroppedObject(change, ['index'], context)
    if (dropped === null) return []
    const fold = (name: string) => (context.dialect.ignoresCase ? name.toLowerCase() : name)
    const isMade = (other: Change) => other.kind === 'add-unique' && other.name !== null && fold(other.name) === fold(dropped.name.name)
    if (context.earlier.some(isMade) || context.later.some(isMade)) return []
    const key = findKey(dropped.name, context)
    if (key !== null && isKeyReplaced(key, context)) return []
    const what = describeObject(dropped, context)
    const draft = draftDropped(dropped, context, {
      message:
        key === null ? `The ${what} is dropped; queries may become slow.` : `The unique ${what} is dropped: duplicates become possible.`,
      why: key === null ? 'No value is lost.' : 'Once there are duplicates, it cannot be made again.',
      instead: 'Make its replacement before it is dropped.',
    })
    return [key === null ? draft : { ...draft, kind: 'loss', severity: 'S3' }]
  },
}
