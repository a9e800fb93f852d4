import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotVerifyCommand: CommandDefinition = {
  name: 'snapshot verify',
  summary: 're-read a snapshot: every file, every hash, every row count',
  argument: { syntax: '[snapshot]', summary: 'its id or the beginning of it; the latest of this database when left out' },
  options: PROJECT_OPTIONS,
  run: async (context) =>
    (await import('../run/snapshots.js')).verifyStored({ ...(await openProject(context)), ui: context.ui }, context.args[0] ?? 'latest'),
}
