import { SafeMigrateError } from '../errors.js'
import { type CommandContext, type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const restoreCommand: CommandDefinition = {
  name: 'restore',
  summary: 'put a snapshot back; what is there now is kept as a snapshot first',
  argument: { syntax: '[snapshot]', summary: 'its id or the beginning of it; the latest of this database when left out' },
  options: [
    { flags: '--dry-run', summary: 'show what would change, table by table; changes nothing' },
    { flags: '--yes', summary: 'do not ask' },
    ...PROJECT_OPTIONS,
  ],
  run: async (context) => {
    const options = { ...(await openProject(context)), ui: context.ui }
    const wanted = context.args[0] ?? 'latest'
    const { previewRestore, restoreOnRequest } = await import('../run/restore.js')
    if (context.options.dryRun === true) return previewRestore(options, wanted)
    return restoreOnRequest(options, wanted, () => confirmRestore(context, options.project.target.name, options.project.target.label))
  },
}

async function confirmRestore(context: CommandContext, name: string, label: string): Promise<boolean> {
  if (context.options.yes === true) return true
  if (!context.ui.interactive) {
    throw new SafeMigrateError({
      code: 'blocked',
      message: `A restore replaces everything in ${label}, and nobody can be asked here.`,
      next: ['To see what would change: safe-migrate restore --dry-run', 'To go on: the same command with --yes'],
    })
  }
  return context.confirmByTyping(`This replaces everything in ${label}.`, name.split(/[\\/]/).at(-1) ?? name)
}
