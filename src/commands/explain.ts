import { loadConfig } from '../config/load.js'
import { findRoot } from '../project/resolve-project.js'
import { type CommandDefinition, ENVIRONMENT_OPTION, settingsFor } from './command.js'

export const explainCommand: CommandDefinition = {
  name: 'explain',
  summary: 'say what a rule finds, why it matters and what to do instead; list all rules',
  argument: { syntax: '[rule]', summary: 'as in a finding; all rules when left out' },
  options: [ENVIRONMENT_OPTION],
  examples: ['safe-migrate explain', 'safe-migrate explain drop-column'],
  run: async (context) => {
    const config = settingsFor(context, await loadConfig(findRoot(context.cwd)), null)
    const [rule] = context.args
    const { explainRule, listRules } = await import('../run/explain.js')
    return rule === undefined ? listRules(config) : explainRule(rule, config)
  },
}
