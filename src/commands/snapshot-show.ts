import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotShowCommand: CommandDefinition = {
  name: 'snapshot show',
  summary: 'show what a snapshot holds',
  argument: { syntax: '[snapshot]', summary: 'its id or the beginning of it; the latest of this database when left out' },
  options: PROJECT_OPTIONS,
  run: async (context) => (await import('../run/snapshots.js')).showSnapshot(await openProject(context), context.args[0] ?? 'latest'),
}
