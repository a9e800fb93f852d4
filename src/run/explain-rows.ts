import { z } from 'zod'
import type { Project } from '../project/project.js'
import type { JournalRecord } from './journal.js'
import { openSession } from './session.js'

const rowsSchema = z.looseObject({ snapshot: z.string(), tables: z.array(z.string()), command: z.string() })
const commitSchema = z.looseObject({ transaction: z.string().nullable() })

/** For people: what became of an interrupted restore of rows. It was one transaction, so it is done or it never was. */
export async function explainRows(project: Project, { head, steps }: JournalRecord): Promise<string> {
  const rows = rowsSchema.safeParse(steps.findLast((one) => one.step === 'rows')).data
  const what = `The restore of ${rows?.tables.join(', ') ?? 'rows'} from snapshot ${rows?.snapshot ?? '?'} that began ${head.startedAt} on ${head.target} did not come to its end`
  const commit = commitSchema.safeParse(steps.findLast((one) => one.step === 'commit')).data
  if (commit === undefined) return `${what}. Nothing of it was committed: the database is as before it.`
  const isCommitted = commit.transaction === null ? null : await readOutcome(project, commit.transaction)
  if (isCommitted === true) return `${what}, but its rows were committed: the restore is complete.`
  if (isCommitted === false) return `${what}: it was interrupted before its rows were committed. The database is as before it.`
  return `${what}: it was interrupted while its rows were being committed. Either all of them are restored or none. To see which: ${rows?.command ?? 'safe-migrate restore'} --dry-run`
}

async function readOutcome({ database, target }: Project, transaction: string): Promise<boolean | null> {
  if (!(await database.exists(target))) return null
  const session = await openSession(database, target)
  try {
    return await (await database.rowRestore()).readOutcome(session.connection, transaction)
  } finally {
    await session.close()
  }
}
