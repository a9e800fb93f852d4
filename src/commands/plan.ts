import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const planCommand: CommandDefinition = {
  name: 'plan',
  summary: 'show what the pending migrations would do to this database; changes nothing',
  options: PROJECT_OPTIONS,
  run: async (context) => (await import('../run/plan-project.js')).planProject(await openProject(context)),
}
