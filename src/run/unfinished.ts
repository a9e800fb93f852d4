import { hostname } from 'node:os'
import { z } from 'zod'
import type { RunLock } from '../databases/database.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import { SafeMigrateError } from '../errors.js'
import { canOpen } from '../snapshots/encryption/keys.js'
import { withReadable } from '../snapshots/encryption/open-snapshot.js'
import { FINGERPRINT_FILE, readFingerprint } from '../snapshots/fingerprint-file.js'
import { hasAllFiles } from '../snapshots/is-whole.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { removeStalePartials } from '../snapshots/take-snapshot.js'
import { isRunning } from '../util/running-process.js'
import type { InvariantReading } from '../verify/invariants.js'
import { concludeRun } from './conclude.js'
import { emptyReport, endRun } from './empty-report.js'
import { explainRows } from './explain-rows.js'
import { continueJournal, findUnfinishedRun, type JournalRecord, listRuns } from './journal.js'
import type { Expectations } from './plan.js'
import { type Protection, summarizeSnapshot } from './protect.js'
import { type RestoreSituation, restore } from './recover.js'
import { endRehearsalPrisma, removeRehearsalLeftovers } from './rehearsal-leftovers.js'
import type { RunReport } from './report.js'
import { dataDirectory, openProjectStore, type Run, type RunOptions, snapshotContext, withRun } from './run.js'
import { readSalvaged } from './salvage-outcome.js'
import { isRestoreOfItsOwn, undoRestore } from './undo-restore.js'
import { comparisonFailed, snapshotGone, snapshotNotReadable } from './unproven.js'
import type { Verdict } from './verdict.js'

/** An interrupted run, explained. */
export interface UnfinishedRun {
  readonly record: JournalRecord
  /** `untouched`: nothing had been changed. `migrating`: Prisma was started. `restoring`: a restore was started. `restored`: only the end is missing. `rows`: rows were being put back, in one transaction. */
  readonly stage: 'untouched' | 'migrating' | 'restoring' | 'restored' | 'rows'
  /** For people: what happened, in one or two sentences. */
  readonly explanation: string
  /** What the run would go back to; null when it has none, or it is gone or damaged. */
  readonly snapshot: Snapshot | null
}

const expectationsSchema = z.custom<Expectations>(
  (value) => typeof value === 'object' && value !== null && 'findings' in value && 'touched' in value,
)
const readingSchema = z.custom<InvariantReading>(
  (value) => typeof value === 'object' && value !== null && 'must' in value && 'sql' in value,
)
const migrateSchema = z.looseObject({
  snapshot: z.string().nullable(),
  pending: z.array(z.string()),
  expectations: expectationsSchema,
  invariants: z.array(readingSchema).default([]),
})
const markSchema = z.object({ by: z.string(), at: z.string(), reason: z.string().nullable() })
const restoreSchema = z.looseObject({
  snapshot: z.string(),
  situation: z.enum(['failed', 'lost', 'asked']),
  mark: markSchema.nullish(),
  undoes: z.boolean().optional(),
})

/** The interrupted run on this database; null when the last one came to its end. Changes nothing. */
export async function readUnfinished(options: Pick<RunOptions, 'project' | 'config'>): Promise<UnfinishedRun | null> {
  const record = findUnfinishedRun(dataDirectory(options.project, options.config), options.project.target.identity)
  if (record === null) return null
  const stage = stageOf(record)
  const id =
    stage === 'migrating'
      ? migrateSchema.safeParse(lastStep(record, 'migrate')).data?.snapshot
      : restoreSchema.safeParse(lastStep(record, 'restore')).data?.snapshot
  const found = id ? (await openProjectStore(options.project, options.config).list()).usable.find((one) => one.id === id) : undefined
  // An interrupted restore is undone with what it kept, whatever became of its own.
  const snapshot = found !== undefined && (stage !== 'migrating' || (await hasAllFiles(found))) ? found : null
  const hasRows = record.steps.some(({ step }) => step === 'rows')
  const explanation =
    stage === 'rows' || (stage === 'migrating' && hasRows)
      ? await explainRows(options.project, record)
      : explain(record, stage, id ?? null, snapshot !== null)
  return { record, stage, snapshot, explanation }
}

/** Interrupted restores into databases that are not the project's own. Each left its database as before or as in the snapshot. Changes nothing. */
export function readElsewhere({
  project,
  config,
}: Pick<RunOptions, 'project' | 'config'>): readonly Pick<UnfinishedRun, 'record' | 'explanation'>[] {
  return listRuns(dataDirectory(project, config)).flatMap((record) => {
    const { head, steps } = record
    const isOver = head.elsewhere !== true || steps.at(-1)?.step === 'end' || head.targetIdentity === project.target.identity
    if (isOver || (head.host === hostname() && isRunning(head.pid, 'node'))) return []
    const snapshot = z.looseObject({ snapshot: z.string() }).safeParse(lastStep(record, 'restore') ?? lastStep(record, 'rows'))
      .data?.snapshot
    const what = `The restore ${snapshot === undefined ? '' : `of ${snapshot} `}into ${head.target} that began ${head.startedAt} did not come to its end`
    return [{ record, explanation: `${what}. That database is either as before it or restored, never a mix.` }]
  })
}

