import { SafeMigrateError } from '../errors.js'
import type { SalvageWish } from '../run/salvage.js'
import { type CommandContext, type CommandDefinition, openProject, PROJECT_OPTIONS, textOption, YES_OPTION } from './command.js'
import { readList } from './part-options.js'

export const salvageCommand: CommandDefinition = {
  name: 'salvage',
  summary: 'put back what a run lost, and keep the new schema and what was written since',
  argument: {
    syntax: '[snapshot]',
    summary: 'the one from before that run, its id or the beginning of it; of the last run that lost data when left out',
  },
  options: [
    { flags: '--only <names>', summary: 'only of these models, tables or groups of the configuration: User,Post' },
    { flags: '--skip <names>', summary: 'not of these' },
    { flags: '--all', summary: 'also what was accepted to be lost; without it only what nobody agreed to' },
    { flags: '--dry-run', summary: 'show what would be put back and what could not; changes nothing' },
    YES_OPTION,
    ...PROJECT_OPTIONS,
  ],
  reports: true,
  examples: ['safe-migrate salvage --dry-run', 'safe-migrate salvage --only User,Post --yes'],
  run: async (context) => {
    const { project, config } = await openProject(context)
    const options = { project, config, ui: context.ui }
    const { previewSalvage, salvageOnRequest } = await import('../run/salvage.js')
    const wish = readWish(context)
    if (context.options.dryRun === true) return previewSalvage(options, wish)
    const isAgreed = context.options.yes === true || (!context.ui.interactive && config.onLoss === 'salvage')
    if (!isAgreed && !context.ui.interactive) throw nobodyToAsk()
    return salvageOnRequest(options, wish, async (plan) => {
      if (isAgreed) return true
      context.ui.show({ type: 'salvage-planned', plan })
      return context.ui.confirmSalvage()
    })
  },
}

function readWish(context: CommandContext): SalvageWish {
  const [only, skip] = ['only', 'skip'].map((name) => textOption(context, name))
  return {
    snapshot: context.args[0] ?? null,
    only: readList('--only', only),
    skip: readList('--skip', skip),
    all: context.options.all === true,
  }
}

function nobodyToAsk(): SafeMigrateError {
  return new SafeMigrateError({
    code: 'blocked',
    message: 'Nobody can be asked here. Nothing was changed.',
    next: [
      'To see what would be put back: safe-migrate salvage --dry-run',
      'To go on: the same command with --yes, or onLoss: "salvage" in the configuration',
    ],
  })
}
