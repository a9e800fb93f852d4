import { locateProject } from '../project/resolve-project.js'
import type { InitFile } from '../run/report.js'
import { type CommandDefinition, PROJECT_OPTIONS, textOption, YES_OPTION } from './command.js'

export const initCommand: CommandDefinition = {
  name: 'init',
  summary: 'set a project up: scripts, git hook, .gitignore, configuration, GitHub workflows; shows each change and asks first',
  options: [{ flags: '--dry-run', summary: 'show the changes; write nothing' }, YES_OPTION, ...PROJECT_OPTIONS],
  examples: ['safe-migrate init', 'safe-migrate init --yes'],
  run: async (context) => {
    const schema = textOption(context, 'schema')
    const config = textOption(context, 'config')
    const project = await locateProject({
      cwd: context.cwd,
      environment: context.environment,
      ...(schema === undefined ? {} : { schema }),
      ...(config === undefined ? {} : { config }),
    })
    const { initProject } = await import('../run/init/init.js')
    const choose = async (files: readonly InitFile[]) => {
      if (context.options.dryRun === true) return []
      if (context.options.yes === true) return files.map(({ file }) => file)
      if (!context.ui.interactive) return null
      context.ui.show({ type: 'init-plan', files })
      return context.chooseFiles(files.filter(({ diff }) => diff !== '').map(({ file }) => file))
    }
    return initProject(project, choose, context.environment.PATH)
  },
}
