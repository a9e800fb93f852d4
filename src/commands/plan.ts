import { ALL_OPTION, type CommandDefinition, openProject, PROJECT_OPTIONS, SHOW_VALUES_OPTION } from './command.js'

export const planCommand: CommandDefinition = {
  name: 'plan',
  summary: 'show what the pending migrations would do to this database; changes nothing',
  options: [ALL_OPTION, SHOW_VALUES_OPTION, ...PROJECT_OPTIONS],
  reports: true,
  run: async (context) =>
    (await import('../run/plan-project.js')).planProject({
      ...(await openProject(context)),
      all: context.options.all === true,
      onProgress: context.ui.progress,
    }),
}
