import type { Rule } from './rule.js'
import { isInTransaction } from './transactions.js'

/** https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY, prisma-engines pull requests 5767 and 5847 */
export const concurrentlyInTransaction: Rule = {
  id: 'concurrently-in-transaction',
  kind: 'failure',
  severity: 'S3',
  summary: 'A statement that is refused inside a transaction shares its file with others.',
  examples: {
    unsafe: [
      { sql: 'CREATE INDEX CONCURRENTLY a ON t(x); CREATE INDEX CONCURRENTLY b ON t(y);', databases: ['postgresql'] },
      { sql: 'DROP INDEX CONCURRENTLY a; DROP INDEX b;', databases: ['postgresql'] },
      { sql: 'BEGIN; VACUUM t; COMMIT;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: '-- alone in its file\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON t(x);', databases: ['postgresql'] },
      { sql: 'CREATE INDEX a ON t(x); CREATE INDEX b ON t(y);', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    const what = change.refusesTransaction
    if (what === undefined) return []
    const own = context.file.filter(({ statement }) => statement === change.statement)
    const isAlone = own.length === context.file.length
    if (own[0] !== change || isAlone) return []
    const isBegun = isInTransaction(change, context)
    if (!isBegun && context.delivery === 'one-by-one') return []
    const isRefused = isBegun || context.delivery === 'one-transaction'
    return [
      {
        message: isBegun
          ? `${what} is refused between BEGIN and COMMIT.`
          : `${what} shares its file with other statements, and ${isRefused ? 'is' : 'may be'} refused.`,
        why: isRefused
          ? `PostgreSQL does not run it inside a transaction (25001)${isBegun ? '' : ', and this version of Prisma sends the file as one'}.`
          : 'Prisma before 7.4 sends the whole file as one transaction; later versions do when they cannot split it. An index may stay behind, invalid.',
        instead: 'Move it to a migration of its own, with no other statement in the file.',
        objects: [],
        measures: isRefused ? [{ what: 'certain-failure', why: `${what} cannot run inside a transaction block` }] : [],
        inconclusive: null,
      },
    ]
  },
}
