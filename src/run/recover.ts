import { messageOf, SafeMigrateError } from '../errors.js'
import { restoreSnapshot } from '../snapshots/restore-snapshot.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import type { Recovery } from './interface.js'
import type { Judgement } from './judge.js'
import type { RecoverySummary } from './report.js'
import { type Run, requireLock, snapshotContext, timed } from './run.js'
import { unpredictedLosses } from './verdict.js'

/** Does what the user, or else the configuration, says about a bad outcome. */
export async function recover(run: Run, judgement: Judgement, snapshot: Snapshot | null): Promise<RecoverySummary> {
  const isBad = judgement.failed || unpredictedLosses(judgement.differences).length > 0
  if (!isBad || snapshot === null) return { done: 'none', replaced: null, problem: null }
  if ((await choose(run, judgement, snapshot)) === 'keep') return { done: 'kept', replaced: null, problem: null }
  try {
    return await restore(run, snapshot, judgement.failed ? 'failed' : 'lost')
  } catch (error) {
    const why = error instanceof SafeMigrateError && error.why !== null ? ` ${error.why}` : ''
    return {
      done: 'kept',
      replaced: null,
      problem: `The restore was not completed: ${messageOf(error)}${why}`,
    }
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

/** Puts the snapshot back, journalled step by step. @throws SafeMigrateError `snapshot`; the database is then as it was */
export async function restore(run: Run, snapshot: Snapshot, situation: RestoreSituation): Promise<RecoverySummary> {
  requireLock(run)
  run.journal.record('restore', { snapshot: snapshot.id, situation })
  run.ui.show({ type: 'restoring', snapshot: snapshot.id })
  const restored = await timed(run, 'restore', () => restoreSnapshot(snapshotContext(run), snapshot, { store: run.store })).catch(
    (error: unknown) => {
      run.journal.record('restore-failed', { snapshot: snapshot.id })
      throw error
    },
  )
  run.journal.record('restored', { snapshot: snapshot.id })
  const replaced = restored.replacedSnapshot?.id ?? null
  run.ui.show({ type: 'restored', snapshot: snapshot.id, replaced, disconnected: restored.disconnected, seconds: run.seconds.restore ?? 0 })
  for (const message of restored.notices) run.ui.show({ type: 'notice', message })
  return { done: 'restored', replaced, problem: null }
}
