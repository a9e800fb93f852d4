import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotPruneCommand: CommandDefinition = {
  name: 'snapshot prune',
  summary: 'remove the snapshots that retention in the configuration does not keep; says why of each',
  options: [{ flags: '--dry-run', summary: 'say what would be removed; removes nothing' }, ...PROJECT_OPTIONS],
  run: async (context) =>
    (await import('../run/prune.js')).pruneStored({ ...(await openProject(context)), ui: context.ui }, context.options.dryRun === true),
}
