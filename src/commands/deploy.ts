import { type CommandDefinition, ENGINE_OPTION, openProject, PROJECT_OPTIONS, RECOVERY_OPTIONS } from './command.js'

export const deployCommand: CommandDefinition = {
  name: 'deploy',
  summary: 'apply pending migrations (prisma migrate deploy) with findings, snapshot, comparison and recovery',
  options: [
    { flags: '--rehearse', summary: 'try the migrations on a copy of the database first; a bad rehearsal stops the run' },
    ...PROJECT_OPTIONS,
    ...RECOVERY_OPTIONS,
    ENGINE_OPTION,
  ],
  passesOn: true,
  examples: ['safe-migrate deploy', 'safe-migrate deploy --rehearse', 'safe-migrate deploy --on-failure restore --on-loss restore --json'],
  reports: true,
  run: async (context) =>
    (await import('../run/deploy.js')).deploy({ ...(await openProject(context)), ui: context.ui, passedOn: context.passedOn }),
}
