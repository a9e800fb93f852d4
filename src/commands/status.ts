import { SafeMigrateError } from '../errors.js'
import type { Report } from '../run/report.js'
import { type CommandContext, type CommandDefinition, openProject, PROJECT_OPTIONS, RECOVERY_OPTIONS } from './command.js'
import { confirmReplacing } from './confirm.js'

export const statusCommand: CommandDefinition = {
  name: 'status',
  summary: 'show the migration history and an interrupted run; --resume or --undo settles it',
  options: [
    { flags: '--resume', summary: 'finish an interrupted run: compare and judge what it did' },
    { flags: '--undo', summary: 'go back to before an interrupted run' },
    { flags: '--yes', summary: 'with --undo on a protected database: do not ask' },
    ...RECOVERY_OPTIONS,
    ...PROJECT_OPTIONS,
  ],
  run,
}

async function run(context: CommandContext): Promise<Report> {
  const { resume, undo } = context.options
  if (resume === true && undo === true) {
    throw new SafeMigrateError({
      code: 'usage',
      message: '--resume and --undo exclude each other.',
      next: ['safe-migrate status explains the interrupted run.'],
    })
  }
  const opened = await openProject(context)
  if (resume !== true && undo !== true) return (await import('../run/status.js')).readStatus(opened)
  const { settleOnRequest } = await import('../run/settle.js')
  return settleOnRequest({ ...opened, ui: context.ui }, undo === true ? 'undo' : 'resume', async (protection) =>
    protection === null ? true : confirmReplacing(context, opened.project, protection),
  )
}
