import type { ParsedSql } from '../databases/database.js'
import type { Change } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import { type Delivery, readDelivery } from './atomicity.js'
import type { Project } from './project.js'

/** Whether a failure in a migration file undoes all of it. */
export interface FileAtomicity {
  readonly migration: string
  /** `unknown`: it depends on whether Prisma can split the file. */
  readonly atomic: 'yes' | 'no' | 'unknown'
  /** 1-based line of the first statement that leaves something applied when it fails; null when none does. */
  readonly partialFrom: number | null
  /** One sentence. */
  readonly why: string
}

/** For this Prisma version, database and file. */
export function readAtomicity(project: Pick<Project, 'prisma' | 'database'>, file: ParsedSql): FileAtomicity {
  const delivery = readDelivery(project)
  const partial = findPartial(file, delivery)
  const base = { migration: file.source.migration, partialFrom: partial === null ? null : lineOf(partial.statement) }
  if (partial === null) return { ...base, atomic: 'yes', why: whyWhole(file, delivery, project.database.name) }
  const oneByOne = `Prisma sends each statement to ${project.database.name} by itself, so those before a failure stay applied`
  const why = partial.why ?? oneByOne
  const unread = delivery === 'one-by-one' && project.database.traits.batchIsTransaction ? findUnread(file) : null
  return unread === null || findPartial(file, 'one-transaction') !== null
    ? { ...base, atomic: 'no', why: `${why}.` }
    : { ...base, atomic: 'unknown', why: `${why}; unless it cannot split the file because of line ${lineOf(unread)}.` }
}

function whyWhole({ statements, changes }: ParsedSql, delivery: Delivery, database: string): string {
  if (statements.length <= 1) return 'It is a single statement.'
  if (changes.some((change) => change.kind === 'transaction')) return 'It is one transaction, from BEGIN to COMMIT.'
  return delivery === 'one-transaction'
    ? `This version of Prisma sends the file to ${database} as one transaction.`
    : 'Only its last statement changes anything.'
}

interface Partial {
  readonly statement: Statement
  /** Null: because statements are sent one by one. */
  readonly why: string | null
}

/** The first statement whose failure leaves earlier ones, or a part of itself. */
function findPartial(file: ParsedSql, delivery: Delivery): Partial | null {
  const isBatch = delivery === 'one-transaction' && file.statements.length > 1
  let open = isBatch
  /** Savepoints within which one began the transaction itself. */
  let depth = 0
  let pending = false
  let stays: Omit<Partial, 'statement'> | null = null
  const end = (isKept: boolean, statement: Statement) => {
    if (isKept && pending) stays ??= { why: `line ${lineOf(statement)} ends the transaction; what is before it stays` }
    pending = false
    open = isBatch
    depth = 0
  }
  for (const statement of file.statements) {
    const own = file.changes.filter((change) => change.statement === statement)
    const [control] = own.filter((change) => change.kind === 'transaction')
    const left = open ? undefined : own.find(leavesRemains)
    if (left !== undefined) return { statement, why: describeRemains(statement, left) }
    if (own.length > 0 && own.every(changesNothing)) {
      if (control === undefined) continue
      // Alone it is refused: no transaction is active.
      if (!open && stays !== null && isEnd(control.action) && file.dialect.refusesIdleCommit) return { statement, ...stays }
      if (control.action === 'begin') open = true
      else if (isEnd(control.action)) end(control.action === 'commit', statement)
      else if (control.action === 'savepoint' && file.dialect.savepointsBegin && (!open || depth > 0)) {
        open = true
        depth++
      } else if (control.action === 'release' && depth > 0 && --depth === 0) end(true, statement)
      continue
    }
    if (stays !== null) return { statement, ...stays }
    if (open) pending = true
    else stays = { why: null }
  }
  return null
}

function isEnd(action: string): boolean {
  return action === 'commit' || action === 'rollback'
}

/** What runs outside of every transaction, in several of its own. https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY */
function leavesRemains({ refusesTransaction }: Change): boolean {
  return refusesTransaction?.endsWith('CONCURRENTLY') === true
}

function describeRemains(statement: Statement, { refusesTransaction }: Change): string {
  return `${refusesTransaction} on line ${lineOf(statement)} runs outside of every transaction: when it fails, an invalid index or a half-done change stays`
}

/** Its failure matters, but nothing of it stays in the database. */
export function changesNothing(change: Change): boolean {
  if (change.kind === 'harmless') return /^(PRAGMA |SET$|VariableShow$|SELECT$|EXPLAIN$)/.test(change.what)
  if (change.kind === 'block') return change.what === 'LOCK TABLE'
  return ['transaction', 'set-schema', 'set-time-zone', 'toggle-session-triggers'].includes(change.kind)
}

function findUnread({ changes }: ParsedSql): Statement | null {
  return changes.find((change) => change.mayBeUnsplit === true)?.statement ?? null
}

function lineOf(statement: Statement): number {
  return locate(statement.source, statement.start, statement.end).line
}
