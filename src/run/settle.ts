import { emptyReport } from './empty-report.js'
import type { RunReport } from './report.js'
import { type RunOptions, withRunLock } from './run.js'
import { readUnfinished, resume, undo } from './unfinished.js'

/** Finishes or undoes the interrupted run, because somebody asked for it. @throws SafeMigrateError as `resume` and `undo` do */
export async function settleOnRequest(options: RunOptions, how: 'resume' | 'undo'): Promise<RunReport> {
  return withRunLock(options, async (lock) => {
    const unfinished = await readUnfinished(options)
    if (unfinished === null)
      return { ...emptyReport(options, how, 'abandoned'), next: ['No run was interrupted: there is nothing to settle.'] }
    return how === 'undo' ? undo(options, lock, unfinished) : resume(options, lock, unfinished)
  })
}
