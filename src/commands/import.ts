import path from 'node:path'
import { type CommandDefinition, ENGINE_OPTION, openProject, PROJECT_OPTIONS, SHOW_VALUES_OPTION } from './command.js'

export const importCommand: CommandDefinition = {
  name: 'import',
  summary: 'bring the rows of a CSV or TSV file into a model, by a mapping of the configuration (imports)',
  argument: [
    { syntax: '<mapping>', summary: 'key in imports' },
    { syntax: '<file>', summary: 'its first row names the columns' },
  ],
  options: [
    { flags: '--dry-run', summary: 'do everything, roll it back, and say what would change' },
    { ...SHOW_VALUES_OPTION, summary: 'let problems quote values' },
    ENGINE_OPTION,
    ...PROJECT_OPTIONS,
  ],
  examples: ['safe-migrate import privy users.csv --dry-run'],
  run: async (context) => {
    const [name = '', file = ''] = context.args
    const options = { ...(await openProject(context)), ui: context.ui }
    const { importRows } = await import('../run/import.js')
    return importRows(options, { name, file: path.resolve(context.cwd, file), dryRun: context.options.dryRun === true })
  },
}
