import { listSnapshots } from '../run/snapshots.js'
import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotListCommand: CommandDefinition = {
  name: 'snapshot list',
  summary: 'list the snapshots, newest first',
  options: PROJECT_OPTIONS,
  run: async (context) => listSnapshots(await openProject(context)),
}
