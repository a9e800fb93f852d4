import path from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../errors.js'
import { withSnapshotSource } from '../snapshots/parts/part-source.js'
import type { SalvageSources } from '../snapshots/salvage/open-salvage.js'
import { planSalvage, type Salvaged, type SalvagePlan, salvage, tablesOf } from '../snapshots/salvage/salvage.js'
import type { TableLoss, Window } from '../snapshots/salvage/salvage-part.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { takeSnapshot } from '../snapshots/take-snapshot.js'
import { type JournalStep, listRuns } from './journal.js'
import { type LossRecord, type LostStep, lostStepSchema } from './losses.js'
import { dataDirectory, NOTHING_PUT_BACK, openProjectStore, type Run, requireLock, snapshotContext, timed } from './run.js'

const momentSchema = z.looseObject({ moment: z.string().nullish(), pending: z.array(z.string()).exactOptional() })

/** A copy that takes longer than this is only made for who salvages now. */
const LONG_SECONDS = 60

/**
 * Keeps what the migrations left, before anybody is asked: by it a salvage, now or later, tells what they lost from what users have written
 * since. A run that goes on after it was interrupted has it already, or comes too late for it to prove anything.
 */
export async function keepWhatIsLeft(run: Run, record: LossRecord, isResumed: boolean): Promise<LostStep> {
  const steps = listRuns(dataDirectory(run.project, run.config)).find(({ head }) => head.runId === run.journal.runId)?.steps ?? []
  const known = lostStepSchema.safeParse(steps.findLast(({ step }) => step === 'lost')).data
  if (known !== undefined) return known
  const lost: LostStep = { snapshot: await takeWhatIsLeft(run, isResumed), record, window: readWindow(steps), isPrompt: !isResumed }
  run.journal.record('lost', lost)
  return lost
}

/** @returns its id; null when it could not be taken, or would take too long */
async function takeWhatIsLeft(run: Run, isResumed: boolean): Promise<string | null> {
  const isWanted = run.ui.interactive || run.config.onLoss === 'salvage'
  const why = isWanted ? null : whyNotTaken(isResumed, run.seconds.snapshot)
  try {
    if (why === null) {
      run.journal.record('keep-left')
      return (await timed(run, 'keep', () => takeSnapshot(snapshotContext(run), { store: run.store, reason: 'before restore' }))).id
    }
    if (why !== '')
      run.ui.show({ type: 'notice', message: `What the migrations left was not kept as a snapshot: ${why}`, next: WITHOUT_IT })
  } catch (error) {
    const message = `What the migrations left could not be kept as a snapshot: ${describeProblem(error)}`
    run.ui.show({ type: 'notice', message, next: WITHOUT_IT })
  }
  return null
}

const WITHOUT_IT = [
  'A salvage then puts back only what is proven not to be written since, and the rest into side tables.',
  'To have it kept and salvaged at once, in another run: --on-loss salvage',
]

/**
 * Nobody salvages now, and somebody may later.
 * @param secondsBefore how long the snapshot from before the migrations took
 * @returns null when it is to be taken; empty where there is nothing to say about it
 */
export function whyNotTaken(isResumed: boolean, secondsBefore = 0): string | null {
  if (isResumed) return ''
  return secondsBefore > LONG_SECONDS
    ? `the one from before took ${Math.round(secondsBefore)} seconds, and nobody waits for another one.`
    : null
}

function readWindow(steps: readonly JournalStep[]): Window | null {
  const [begun, ended] = ['migrate', 'migrated'].map((name) => momentSchema.safeParse(steps.findLast(({ step }) => step === name)).data)
  const [from, to] = [begun?.moment ?? null, ended?.moment ?? null]
  return from === null || to === null ? null : { from, to, migrations: begun?.pending?.length ?? 0 }
}

export interface SalvageFacts {
  /** From before the migrations. */
  readonly snapshot: Snapshot
  readonly lost: LostStep
  readonly losses: readonly TableLoss[]
  /** To be typed to see the same again. */
  readonly command: string
  /** Where somebody is asked, with the plan. */
  confirm(plan: SalvagePlan): Promise<boolean>
}

/** What a salvage would do. Changes nothing. @throws SafeMigrateError `snapshot` */
export async function previewLost(
  run: Pick<Run, 'project' | 'config' | 'session' | 'ui'>,
  facts: Omit<SalvageFacts, 'confirm'>,
): Promise<SalvagePlan> {
  const context = snapshotContext({ ...run, journal: null })
  return withSources(run, facts, (sources) => planSalvage(context, sources, { ...facts.lost, losses: facts.losses }))
}

/** Puts back what was lost, journalled. @throws SafeMigrateError `snapshot`, `interrupted`; the database is then as it was */
export async function salvageLost(run: Run, facts: SalvageFacts): Promise<Salvaged> {
  const salvaged = await timed(run, 'salvage', () =>
    withSources(run, facts, (sources) =>
      salvage(snapshotContext(run), sources, {
        ...facts.lost,
        losses: facts.losses,
        folder: path.join(dataDirectory(run.project, run.config), 'salvage'),
        signal: run.ui.signal,
        confirm: async (plan) => {
          if (!(await facts.confirm(plan))) return false
          requireLock(run, NOTHING_PUT_BACK)
          const { command, snapshot } = facts
          run.journal.record('rows', { snapshot: snapshot.id, tables: tablesOf(plan), command, isSalvage: true })
          return true
        },
        keep: async () => {
          const kept = await takeSnapshot(snapshotContext(run), { store: run.store, reason: 'before restore' })
          run.journal.record('kept', { snapshot: kept.id })
        },
        onCommit: (transaction, plan) => {
          requireLock(run, NOTHING_PUT_BACK)
          run.journal.record('commit', { transaction, plan })
        },
      }),
    ),
  )
  if (salvaged.done === 'salvaged') run.journal.record('rows-restored', { snapshot: facts.snapshot.id })
  return salvaged
}

async function withSources<T>(
  run: Pick<Run, 'project' | 'config' | 'session' | 'ui'>,
  { snapshot, lost }: Pick<SalvageFacts, 'snapshot' | 'lost'>,
  work: (sources: SalvageSources) => Promise<T>,
): Promise<T> {
  const context = snapshotContext({ ...run, journal: null })
  const { usable } = await openProjectStore(run.project, run.config).list()
  const left = usable.find(({ id }) => id === lost.snapshot)
  if (lost.snapshot !== null && left === undefined)
    run.ui.show({
      type: 'notice',
      message: `The snapshot ${lost.snapshot} of what the migrations left is gone: what was written since cannot be told.`,
    })
  return withSnapshotSource(context, snapshot, false, (before) =>
    left === undefined ? work({ before, after: null }) : withSnapshotSource(context, left, false, (after) => work({ before, after })),
  )
}

/** Why a salvage that was wanted did not happen, for people. */
export function describeProblem(error: unknown): string {
  const why = error instanceof SafeMigrateError && error.why !== null ? ` ${error.why}` : ''
  return `${messageOf(error)}${why}`
}
