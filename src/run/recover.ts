import type { ProtectionMark } from '../databases/protection.js'
import { messageOf } from '../errors.js'
import { restoreSnapshot } from '../snapshots/restore-snapshot.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import type { Recovery } from './interface.js'
import type { Judgement } from './judge.js'
import { type LostStep, toTableLosses, unsalvageable } from './losses.js'
import type { RecoverySummary } from './report.js'
import { NOTHING_PUT_BACK, type Run, requireLock, snapshotContext, timed } from './run.js'
import { describeProblem, keepWhatIsLeft, salvageLost } from './salvage-lost.js'
import { unpredictedLosses } from './verdict.js'

/** Does what the user, or else the configuration, says about a bad outcome. */
export async function recover(run: Run, judgement: Judgement, snapshot: Snapshot | null, isResumed: boolean): Promise<RecoverySummary> {
  const isBad = judgement.failed || unpredictedLosses(judgement.differences).length > 0
  if (!isBad || snapshot === null) return { done: 'none', replaced: null, problem: null }
  const isCertain = !run.ui.interactive && run.config.onLoss === 'restore'
  const lost = judgement.failed || judgement.losses === null || isCertain ? null : await keepWhatIsLeft(run, judgement.losses, isResumed)
  const choice = await choose(run, judgement, snapshot)
  const kept: RecoverySummary = { done: 'kept', replaced: null, problem: null, ...(lost?.snapshot ? { left: lost.snapshot } : {}) }
  if (choice === 'keep') return kept
  if (choice === 'salvage') return lost === null ? kept : salvageNow(run, judgement, { snapshot, lost, kept })
  try {
    return await restore(run, snapshot, judgement.failed ? 'failed' : 'lost')
  } catch (error) {
    return { ...kept, problem: `The restore was not completed: ${describeProblem(error)}` }
  }
}

interface SalvageSituation {
  readonly snapshot: Snapshot
  readonly lost: LostStep
  readonly kept: RecoverySummary
}

async function salvageNow(run: Run, { differences }: Judgement, { snapshot, lost, kept }: SalvageSituation): Promise<RecoverySummary> {
  try {
    const { plan, done } = await salvageLost(run, {
      snapshot,
      lost,
      losses: toTableLosses(lost.record, false),
      command: `safe-migrate salvage ${snapshot.id}`,
      confirm: async (planned) => {
        if (!run.ui.interactive) return true
        run.ui.show({ type: 'salvage-planned', plan: planned })
        return run.ui.confirmSalvage()
      },
    })
    if (done === 'declined') return kept
    const others = unsalvageable(differences).map((message) => `Found before the salvage, and not looked at again: ${message}`)
    const salvage = { ...plan, notices: [...plan.notices, ...others] }
    if (done === 'unchanged') return { ...kept, problem: `There is nothing that a salvage could put back. ${others.join(' ')}`.trim() }
    return { ...kept, done: 'salvaged', salvage }
  } catch (error) {
    return { ...kept, problem: `The salvage was not completed: ${describeProblem(error)}` }
  }
}

function choose({ ui, config }: Run, judgement: Judgement, snapshot: Snapshot): Promise<Recovery> | Recovery {
  const situation = judgement.failed ? 'failed' : 'lost'
  if (ui.interactive && !ui.signal.aborted) {
    return ui.chooseRecovery({ situation, snapshot, failed: judgement.prisma.failed?.name ?? null, differences: judgement.differences })
  }
  return situation === 'failed' ? config.onFailure : config.onLoss
}

/** Why a snapshot is put back; it decides the verdict, also when the run is interrupted and resumed. */
export type RestoreSituation = 'failed' | 'lost' | 'asked'

export interface RestoreAgainOptions {
  /** Of a protected database, when an interrupted restore is done again. */
  readonly mark?: ProtectionMark | null
  /** Also from a snapshot of another database. */
  readonly force?: boolean
  /** It undoes an interrupted one. */
  readonly undoes?: boolean
}

/** Puts the snapshot back, journalled step by step. @throws SafeMigrateError `snapshot`; the database is then as it was */
export async function restore(
  run: Run,
  snapshot: Snapshot,
  situation: RestoreSituation,
  { mark: markBefore = null, force = false, undoes = false }: RestoreAgainOptions = {},
): Promise<RecoverySummary> {
  requireLock(run, NOTHING_PUT_BACK)
  const mark = markBefore ?? (await readMark(run))
  // What is not known now is what it will have kept.
  const known = (await run.store.list()).usable.map(({ id }) => id)
  run.journal.record('restore', { snapshot: snapshot.id, situation, mark, known, undoes })
  run.ui.show({ type: 'restoring', snapshot: snapshot.id })
  const restored = await timed(run, 'restore', () => restoreSnapshot(snapshotContext(run), snapshot, { store: run.store, force })).catch(
    (error: unknown) => {
      run.journal.record('restore-failed', { snapshot: snapshot.id })
      throw error
    },
  )
  await keepMark(run, mark)
  run.journal.record('restored', { snapshot: snapshot.id })
  const replaced = restored.replacedSnapshot?.id ?? null
  run.ui.show({ type: 'restored', snapshot: snapshot.id, replaced, disconnected: restored.disconnected, seconds: run.seconds.restore ?? 0 })
  for (const message of restored.notices) run.ui.show({ type: 'notice', message })
  return { done: 'restored', replaced, problem: null }
}

async function readMark({ project, session }: Run): Promise<ProtectionMark | null> {
  if (!(await project.database.exists(project.target))) return null
  return project.database.protection.read(session.connection)
}

// A snapshot from before the database was protected must not take the protection away. The restore itself is done: this cannot fail it.
async function keepMark({ project, session, ui }: Run, mark: ProtectionMark | null): Promise<void> {
  const { protection } = project.database
  if (mark === null || mark.at === '' || (await protection.read(session.connection)) !== null) return
  await protection.write(session.connection, mark).catch((error: unknown) => {
    const message = `${project.target.label} was protected, and is not any more: the mark could not be put back. ${messageOf(error)}`
    ui.show({ type: 'notice', message, next: ['safe-migrate protect'] })
  })
}
