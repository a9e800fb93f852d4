import { z } from 'zod'
import type { Project } from '../project/project.js'
import type { JournalRecord } from './journal.js'
import { openSession } from './session.js'

const rowsSchema = z.looseObject({
  snapshot: z.string(),
  tables: z.array(z.string()),
  command: z.string(),
  isSalvage: z.literal(true).exactOptional(),
})
const commitSchema = z.looseObject({ transaction: z.string().nullable() })

/** Whether the rows that the last such step was about were committed; null when that cannot be told. */
export async function isCommitted(project: Project, { steps }: Pick<JournalRecord, 'steps'>): Promise<boolean | null> {
  const last = (name: string) => steps.findLastIndex(({ step }) => step === name)
  if (last('rows-restored') > last('rows')) return true
  const commit = last('commit') > last('rows') ? commitSchema.safeParse(steps[last('commit')]).data : undefined
  if (commit === undefined) return false
  return commit.transaction === null ? null : readOutcome(project, commit.transaction)
}

/** For people: what became of an interrupted restore of rows. It was one transaction, so it is done or it never was. */
export async function explainRows(project: Project, record: JournalRecord): Promise<string> {
  const { head, steps } = record
  const rows = rowsSchema.safeParse(steps.findLast((one) => one.step === 'rows')).data
  const word = rows?.isSalvage === true ? 'salvage' : 'restore'
  const what = `The ${word} of ${rows?.tables.join(', ') ?? 'rows'} from snapshot ${rows?.snapshot ?? '?'} that began ${head.startedAt} on ${head.target} did not come to its end`
  if (!steps.some(({ step }) => step === 'commit')) return `${what}. Nothing of it was committed: the database is as before it.`
  const outcome = await isCommitted(project, record)
  if (outcome === true) return `${what}, but its rows were committed: the ${word} is complete.`
  if (outcome === false) return `${what}: it was interrupted before its rows were committed. The database is as before it.`
  return `${what}: it was interrupted while its rows were being committed. Either all of them are back or none. To see which: ${rows?.command ?? 'safe-migrate restore'} --dry-run`
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
