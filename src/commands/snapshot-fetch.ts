import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotFetchCommand: CommandDefinition = {
  name: 'snapshot fetch',
  summary: 'bring a snapshot here from where the configuration has them copied (storage), and verify its files',
  argument: { syntax: '[snapshot]', summary: 'its id or the beginning of it; the latest of this database when left out' },
  options: PROJECT_OPTIONS,
  run: async (context) => {
    const { fetchStored } = await import('../run/snapshots.js')
    return fetchStored({ ...(await openProject(context)), ui: context.ui }, context.args[0] ?? 'latest')
  },
}
