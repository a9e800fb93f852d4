import { type CommandDefinition, ENGINE_OPTION, openProject, PROJECT_OPTIONS, SHOW_VALUES_OPTION, textOption } from './command.js'

export const rehearseCommand: CommandDefinition = {
  name: 'rehearse',
  summary: 'run the pending migrations on a copy of the database and compare it with itself before; changes nothing',
  options: [
    {
      flags: '--snapshot <id>',
      summary: 'on the data of this snapshot (its id, the beginning of it, a time, or latest) instead of a copy made now',
    },
    SHOW_VALUES_OPTION,
    ENGINE_OPTION,
    ...PROJECT_OPTIONS,
  ],
  reports: true,
  examples: ['safe-migrate rehearse', 'safe-migrate rehearse --snapshot latest --json'],
  run: async (context) =>
    (await import('../run/rehearse.js')).rehearsePending({
      ...(await openProject(context)),
      ui: context.ui,
      snapshot: textOption(context, 'snapshot') ?? null,
    }),
}
