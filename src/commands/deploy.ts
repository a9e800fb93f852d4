import { type CommandDefinition, ENGINE_OPTION, openProject, PROJECT_OPTIONS, RECOVERY_OPTIONS } from './command.js'

export const deployCommand: CommandDefinition = {
  name: 'deploy',
  summary: 'apply pending migrations (prisma migrate deploy) with findings, snapshot, comparison and recovery',
  options: [...PROJECT_OPTIONS, ...RECOVERY_OPTIONS, ENGINE_OPTION],
  passesOn: true,
  examples: ['safe-migrate deploy', 'safe-migrate deploy --on-failure restore --on-loss restore --json'],
  run: async (context) =>
    (await import('../run/deploy.js')).deploy({ ...(await openProject(context)), ui: context.ui, passedOn: context.passedOn }),
}
