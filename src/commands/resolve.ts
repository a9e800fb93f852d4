import { SafeMigrateError } from '../errors.js'
import type { Resolution } from '../run/resolve-report.js'
import { type CommandContext, type CommandDefinition, openProject, PROJECT_OPTIONS, RECOVERY_OPTIONS } from './command.js'
import { confirmReplacing } from './confirm.js'

const DECISIONS: readonly Resolution[] = ['applied', 'rolled-back', 'restore']

export const resolveCommand: CommandDefinition = {
  name: 'resolve',
  summary: 'find out what a failed migration left in the database, and have Prisma record it, or go back to before it',
  argument: { syntax: '[migration]', summary: 'the one that is meant; all that failed or are not as they should be when left out' },
  options: [
    { flags: '--yes', summary: 'do what is found to be right, without asking; what cannot be told is left for a person' },
    { flags: '--applied', summary: 'everything that it does is there: prisma migrate resolve --applied' },
    { flags: '--rolled-back', summary: 'nothing of it is there: prisma migrate resolve --rolled-back' },
    { flags: '--restore', summary: 'go back to the snapshot from before it' },
    ...RECOVERY_OPTIONS.filter(({ flags }) => flags.startsWith('--on-failure')).map((option) => ({
      ...option,
      summary: 'with --yes, what is done when it is half-way (default: keep, and say what can be done)',
    })),
    ...PROJECT_OPTIONS,
  ],
  reports: true,
  examples: ['safe-migrate resolve', 'safe-migrate resolve --yes --json', 'safe-migrate resolve 20261120101530_add_city --applied'],
  run: async (context) => {
    const decided = readDecision(context)
    const opened = await openProject(context)
    const { resolve } = await import('../run/resolve.js')
    const request = { name: context.args[0] ?? null, decided, yes: context.options.yes === true }
    return resolve({ ...opened, ui: context.ui }, request, (protection) => confirmReplacing(context, opened.project, protection))
  },
}

function readDecision({ options }: CommandContext): Resolution | null {
  const given = DECISIONS.filter((name) => options[name === 'rolled-back' ? 'rolledBack' : name] === true)
  const [decided = null, ...others] = given
  if (others.length === 0) return decided
  throw new SafeMigrateError({
    code: 'usage',
    message: `${given.map((name) => `--${name}`).join(' and ')} exclude each other.`,
    next: ['safe-migrate resolve says what was found.'],
  })
}
