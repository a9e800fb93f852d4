import { SafeMigrateError } from '../errors.js'
import { type CommandDefinition, ENGINE_OPTION, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotCreateCommand: CommandDefinition = {
  name: 'snapshot create',
  summary: 'take a snapshot of the database, and verify it',
  options: [
    ENGINE_OPTION,
    { flags: '--if-changed', summary: 'only when something changed since the last one of this database' },
    { flags: '--exact', summary: 'with --if-changed: compare every row, also where the database itself says that nothing was written' },
    ...PROJECT_OPTIONS,
  ],
  run: async (context) => {
    const exact = context.options.exact === true
    const only = context.options.ifChanged === true ? { ifChanged: exact ? ('exact' as const) : ('cheap' as const) } : {}
    if (exact && context.options.ifChanged !== true)
      throw new SafeMigrateError({
        code: 'usage',
        message: '--exact says how --if-changed looks.',
        next: ['safe-migrate snapshot create --if-changed --exact'],
      })
    return (await import('../run/snapshots.js')).createSnapshot({ ...(await openProject(context)), ui: context.ui, ...only })
  },
}
