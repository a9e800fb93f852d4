import { SafeMigrateError } from '../errors.js'
import { type CommandDefinition, openProject, PROJECT_OPTIONS, textOption, YES_OPTION } from './command.js'
import { confirmByName } from './confirm.js'

export const protectCommand: CommandDefinition = {
  name: 'protect',
  summary: 'mark this database as protected: dev is refused on it from then on, by everybody',
  options: [
    { flags: '--reason <text>', summary: 'why, for whoever runs into it' },
    { flags: '--remove', summary: 'take the mark away; asks for the name of the database' },
    YES_OPTION,
    ...PROJECT_OPTIONS,
  ],
  examples: ['safe-migrate protect --reason "customers’ data"', 'safe-migrate protect --remove'],
  run: async (context) => {
    const reason = textOption(context, 'reason') ?? null
    if (context.options.remove === true && reason !== null)
      throw new SafeMigrateError({ code: 'usage', message: '--remove takes no --reason.', next: ['Leave one of them out.'] })
    const options = { ...(await openProject(context)), ui: context.ui }
    const { protectTarget, unprotectTarget } = await import('../run/protect-target.js')
    if (context.options.remove !== true) return protectTarget(options, reason)
    const { name, label } = options.project.target
    return unprotectTarget(options, () =>
      confirmByName(context, name, `This takes the protection away from ${label}: dev may then run on it.`, []),
    )
  },
}
