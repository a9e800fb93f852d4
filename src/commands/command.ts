import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import type { Environment } from '../project/environment.js'
import type { Project } from '../project/project.js'
import { findRoot, resolveProject } from '../project/resolve-project.js'
import type { RunInterface } from '../run/interface.js'
import type { Report } from '../run/report.js'

/** One option on the command line, in commander's notation: `--on-loss <restore|keep>`. */
export interface OptionDefinition {
  readonly flags: string
  readonly summary: string
  readonly choices?: readonly string[]
}

/** A command of safe-migrate. One file, and one line in index.ts. */
export interface CommandDefinition {
  /** `deploy`, `snapshot create`. */
  readonly name: string
  readonly summary: string
  /** In commander's notation: `[snapshot]`, `[files...]`. */
  readonly argument?: { readonly syntax: string; readonly summary: string }
  readonly options: readonly OptionDefinition[]
  /** Options that are not ours go to `prisma migrate <name>`. */
  readonly passesOn?: boolean
  readonly examples?: readonly string[]
  run(context: CommandContext): Promise<Report>
}

export interface CommandContext {
  readonly cwd: string
  readonly environment: Environment
  readonly ui: RunInterface
  /** Values of our options, by camelCase name. */
  readonly options: Readonly<Record<string, unknown>>
  /** Positional arguments. */
  readonly args: readonly string[]
  /** What is for Prisma. */
  readonly passedOn: readonly string[]
  /** Asks for the word to be typed; false when it was not, or nobody can be asked. */
  confirmByTyping(question: string, word: string): Promise<boolean>
}

export const PROJECT_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--schema <path>', summary: 'Prisma schema file or folder, as for prisma' },
  { flags: '--config <path>', summary: 'Prisma configuration file, as for prisma' },
]

export const SHOW_VALUES_OPTION: OptionDefinition = {
  flags: '--show-values',
  summary: 'show values before and after, not only the keys of rows',
}

/** Of every command that compares and recovers. */
export const RECOVERY_OPTIONS: readonly OptionDefinition[] = [
  SHOW_VALUES_OPTION,
  { flags: '--on-loss <what>', summary: 'when data was lost and nobody can be asked (default: keep)', choices: ['restore', 'keep'] },
  {
    flags: '--on-failure <what>',
    summary: 'when a migration failed and nobody can be asked (default: keep)',
    choices: ['restore', 'keep'],
  },
]

export const ENGINE_OPTION: OptionDefinition = { flags: '--engine <id>', summary: 'snapshot engine, instead of the best one available' }

/** A text option; undefined when it was not given. */
export function textOption(context: Pick<CommandContext, 'options'>, name: string): string | undefined {
  const value = context.options[name]
  return typeof value === 'string' ? value : undefined
}

/** Resolves the project and its settings; what is given on the command line wins over the configuration. */
export async function openProject(context: CommandContext): Promise<{ readonly project: Project; readonly config: Config }> {
  const schema = textOption(context, 'schema')
  const file = textOption(context, 'config')
  const given = { ...(schema === undefined ? {} : { schema }), ...(file === undefined ? {} : { config: file }) }
  const config = overrideConfig(await loadConfig(findRoot(context.cwd)), context)
  return { project: await resolveProject({ cwd: context.cwd, environment: context.environment, ...given }), config }
}

function overrideConfig(config: Config, context: CommandContext): Config {
  const recovery = (name: string, fallback: Config['onLoss']) =>
    context.options[name] === 'restore' ? 'restore' : context.options[name] === 'keep' ? 'keep' : fallback
  return {
    ...config,
    engine: textOption(context, 'engine') ?? config.engine,
    showValues: context.options.showValues === true || config.showValues,
    onLoss: recovery('onLoss', config.onLoss),
    onFailure: recovery('onFailure', config.onFailure),
  }
}
