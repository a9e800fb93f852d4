import path from 'node:path'
import { type OpeningContext, withReadable } from '../snapshots/encryption/open-snapshot.js'
import { FILES_ARCHIVE } from '../snapshots/files/pack-files.js'
import { type FilesPlan, planFiles, restoreFiles } from '../snapshots/files/restore-files.js'
import { planRestore } from '../snapshots/plan-restore.js'
import { requireSameTarget } from '../snapshots/restore-snapshot.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { listReplaced } from './advice.js'
import { emptyReport, endRun } from './empty-report.js'
import { checkFileReferences, type ResolvedReference, resolveFileReferences } from './file-references.js'
import { refuseAgent } from './guard.js'
import { continueJournal } from './journal.js'
import { summarizeSnapshot } from './protect.js'
import { readProtection, type TargetProtection } from './protection.js'
import { restore } from './recover.js'
import type { RunReport } from './report.js'
import type { RestorePlanReport } from './restore-report.js'
import { findForRestore, type RestoreRunOptions } from './restore-source.js'
import { dataDirectory, openingContext, type Run, snapshotContext, withRun, withRunLock } from './run.js'
import { openSession } from './session.js'
import { readUnfinished, refuseRunningProcess } from './unfinished.js'

/** What a restore would change, table by table. Changes nothing. @param wanted see `Store.find` */
export async function previewRestore(options: RestoreRunOptions, wanted: string, withFiles = false): Promise<RestorePlanReport> {
  const { project, config, ui } = options
  const { snapshot, force } = await findForRestore(options, wanted)
  const session = await openSession(project.database, project.target, true)
  try {
    const context = snapshotContext({ project, config, session, ui, journal: null })
    const { changed, unchanged, largeObjects, comparedLess } = await planRestore(context, snapshot, { force })
    const files = withFiles ? { files: await planStoredFiles(context, snapshot) } : {}
    const isOwn = options.source === undefined
    const next = [
      ...(isOwn && changed.length + comparedLess.length > 0
        ? [`To list every row and value: safe-migrate diff ${snapshot.id} --show-values`]
        : []),
      ...(isOwn ? [`To do it: safe-migrate restore ${snapshot.id}${withFiles ? ' --files' : ''}`] : []),
    ]
    const plan = { tables: changed, unchanged, largeObjects, comparedLess, next, ...files }
    return { report: 'restore-plan', formatVersion: 1, exitCode: 0, snapshot: snapshot.id, ...plan }
  } finally {
    await session.close()
  }
}

/** Asks before a database is replaced. */
export type ConfirmReplacing = (protection: TargetProtection | null) => Promise<boolean>

/**
 * Puts a snapshot back because somebody asked for it. What is there now is kept as a snapshot first.
 * An interrupted run on this database counts as settled by it.
 * @param confirm asked once everything that can be checked beforehand is
 * @throws SafeMigrateError `snapshot` when it cannot be done; the database is then as it was
 */
export async function restoreOnRequest(
  asked: RestoreRunOptions,
  wanted: string,
  confirm: ConfirmReplacing,
  withFiles = false,
): Promise<RunReport> {
  refuseAgent(asked.ui, 'safe-migrate restore')
  const { snapshot, force } = await findForRestore(asked, wanted)
  if (!force) requireSameTarget(asked, snapshot)
  if (withFiles) await planStoredFiles(openingContext(asked), snapshot)
  // The files are those of the project's own database.
  const references = asked.source === undefined ? await resolveFileReferences(asked) : []
  const options = { ...asked, protection: await readProtection(asked) }
  if (!(await confirm(options.protection))) return emptyReport(options, 'restore', 'declined')
  return withRunLock(options, async (lock) => {
    const unfinished = await readUnfinished(options)
    if (unfinished !== null) refuseRunningProcess(unfinished.record)
    return withRun(options, lock, 'restore', async (run) => {
      const recovery = await restore(run, snapshot, 'asked', { force })
      if (unfinished !== null) continueJournal(unfinished.record).end('settled by a restore')
      const files = withFiles ? { files: await bringBackFiles(run, snapshot) } : {}
      const next = [
        'The migration history is as it was then: what was applied since is pending again.',
        ...(asked.source === undefined ? listReplaced(recovery.replaced) : []),
      ]
      return endRun(run, {
        ...emptyReport(run, 'restore', 'restored'),
        snapshot: summarizeSnapshot(snapshot, ''),
        recovery,
        next,
        ...files,
        ...(await checkReferences(run, references)),
      })
    })
  })
}

function planStoredFiles(context: OpeningContext, snapshot: Snapshot): Promise<FilesPlan> {
  return withReadable(context, snapshot, (readable) => planFiles(context.project.root, readable), [FILES_ARCHIVE])
}

async function bringBackFiles(run: Run, snapshot: Snapshot): Promise<NonNullable<RunReport['files']>> {
  const { root } = run.project
  run.journal.record('restore-files', { snapshot: snapshot.id })
  const keepIn = path.join(dataDirectory(run.project, run.config), 'replaced-files')
  const bringBack = async (readable: Snapshot) => {
    const { paths, restored } = await planFiles(root, readable)
    return { paths, restored, kept: await restoreFiles(root, readable, keepIn, run.ui.progress) }
  }
  try {
    return await withReadable(openingContext(run), snapshot, bringBack, [FILES_ARCHIVE])
  } catch (error) {
    // The database is back, and nothing of this run is open: only the files are as they were.
    run.journal.end('restored without its files')
    throw error
  }
}

async function checkReferences(
  { project, session }: Run,
  references: readonly ResolvedReference[],
): Promise<Pick<RunReport, 'fileReferences'>> {
  return references.length === 0 ? {} : { fileReferences: await checkFileReferences(references, project.root, session.connection) }
}