function stageOf({ steps }: JournalRecord): UnfinishedRun['stage'] {
  const last = (name: string) => steps.findLastIndex((one) => one.step === name)
  if (last('restored') > last('restore')) return 'restored'
  // A salvage within a run is a part of it: what the run lost is judged all the same.
  if (last('rows') > last('rows-restored') && last('migrate') === -1) return 'rows'
  // A restore that ended with an error left the database as it was: what was open before it is open still, and nothing else.
  if (last('restore') > last('migrate') && last('restore-failed') < last('restore')) return 'restoring'
  return last('migrate') === -1 || last('settled') > last('migrate') ? 'untouched' : 'migrating'
}

function lastStep(record: JournalRecord, name: string): unknown {
  return record.steps.findLast((one) => one.step === name)
}

function explain(record: JournalRecord, stage: UnfinishedRun['stage'], snapshot: string | null, isThere: boolean): string {
  const run = `The ${record.head.command} run of ${record.head.startedAt} on ${record.head.target} did not come to its end`
  const where = record.steps.at(-1)?.step ?? 'start'
  const back =
    snapshot === null
      ? 'It has no snapshot to go back to.'
      : `The snapshot ${snapshot} from before it is ${isThere ? 'complete' : 'gone or damaged'}.`
  switch (stage) {
    case 'untouched':
      if (record.steps.some(({ step }) => step === 'rehearse'))
        return `${run}: it was rehearsing on a copy, and the database itself was not touched.`
      return `${run}. Nothing of it is open: it had changed nothing that was not compared (its last step was: ${where}).`
    case 'migrating':
      return record.steps.some((one) => one.step === 'migrated')
        ? `${run}: Prisma was done, and the comparison with the database before was not. ${back}`
        : `${run}: it was interrupted while Prisma was ${isDrafting(record) ? 'drafting a migration' : 'migrating'}. ${back}`
    case 'restoring':
      return `${run}: it was interrupted while restoring. The database is either as before the restore or as in the snapshot, never a mix. ${back}`
    case 'restored':
    case 'rows':
      return `${run}, but its restore did.`
  }
}

/** `dev` has Prisma draft when nothing is pending any more. */
function isDrafting(record: JournalRecord): boolean {
  return migrateSchema.safeParse(lastStep(record, 'migrate')).data?.pending.length === 0
}

/**
 * Called by a new run that holds the lock. A run that had changed nothing is closed; otherwise the user is asked, or told what to type.
 * @returns the report of what was settled, when the new run must not go on
 * @throws SafeMigrateError `interrupted` when nobody can be asked, or the user leaves it
 */
export async function settleUnfinished(options: RunOptions, lock: RunLock): Promise<RunReport | null> {
  const unfinished = await readUnfinished(options)
  if (unfinished === null) return null
  refuseRunningProcess(unfinished.record)
  if (unfinished.record.head.elsewhere === true) {
    options.ui.show({ type: 'notice', message: unfinished.explanation })
    continueJournal(unfinished.record).end('abandoned')
    return null
  }
  if (isSettled(unfinished)) {
    options.ui.show({ type: 'notice', message: unfinished.explanation })
    await resume(options, lock, unfinished)
    return null
  }
  const choice = options.ui.interactive ? await options.ui.chooseUnfinished(unfinished) : 'leave'
  if (choice === 'resume') return resume(options, lock, unfinished)
  if (choice === 'undo') return undo(options, lock, unfinished)
  throw openRun(unfinished)
}

/** For what cannot be done while a run is open. */
export function openRun({ explanation, stage, snapshot }: UnfinishedRun): SafeMigrateError {
  return new SafeMigrateError({
    code: 'interrupted',
    message: explanation,
    why: 'Until it is finished or undone, a new run cannot tell what was lost.',
    next: adviseOpenRun({ stage, snapshot }),
  })
}

export function adviseOpenRun({ stage, snapshot }: Pick<UnfinishedRun, 'stage' | 'snapshot'>): string[] {
  return [
    stage === 'restoring'
      ? 'To finish the restore:             safe-migrate status --resume'
      : 'To compare and judge what it did: safe-migrate status --resume',
    ...(snapshot === null ? [] : ['To go back to before it:           safe-migrate status --undo']),
  ]
}

/** Nothing of it is open: closing it is all there is to do. */
export function isSettled({ stage }: Pick<UnfinishedRun, 'stage'>): boolean {
  return stage === 'untouched' || stage === 'restored' || stage === 'rows'
}

/** Finishes an interrupted run: a migration is compared and judged, a restore is done again. The caller holds the lock. */
export async function resume(options: RunOptions, lock: RunLock, unfinished: UnfinishedRun): Promise<RunReport> {
  refuseRunningProcess(unfinished.record)
  return withRun(options, lock, continueJournal(unfinished.record), async (run) => {
    await removeStalePartials(snapshotContext(run), run.store)
    switch (unfinished.stage) {
      case 'untouched':
        endRehearsalPrisma(unfinished.record)
        await removeRehearsalLeftovers(run)
        return endRun(run, emptyReport(options, 'resume', 'abandoned'))
      case 'rows':
        return endRun(run, emptyReport(options, 'resume', 'abandoned'))
      case 'restored':
        return endRun(run, emptyReport(options, 'resume', situationVerdict(unfinished.record)))
      case 'restoring':
        return restoreAgain(run, unfinished, 'resume')
      case 'migrating':
        return judgeInterrupted(run, unfinished)
    }
  })
}

