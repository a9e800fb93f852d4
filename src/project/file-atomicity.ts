import type { ParsedSql } from '../databases/database.js'
import type { Change } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import { isFileAtomic } from './atomicity.js'
import type { Project } from './project.js'

/** Whether a failure in a migration file undoes all of it. */
export interface FileAtomicity {
  readonly migration: string
  /** `unknown`: it depends on whether Prisma can split the file. */
  readonly atomic: 'yes' | 'no' | 'unknown'
  /** One sentence. */
  readonly why: string
}

/** For this Prisma version, database and file. */
export function readAtomicity(project: Pick<Project, 'prisma' | 'database'>, file: ParsedSql): FileAtomicity {
  const { migration } = file.source
  const { name } = project.database
  const ends = file.changes.filter(
    (change) => change.kind === 'transaction' && (change.action === 'commit' || change.action === 'rollback'),
  )
  if (file.statements.length <= 1) return { migration, atomic: 'yes', why: 'It is a single statement.' }
  if (isWrapped(file)) return { migration, atomic: 'yes', why: 'It is one transaction, from BEGIN to COMMIT.' }
  const [first] = ends
  if (first !== undefined)
    return { migration, atomic: 'no', why: `${placeOf(first.statement)} ends the transaction; what is before it stays.` }
  if (isFileAtomic(project))
    return { migration, atomic: 'yes', why: `This version of Prisma sends the file to ${name} as one transaction.` }
  const why = `Prisma sends each statement to ${name} by itself, so those before a failure stay applied`
  if (!project.database.traits.batchIsTransaction) return { migration, atomic: 'no', why: `${why}.` }
  const unread = file.statements.find(({ sql }) => UNREAD.test(sql))
  return unread === undefined
    ? { migration, atomic: 'no', why: `${why}.` }
    : { migration, atomic: 'unknown', why: `${why}; unless it cannot split the file because of ${placeOf(unread)}.` }
}

/**
 * Statements that the parser with which Prisma splits files since 7.4 was seen to reject. It then sends the file as one batch, which is one
 * transaction. Only a hint: which forms it reads changes with its version. https://github.com/prisma/prisma-engines/pull/5847
 */
const UNREAD =
  /^\s*(do\b|lock\b|reindex\b|cluster\b|refresh\b|security\s+label\b|reassign\b|drop\s+owned\b|alter\s+(domain|sequence|function|extension|default\s+privileges)\b|create\s+(or\s+replace\s+)?(rule|aggregate|operator|cast|statistics|publication|event\s+trigger|foreign\s+table|unlogged\s+table|procedure)\b)/i

/** The first statement begins a transaction and the last one commits it, with no other end in between. */
function isWrapped({ changes, statements }: ParsedSql): boolean {
  const control = changes.filter((change) => change.kind === 'transaction' && change.action !== 'savepoint')
  const [begin, end] = control
  return control.length === 2 && isAction(begin, 'begin', statements[0]) && isAction(end, 'commit', statements.at(-1))
}

function isAction(change: Change | undefined, action: 'begin' | 'commit', statement: Statement | undefined): boolean {
  return change?.kind === 'transaction' && change.action === action && change.statement === statement
}

function placeOf(statement: Statement): string {
  return `line ${locate(statement.source, statement.start, statement.end).line}`
}
