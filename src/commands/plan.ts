import { planProject } from '../run/plan-project.js'
import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const planCommand: CommandDefinition = {
  name: 'plan',
  summary: 'show what the pending migrations would do to this database; changes nothing',
  options: PROJECT_OPTIONS,
  run: async (context) => planProject(await openProject(context)),
}
