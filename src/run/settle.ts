import { emptyReport } from './empty-report.js'
import { refuseAgent } from './guard.js'
import { continueJournal } from './journal.js'
import { readProtection } from './protection.js'
import type { RunReport } from './report.js'
import type { ConfirmReplacing } from './restore.js'
import { type RunOptions, withRunLock } from './run.js'
import { readElsewhere, readUnfinished, resume, undo } from './unfinished.js'

/** Finishes or undoes the interrupted run, because somebody asked for it. @throws SafeMigrateError as `resume` and `undo` do */
export async function settleOnRequest(asked: RunOptions, how: 'resume' | 'undo', confirm: ConfirmReplacing): Promise<RunReport> {
  if (how === 'undo') refuseAgent(asked.ui, 'safe-migrate status --undo')
  const options = { ...asked, protection: await readProtection(asked) }
  if (how === 'undo' && !(await confirm(options.protection))) return emptyReport(options, how, 'declined')
  return withRunLock(options, async (lock) => {
    const unfinished = await readUnfinished(options)
    if (unfinished === null) return { ...emptyReport(options, how, 'abandoned'), next: closeElsewhere(options) }
    return how === 'undo' ? undo(options, lock, unfinished) : resume(options, lock, unfinished)
  })
}

/** Restores into other databases can only be done again where they are named: these runs are closed. @returns for people */
function closeElsewhere(options: RunOptions): readonly string[] {
  const elsewhere = readElsewhere(options)
  if (elsewhere.length === 0) return ['No run was interrupted: there is nothing to settle.']
  for (const { record } of elsewhere) continueJournal(record).end('abandoned')
  return elsewhere.map(({ explanation }) => `Closed: ${explanation}`)
}
