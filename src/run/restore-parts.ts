import { readModels } from '../project/models.js'
import type { PartRequest } from '../snapshots/parts/build-parts.js'
import { withSnapshotSource } from '../snapshots/parts/part-source.js'
import { type PartPlan, planParts, restoreParts } from '../snapshots/restore-parts.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { displayName } from '../util/names.js'
import { refuseAgent } from './guard.js'
import { readProtection, type TargetProtection } from './protection.js'
import { type PutBackHead, putBackHead } from './put-back-head.js'
import type { RunReport } from './report.js'
import type { PartRestoreReport } from './restore-report.js'
import { findForRestore, type RestoreRunOptions } from './restore-source.js'
import { requireLock, snapshotContext, stopIfAborted, timed, withRun, withRunLock } from './run.js'
import { openSession } from './session.js'
import { settleUnfinished } from './unfinished.js'

/** Asks before rows are written, once the numbers are known. */
export type ConfirmParts = (plan: PartPlan, protection: TargetProtection | null) => Promise<boolean>

/** What putting back rows of some tables would do. Changes nothing. @param wanted see `Store.find` @throws SafeMigrateError as the restore would */
export async function previewParts(options: RestoreRunOptions, wanted: string, request: PartRequest): Promise<PartRestoreReport> {
  const { project, config, ui } = options
  const { snapshot, force } = await findForRestore(options, wanted)
  const session = await openSession(project.database, project.target)
  try {
    const names = { models: await readModels(project.schemaPath), groups: config.groups }
    const context = snapshotContext({ project, config, session, ui, journal: null })
    const plan = await withSnapshotSource(context, snapshot, force, (source) => planParts(context, source, { request, ...names }))
    return reportParts(putBackHead<'restored'>(project, snapshot, 'planned', null), snapshot, plan, null)
  } finally {
    await session.close()
  }
}

/**
 * Puts rows of some tables back among the live ones, journalled.
 * @param confirm asked once the numbers are known, before anything is changed
 * @throws SafeMigrateError `snapshot`, `usage`; the database is then as it was
 */
export async function restorePartsOnRequest(
  asked: RestoreRunOptions,
  wanted: string,
  request: PartRequest,
  confirm: ConfirmParts,
): Promise<PartRestoreReport | RunReport> {
  refuseAgent(asked.ui, 'safe-migrate restore')
  const { snapshot, force } = await findForRestore(asked, wanted)
  const options = { ...asked, protection: await readProtection(asked) }
  const names = { models: await readModels(asked.project.schemaPath), groups: asked.config.groups }
  return withRunLock(options, async (lock) => {
    const settled = await settleUnfinished(options, lock)
    if (settled !== null) return settled
    return withRun(options, lock, 'restore', async (run) => {
      const { plan, done, replacedSnapshot } = await timed(run, 'restore', () =>
        withSnapshotSource(snapshotContext(run), snapshot, force, (source) =>
          restoreParts(snapshotContext(run), source, {
            request,
            ...names,
            store: run.store,
            signal: run.ui.signal,
            confirm: async (planned) => {
              if (!(await confirm(planned, options.protection))) return false
              await stopIfAborted(run.ui, 'before anything was written')
              requireLock(run)
              const tables = planned.tables.map(({ schema, name }) => displayName(schema, name))
              run.journal.record('rows', { snapshot: snapshot.id, mode: request.mode, tables, command: commandOf(snapshot, request) })
              return true
            },
            onCommit: (transaction) => {
              requireLock(run)
              run.journal.record('commit', { transaction })
            },
          }),
        ),
      )
      run.journal.record('rows-restored', { snapshot: snapshot.id, replaced: replacedSnapshot?.id ?? null })
      const head = putBackHead<'restored'>(options.project, snapshot, done, run.journal.runId)
      const report = reportParts(head, snapshot, plan, replacedSnapshot)
      run.journal.end(done, { command: 'restore', exitCode: report.exitCode, applied: [], replaced: report.replaced })
      return report
    })
  })
}

/** What to type to see the same again. */
function commandOf(snapshot: Snapshot, { only, skip, mode, keys }: PartRequest): string {
  const key = keys.map(({ table, columns }) => `${table === null ? '' : `${table}=`}${columns.join('+')}`).join(',')
  const options = [
    only.length > 0 ? `--only ${only.join(',')}` : '',
    skip.length > 0 ? `--skip ${skip.join(',')}` : '',
    key === '' ? '' : `--key ${key}`,
    `--mode ${mode}`,
  ]
  return `safe-migrate restore ${snapshot.id} ${options.filter((one) => one !== '').join(' ')}`
}

function reportParts(
  head: PutBackHead<'restored'>,
  { manifest }: Snapshot,
  { request, tables, notices }: PartPlan,
  replaced: Snapshot | null,
): PartRestoreReport {
  const { takenAt } = manifest
  return { report: 'part-restore', ...head, takenAt, mode: request.mode, tables, notices, replaced: replaced?.id ?? null }
}
