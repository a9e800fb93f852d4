import type { Change, ChangeOf } from '../sql/change.js'
import { tokenize } from '../sql/tokens.js'
import { isSameName, refToObject } from './dropped-object.js'
import type { JudgeContext, Rule } from './rule.js'
import { restOfFile } from './transactions.js'

/** A new value may not be used before it is committed (55P04). https://www.postgresql.org/docs/current/sql-altertype.html */
export const enumAddThenUse: Rule = {
  id: 'enum-add-then-use',
  kind: 'failure',
  severity: 'S3',
  summary: 'A value is added to an enum and used in the same file.',
  examples: {
    unsafe: [
      { sql: 'ALTER TYPE "Role" ADD VALUE \'OWNER\'; UPDATE "User" SET "role" = \'OWNER\' WHERE "id" = 1;', databases: ['postgresql'] },
      {
        sql: 'ALTER TYPE "Role" ADD VALUE \'OWNER\'; ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT \'OWNER\';',
        databases: ['postgresql'],
      },
    ],
    safe: [
      { sql: "ALTER TYPE \"Role\" ADD VALUE 'OWNER'; ALTER TYPE \"Role\" ADD VALUE 'GUEST' BEFORE 'OWNER';", databases: ['postgresql'] },
      {
        sql: 'BEGIN; ALTER TYPE "Role" ADD VALUE \'OWNER\'; COMMIT; UPDATE "User" SET "role" = \'OWNER\' WHERE "id" = 1;',
        databases: ['postgresql'],
      },
      { sql: "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'; CREATE TABLE t (x e DEFAULT 'b');", databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'add-enum-value' || isThere(change, context)) return []
    const rest = restOfFile(change, context)
    const commit = rest.findIndex((later) => later.kind === 'transaction' && later.action === 'commit')
    const use = (commit === -1 ? rest : rest.slice(0, commit)).find((later) => usesLabel(later, change, context))
    if (use === undefined) return []
    return [
      {
        message: `'${change.label}' is added to ${context.display(change.type)} and used in the same file, which may be refused.`,
        why: 'Where the file is one transaction (Prisma before 7.4, and the shadow database) the new value may not be used before it ends.',
        instead: 'Move the statement that uses it to the next migration.',
        objects: [refToObject(change.type)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}

/** The type is new, or has the value already. */
function isThere(change: ChangeOf<'add-enum-value'>, context: JudgeContext): boolean {
  const isOwn = context.file.some((other) => other.kind === 'create-enum' && isSameName(other.type, change.type))
  return isOwn || (change.ifNotExists && context.labels(change.type)?.includes(change.label) === true)
}

function usesLabel(later: Change, { label }: ChangeOf<'add-enum-value'>, context: JudgeContext): boolean {
  if (['add-enum-value', 'create-enum', 'harmless', 'rename-enum-value'].includes(later.kind)) return false
  const literal = `'${label.replaceAll("'", "''")}'`
  return tokenize(later.statement.sql, context.dialect.style).some((token) => token.kind === 'string' && token.word === literal)
}
