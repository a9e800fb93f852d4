import { type CommandDefinition, ENGINE_OPTION, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotCreateCommand: CommandDefinition = {
  name: 'snapshot create',
  summary: 'take a snapshot of the database, and verify it',
  options: [ENGINE_OPTION, ...PROJECT_OPTIONS],
  run: async (context) => (await import('../run/snapshots.js')).createSnapshot({ ...(await openProject(context)), ui: context.ui }),
}
