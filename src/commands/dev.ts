import { SafeMigrateError } from '../errors.js'
import { type CommandDefinition, ENGINE_OPTION, openProject, PROJECT_OPTIONS, RECOVERY_OPTIONS } from './command.js'

export const devCommand: CommandDefinition = {
  name: 'dev',
  summary: 'write and apply a migration (prisma migrate dev), judged before it is applied',
  options: [
    { flags: '--create-only', summary: 'write the migration and show its findings; do not apply it' },
    ...PROJECT_OPTIONS,
    ...RECOVERY_OPTIONS,
    ENGINE_OPTION,
  ],
  passesOn: true,
  examples: ['safe-migrate dev --name add_nickname', 'safe-migrate dev --create-only'],
  reports: true,
  run: async (context) => {
    refuseUrl(context.passedOn)
    return (await import('../run/dev.js')).dev({
      ...(await openProject(context)),
      ui: context.ui,
      createOnly: context.options.createOnly === true,
      passedOn: context.passedOn,
    })
  },
}

const URL_OPTIONS = ['--url', '--shadow-database-url']

// The snapshot and the guard would look at one database and Prisma at another; and argv is no place for a password.
function refuseUrl(passedOn: readonly string[]): void {
  const option = URL_OPTIONS.find((name) => passedOn.some((word) => word === name || word.startsWith(`${name}=`)))
  if (option === undefined) return
  throw new SafeMigrateError({
    code: 'usage',
    message: `safe-migrate dev does not take ${option}.`,
    why: 'Everybody on this machine can read the password in a command line, and the other steps use the configured URL.',
    next: ['Set the URL through the environment variable that your Prisma configuration reads.'],
  })
}
