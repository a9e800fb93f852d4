import { type CommandDefinition, openProject, PROJECT_OPTIONS, YES_OPTION } from './command.js'
import { confirmReplacing } from './confirm.js'

export const restoreCommand: CommandDefinition = {
  name: 'restore',
  summary: 'put a snapshot back; what is there now is kept as a snapshot first',
  argument: { syntax: '[snapshot]', summary: 'its id or the beginning of it; the latest of this database when left out' },
  options: [
    { flags: '--dry-run', summary: 'show what would change, table by table; changes nothing' },
    { flags: '--files', summary: 'bring back the files too that the snapshot holds (files in the configuration)' },
    YES_OPTION,
    ...PROJECT_OPTIONS,
  ],
  run: async (context) => {
    const options = { ...(await openProject(context)), ui: context.ui }
    const wanted = context.args[0] ?? 'latest'
    const withFiles = context.options.files === true
    const { previewRestore, restoreOnRequest } = await import('../run/restore.js')
    if (context.options.dryRun === true) return previewRestore(options, wanted, withFiles)
    return restoreOnRequest(options, wanted, (protection) => confirmReplacing(context, options.project, protection), withFiles)
  },
}
