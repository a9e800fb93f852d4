import { type CommandDefinition, openProject, PROJECT_OPTIONS, YES_OPTION } from './command.js'
import { confirmByName } from './confirm.js'

export const snapshotRemoveCommand: CommandDefinition = {
  name: 'snapshot remove',
  summary: 'remove one snapshot, also one that a bad run holds; says what it is and asks',
  argument: { syntax: '<snapshot>', summary: 'its id, or the beginning of it' },
  options: [{ flags: '--last', summary: 'also when it is the last good one of its database' }, { ...YES_OPTION }, ...PROJECT_OPTIONS],
  run: async (context) => {
    const options = { ...(await openProject(context)), ui: context.ui }
    return (await import('../run/remove.js')).removeStored(options, {
      wanted: context.args[0] ?? '',
      last: context.options.last === true,
      confirm: (what) => confirmByName(context, 'remove', what, ['To look at it first: safe-migrate snapshot show']),
    })
  },
}
