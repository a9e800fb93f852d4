import { SafeMigrateError } from '../errors.js'
import { readModels } from '../project/models.js'
import { isAnything } from '../snapshots/salvage/count-salvage.js'
import type { SalvagePlan } from '../snapshots/salvage/salvage.js'
import type { TableLoss } from '../snapshots/salvage/salvage-part.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { suggestNearest } from '../util/nearest.js'
import { type JournalRecord, listRuns } from './journal.js'
import { type LostStep, lostStepSchema, toTableLosses } from './losses.js'
import { putBackHead } from './put-back-head.js'
import type { RunReport } from './report.js'
import { dataDirectory, openProjectStore, type RunOptions, withRun, withRunLock } from './run.js'
import { previewLost, type SalvageFacts, salvageLost } from './salvage-lost.js'
import type { SalvageReport } from './salvage-report.js'
import { openSession } from './session.js'
import { settleUnfinished } from './unfinished.js'

export interface SalvageWish {
  /** Id of the snapshot from before the run, or the beginning of it; null: the last run that lost data. */
  readonly snapshot: string | null
  /** Models, tables or groups of the configuration; empty for all. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
  /** Also what was agreed to. */
  readonly all: boolean
}

interface Found extends Omit<SalvageFacts, 'confirm'> {
  readonly lost: LostStep
  readonly lostBy: JournalRecord
}

/** What a salvage would do. Changes nothing. @throws SafeMigrateError `usage`, `snapshot` */
export async function previewSalvage(options: RunOptions, wish: SalvageWish): Promise<SalvageReport> {
  const found = await findLost(options, wish)
  const { project } = options
  const session = await openSession(project.database, project.target)
  try {
    const plan = await previewLost({ ...options, session }, found)
    return report(options, wish, found, isAnything(plan) ? 'planned' : 'unchanged', plan, null)
  } finally {
    await session.close()
  }
}

/**
 * Puts back what a run lost, keeping the new schema, journalled.
 * @param confirm asked once the numbers are known, before anything is changed
 * @throws SafeMigrateError `usage`, `snapshot`, `blocked`; the database is then as it was
 */
export async function salvageOnRequest(
  options: RunOptions,
  wish: SalvageWish,
  confirm: (plan: SalvagePlan) => Promise<boolean>,
): Promise<SalvageReport | RunReport> {
  return withRunLock(options, async (lock) => {
    const settled = await settleUnfinished(options, lock)
    if (settled !== null) return settled
    const found = await findLost(options, wish)
    return withRun(options, lock, 'salvage', async (run) => {
      const { plan, done } = await salvageLost(run, { ...found, confirm })
      const salvaged = report(options, wish, found, done, plan, run.journal.runId)
      run.journal.end(done, { command: 'salvage', exitCode: salvaged.exitCode, applied: [], replaced: null })
      return salvaged
    })
  })
}

async function findLost(options: RunOptions, wish: SalvageWish): Promise<Found> {
  const { project, config } = options
  const { usable } = await openProjectStore(project, config).list()
  const runs = listRuns(dataDirectory(project, config)).filter(({ head }) => head.targetIdentity === project.target.identity)
  for (const lostBy of runs) {
    const lost = lostStepSchema.safeParse(lostBy.steps.findLast(({ step }) => step === 'lost')).data
    const id = lostBy.steps.findLast(({ step }) => step === 'migrate')?.snapshot
    if (lost === undefined || typeof id !== 'string' || !id.startsWith(wish.snapshot ?? '')) continue
    const snapshot = usable.find((one) => one.id === id)
    if (snapshot === undefined) throw snapshotGone(id)
    if (lostBy.steps.at(-1)?.outcome === 'lost-restored') throw nothingLost(`The run of ${lostBy.head.startedAt} was restored.`)
    return { snapshot, lost, lostBy, losses: await selectLosses(options, wish, lost), command: commandOf(snapshot, wish) }
  }
  throw nothingLost(
    wish.snapshot === null
      ? 'No run of safe-migrate on this database lost data that nobody agreed to.'
      : `No run of safe-migrate that lost data on this database has a snapshot ${wish.snapshot}.`,
  )
}

async function selectLosses({ project, config }: RunOptions, wish: SalvageWish, { record }: LostStep): Promise<readonly TableLoss[]> {
  const losses = toTableLosses(record, wish.all)
  const models = await readModels(project.schemaPath)
  const namesOf = ({ schema, name, now }: TableLoss): readonly string[] => [
    name,
    `${schema}.${name}`,
    ...(now === null ? [] : [now.name, `${now.schema}.${now.name}`]),
    ...models.flatMap((model) => (model.table === now?.name || model.table === name ? [model.name] : [])),
  ]
  const find = (word: string): readonly TableLoss[] => {
    const group = Object.hasOwn(config.groups, word) ? config.groups[word] : undefined
    if (group !== undefined) return losses.filter((loss) => group.some((member) => namesOf(loss).includes(member)))
    const found = losses.filter((loss) => namesOf(loss).includes(word))
    if (found.length === 0) throw notLost(word, losses, wish.all)
    return found
  }
  const only = wish.only.length === 0 ? losses : wish.only.flatMap(find)
  const skipped = wish.skip.flatMap(find)
  return losses.filter((loss) => only.includes(loss) && !skipped.includes(loss))
}

/** What to type to see the same again. */
function commandOf({ id }: Snapshot, { only, skip, all }: SalvageWish): string {
  const words = [
    only.length > 0 ? ` --only ${only.join(',')}` : '',
    skip.length > 0 ? ` --skip ${skip.join(',')}` : '',
    all ? ' --all' : '',
  ]
  return `safe-migrate salvage ${id}${words.join('')}`
}

function report(
  { project }: RunOptions,
  { all }: SalvageWish,
  { snapshot, lostBy, command }: Found,
  verdict: SalvageReport['verdict'],
  plan: SalvagePlan,
  runId: string | null,
): SalvageReport {
  const head = putBackHead<'salvaged'>(project, snapshot, verdict, runId)
  return { report: 'salvage', ...head, lostBy: lostBy.head.runId, all, ...plan, next: advise(verdict, snapshot, command) }
}

function advise(verdict: SalvageReport['verdict'], { id }: Snapshot, command: string): readonly string[] {
  const diff = `To list what differs from before that run, also what was agreed to or done by others: safe-migrate diff ${id}`
  switch (verdict) {
    case 'planned':
      return [`To do it: ${command}`]
    case 'unchanged':
    case 'salvaged':
      return [diff]
    case 'declined':
      return []
  }
}

function notLost(word: string, losses: readonly TableLoss[], all: boolean): SafeMigrateError {
  const known = losses.map(({ name }) => name)
  return new SafeMigrateError({
    code: 'usage',
    message: `"${word}" lost nothing in that run${all ? '' : ' that nobody had agreed to'}${suggestNearest(word, known) || '.'}`,
    next: [`Tables that did: ${known.join(', ')}`, ...(all ? [] : ['What was agreed to is salvaged with --all'])],
  })
}

function nothingLost(message: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message,
    next: ['To put back rows of any snapshot: safe-migrate restore --only <tables> --mode missing', 'safe-migrate snapshot list'],
  })
}

function snapshotGone(id: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The snapshot ${id} from before the run that lost data is not here.`,
    next: ['If it is stored elsewhere: safe-migrate snapshot fetch', 'safe-migrate snapshot list'],
  })
}
