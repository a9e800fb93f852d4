import { z } from 'zod'
import { settleLeftovers } from '../snapshots/adopt-replaced.js'
import { removeSnapshot } from '../snapshots/remove-snapshot.js'
import { removeAbandoned } from '../util/abandoned-folders.js'
import { isRunning } from '../util/running-process.js'
import type { JournalRecord } from './journal.js'
import { REHEARSAL_FOLDERS } from './rehearsal-folder.js'
import { dataDirectory, type Run, snapshotContext } from './run.js'

/** Removes what a killed rehearsal left: its copy, the snapshot that was taken for it, and the folder of its Prisma. The caller holds the run lock. */
export async function removeRehearsalLeftovers(run: Run): Promise<void> {
  const { project, config, store, ui } = run
  const context = snapshotContext(run)
  for (const message of await settleLeftovers(context, store)) ui.show({ type: 'notice', message })
  await removeAbandoned(dataDirectory(project, config), REHEARSAL_FOLDERS)
  for (const snapshot of (await store.list()).usable) {
    const { reason, targetIdentity } = snapshot.manifest
    if (reason !== 'rehearsal' || targetIdentity !== project.target.identity) continue
    await removeSnapshot(context, store, snapshot)
    ui.show({ type: 'notice', message: `Snapshot ${snapshot.id}, which an interrupted rehearsal had left, is removed.` })
  }
}

/** Ends the Prisma that a killed rehearsal left: it works on a copy that nobody needs any more. Known by the folder that it was given. */
export function endRehearsalPrisma({ steps }: Pick<JournalRecord, 'steps'>): void {
  const found = z
    .looseObject({ pid: z.number(), folder: z.string() })
    .safeParse(steps.findLast(({ step }) => step === 'rehearsal-prisma')).data
  if (found === undefined || process.platform !== 'linux' || !isRunning(found.pid, found.folder)) return
  try {
    process.kill(found.pid, 'SIGKILL')
  } catch {
    // Gone just now.
  }
}