/** Goes back to before an interrupted run. The caller holds the lock. @throws SafeMigrateError `snapshot` when it has none */
export async function undo(options: RunOptions, lock: RunLock, unfinished: UnfinishedRun): Promise<RunReport> {
  refuseRunningProcess(unfinished.record)
  const { record, stage, snapshot } = unfinished
  const own = (stage === 'restoring' || stage === 'restored') && isRestoreOfItsOwn(record) ? snapshot : null
  if (own === null && isSettled(unfinished)) return resume(options, lock, unfinished)
  return withRun(options, lock, continueJournal(record), async (run) => {
    await removeStalePartials(snapshotContext(run), run.store)
    return own === null ? restoreAgain(run, unfinished, 'undo') : undoRestore(run, record, own)
  })
}

async function restoreAgain(run: Run, unfinished: UnfinishedRun, command: 'resume' | 'undo'): Promise<RunReport> {
  const { snapshot, record } = unfinished
  if (snapshot === null && command === 'resume') throw snapshotGone(run, restoreSchema.parse(lastStep(record, 'restore')).snapshot)
  if (snapshot === null) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: 'The snapshot of that run is gone or damaged.',
      why: unfinished.explanation,
      next: ['safe-migrate snapshot list shows the others.', 'To close the run without it: safe-migrate status --resume'],
    })
  }
  const begun = unfinished.stage === 'restoring' ? restoreSchema.parse(lastStep(record, 'restore')) : null
  const again = { mark: begun?.mark ?? null, undoes: begun?.undoes ?? command === 'undo' }
  const recovery = await restore(run, snapshot, begun?.situation ?? 'asked', again)
  const verdict = command === 'undo' ? 'restored' : situationVerdict(record)
  return endRun(run, { ...emptyReport(run, command, verdict), snapshot: summarizeSnapshot(snapshot, ''), recovery })
}

function restoreSituation(record: JournalRecord): RestoreSituation {
  return restoreSchema.parse(lastStep(record, 'restore')).situation
}

function situationVerdict(record: JournalRecord): Verdict {
  return ({ failed: 'failed-restored', lost: 'lost-restored', asked: 'restored' } as const)[restoreSituation(record)]
}

async function judgeInterrupted(run: Run, { record, snapshot }: UnfinishedRun): Promise<RunReport> {
  const { pending, expectations, invariants, snapshot: named } = migrateSchema.parse(lastStep(record, 'migrate'))
  if (named !== null && snapshot === null) throw snapshotGone(run, named)
  const protection: Protection | null =
    snapshot === null ? null : { snapshot, before: await readBefore(run, snapshot), invariants, summary: summarizeSnapshot(snapshot, '') }
  const migrated = z.looseObject({ exitCode: z.number() }).safeParse(lastStep(record, 'migrated'))
  const salvaged = await readSalvaged(run, record)
  if (salvaged !== null && protection !== null)
    return endRun(run, { ...emptyReport(run, 'resume', 'lost-salvaged'), pending, snapshot: protection.summary, recovery: salvaged })
  const plan = { pending, findings: expectations.findings, acceptanceProblems: [], expectations }
  const report = await concludeRun(run, 'resume', plan, protection, { exitCode: migrated.data?.exitCode ?? 1, errorCode: null })
  // It was drafting, and drafts are not applied by that.
  if (isDrafting(record) && report.verdict === 'applied')
    return endRun(run, { ...emptyReport(run, 'resume', 'abandoned'), next: ['To draft anew: safe-migrate dev'] })
  return endRun(run, report)
}

async function readBefore(run: Run, snapshot: Snapshot): Promise<Fingerprint> {
  const context = snapshotContext(run)
  if (!canOpen(snapshot.manifest, context.encryption)) throw snapshotNotReadable(run, snapshot)
  try {
    return await withReadable(context, snapshot, readFingerprint, [FINGERPRINT_FILE])
  } catch (error) {
    throw await comparisonFailed(run, snapshot, true, error)
  }
}

// A killed run leaves Prisma behind, and Prisma goes on migrating.
export function refuseRunningProcess({ head, steps }: JournalRecord): void {
  if (head.host !== hostname()) return
  const prisma = z.looseObject({ pid: z.number() }).safeParse(steps.findLast((one) => one.step === 'prisma')).data
  const running = prisma !== undefined && isRunning(prisma.pid, 'prisma') ? prisma.pid : null
  if (running === null) return
  throw new SafeMigrateError({
    code: 'interrupted',
    message: `Prisma is still running for the interrupted run of ${head.startedAt} (process ${running}).`,
    next: ['Wait until it is done, then run the same command again.'],
  })
}
