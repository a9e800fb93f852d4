import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotListCommand: CommandDefinition = {
  name: 'snapshot list',
  summary: 'list the snapshots, newest first',
  options: PROJECT_OPTIONS,
  run: async (context) => (await import('../run/snapshots.js')).listSnapshots(await openProject(context)),
}
