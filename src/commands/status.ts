import { SafeMigrateError } from '../errors.js'
import { emptyReport } from '../run/conclude.js'
import type { Report } from '../run/report.js'
import { withRunLock } from '../run/run.js'
import { readStatus } from '../run/status.js'
import { readUnfinished, resume, undo } from '../run/unfinished.js'
import { type CommandContext, type CommandDefinition, openProject, PROJECT_OPTIONS, RECOVERY_OPTIONS } from './command.js'

export const statusCommand: CommandDefinition = {
  name: 'status',
  summary: 'show the migration history and an interrupted run; --resume or --undo settles it',
  options: [
    { flags: '--resume', summary: 'finish an interrupted run: compare and judge what it did' },
    { flags: '--undo', summary: 'go back to before an interrupted run' },
    ...RECOVERY_OPTIONS,
    ...PROJECT_OPTIONS,
  ],
  run: async (context) =>
    context.options.resume === true || context.options.undo === true ? settle(context) : readStatus(await openProject(context)),
}

async function settle(context: CommandContext): Promise<Report> {
  if (context.options.resume === true && context.options.undo === true) {
    throw new SafeMigrateError({
      code: 'usage',
      message: '--resume and --undo exclude each other.',
      next: ['safe-migrate status explains the interrupted run.'],
    })
  }
  const options = { ...(await openProject(context)), ui: context.ui }
  return withRunLock(options, async (lock) => {
    const unfinished = await readUnfinished(options)
    if (unfinished === null)
      return {
        ...emptyReport(options, context.options.undo === true ? 'undo' : 'resume', 'abandoned'),
        next: ['No run was interrupted: there is nothing to settle.'],
      }
    return context.options.undo === true ? undo(options, lock, unfinished) : resume(options, lock, unfinished)
  })
}
