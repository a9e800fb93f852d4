import { SafeMigrateError } from '../errors.js'
import type { Report } from '../run/report.js'
import { type CommandContext, type CommandDefinition, openProject, PROJECT_OPTIONS, RECOVERY_OPTIONS, textOption } from './command.js'
import { confirmReplacing } from './confirm.js'

export const statusCommand: CommandDefinition = {
  name: 'status',
  summary: 'show the migration history and an interrupted run; --resume or --undo settles it; --history lists earlier runs',
  options: [
    { flags: '--resume', summary: 'finish an interrupted run: compare and judge what it did' },
    { flags: '--undo', summary: 'go back to before an interrupted run' },
    { flags: '--history', summary: 'list the runs of before, newest first: when, who, what became of it, its snapshot' },
    { flags: '--limit <number>', summary: 'with --history: how many (default: 20)' },
    { flags: '--yes', summary: 'with --undo on a protected database: do not ask' },
    ...RECOVERY_OPTIONS,
    ...PROJECT_OPTIONS,
  ],
  reports: true,
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
  const limit = readLimit(context)
  const opened = await openProject(context)
  if (limit !== null) return (await import('../run/run-history.js')).readRunHistory(opened, limit)
  if (resume !== true && undo !== true) return (await import('../run/status.js')).readStatus(opened)
  const { settleOnRequest } = await import('../run/settle.js')
  return settleOnRequest({ ...opened, ui: context.ui }, undo === true ? 'undo' : 'resume', async (protection) =>
    protection === null ? true : confirmReplacing(context, opened.project, protection),
  )
}

const DEFAULT_LIMIT = 20

/** How many runs of the history; null when it is not asked for. */
function readLimit(context: CommandContext): number | null {
  const { history, resume, undo } = context.options
  const text = textOption(context, 'limit')
  if (history !== true && text === undefined) return null
  const limit = Number(text ?? DEFAULT_LIMIT)
  if (history === true && resume !== true && undo !== true && Number.isInteger(limit) && limit > 0) return limit
  throw new SafeMigrateError({
    code: 'usage',
    message: '--history goes with --limit <number>, from 1 on, and with nothing else.',
    next: ['safe-migrate status --history --limit 50'],
  })
}
