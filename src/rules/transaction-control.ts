import type { Change, ChangeOf } from '../sql/change.js'
import type { Draft, JudgeContext, Rule } from './rule.js'
import { isInTransaction, restOfFile } from './transactions.js'

/** Prisma records a migration as applied when its last statement succeeded, whatever became of the transaction. */
export const transactionControl: Rule = {
  id: 'transaction-control',
  kind: 'failure',
  severity: 'S3',
  summary: 'BEGIN, COMMIT, ROLLBACK, SAVEPOINT or SET LOCAL do not pair up, so that a file is applied in part or not at all.',
  examples: {
    unsafe: [
      { sql: 'BEGIN; CREATE TABLE a (id INTEGER);' },
      { sql: 'CREATE TABLE a (id INTEGER); COMMIT; CREATE TABLE b (id INTEGER);' },
      { sql: 'BEGIN; CREATE TABLE a (id INTEGER); ROLLBACK;' },
      { sql: 'SAVEPOINT a; CREATE TABLE a (id INTEGER); RELEASE a;', databases: ['postgresql'] },
      { sql: 'SAVEPOINT a; CREATE TABLE a (id INTEGER);', databases: ['sqlite'] },
      { sql: "SET LOCAL lock_timeout = '1s'; ALTER TABLE t ADD COLUMN a int;", databases: ['postgresql'] },
      { sql: 'LOCK TABLE t; ALTER TABLE t ADD COLUMN a int;', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'BEGIN; CREATE TABLE a (id INTEGER); COMMIT;' },
      { sql: "BEGIN; SET LOCAL lock_timeout = '1s'; LOCK TABLE t; COMMIT;", databases: ['postgresql'] },
      { sql: 'SAVEPOINT a; CREATE TABLE a (id INTEGER); RELEASE a;', databases: ['sqlite'] },
      { sql: "SET lock_timeout = '1s';", databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.within !== undefined || (change.kind !== 'transaction' && change.needsTransaction === undefined)) return []
    const isOpen = isInTransaction(change, context)
    const text = change.kind === 'transaction' ? describe(change, isOpen, context) : describeNeed(change, isOpen, context)
    return text === null ? [] : [{ ...text, objects: [], measures: [], inconclusive: null }]
  },
}

type Text = Pick<Draft, 'message' | 'why' | 'instead'>

function describe(change: ChangeOf<'transaction'>, isOpen: boolean, context: JudgeContext): Text | null {
  const { savepointsBegin } = context.dialect
  const begins = change.action === 'begin' || (change.action === 'savepoint' && savepointsBegin && !isOpen)
  if (begins) return isClosed(change, context) ? null : OPEN
  if (change.action === 'commit') return isOpen ? null : describeUnbegun(context)
  if (change.action === 'rollback') return isOpen ? UNDONE : describeUnbegun(context)
  return isOpen || savepointsBegin ? null : SAVEPOINT
}

/** A transaction that a savepoint began ends with its release too. */
function isClosed(change: ChangeOf<'transaction'>, context: JudgeContext): boolean {
  const ends = change.action === 'savepoint' ? ['commit', 'rollback', 'release'] : ['commit', 'rollback']
  return restOfFile(change, context).some((later) => later.kind === 'transaction' && ends.includes(later.action))
}

function describeNeed({ needsTransaction, statement }: Change, isOpen: boolean, context: JudgeContext): Text | null {
  if (needsTransaction === undefined || isOpen || context.file.every((one) => one.statement === statement && needsTransaction.fails))
    return null
  const isShared = context.file.some((one) => one.statement !== statement)
  // The transaction that several statements sent together are; a COMMIT among them begins the next.
  if (isShared && context.delivery === 'one-transaction') return null
  const { what, fails } = needsTransaction
  return {
    message: fails ? `${what} is refused outside a transaction.` : `${what} has no effect outside a transaction.`,
    why:
      context.delivery === 'one-by-one'
        ? 'This version of Prisma sends each statement by itself.'
        : 'Prisma sends each statement by itself from 7.4 on, and the file as one transaction only before that or where it cannot split it.',
    instead: `BEGIN; ${what} …; …; COMMIT;`,
  }
}

const OPEN: Text = {
  message: 'BEGIN is never followed by COMMIT: what comes after it is thrown away.',
  why: 'The transaction is still open when the file ends, and is undone when the connection closes, although Prisma says that the migration was applied.',
  instead: 'COMMIT;  -- as the last statement',
}

const UNDONE: Text = {
  message: 'ROLLBACK undoes what comes before it, and Prisma records the migration as applied.',
  why: 'What the schema file says and what the database holds differ from then on.',
  instead: 'COMMIT;',
}

function describeUnbegun({ delivery, dialect }: JudgeContext): Text {
  const ends = 'it ends that one, so that a later failure leaves half of the file applied'
  return {
    message: 'COMMIT or ROLLBACK stands where no transaction was begun.',
    why: dialect.refusesLoneCommit
      ? 'It is refused, and what comes before it stays applied.'
      : delivery === 'one-by-one'
        ? 'This version of Prisma sends each statement by itself: it does nothing, and what comes before it stays when a later one fails.'
        : delivery === 'one-transaction'
          ? `This version of Prisma sends the file as one transaction: ${ends}.`
          : `Where the file is sent as one transaction ${ends}.`,
    instead: 'BEGIN;  -- before what belongs together',
  }
}

const SAVEPOINT: Text = {
  message: 'SAVEPOINT is refused: no transaction was begun.',
  why: 'Savepoints need BEGIN, also where Prisma sends the file as one transaction.',
  instead: 'BEGIN; SAVEPOINT …; …; COMMIT;',
}
