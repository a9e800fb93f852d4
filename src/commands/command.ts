import { loadConfig } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { type Settings, selectEnvironment } from '../config/select-environment.js'
import type { Target } from '../databases/database.js'
import type { Environment } from '../project/environment.js'
import type { Project } from '../project/project.js'
import { findRoot, type LocatedProject, locateProject, resolveProject } from '../project/resolve-project.js'
import type { RunInterface } from '../run/interface.js'
import type { Report } from '../run/report.js'

/** One option on the command line, in commander's notation: `--on-loss <restore|keep>`. */
export interface OptionDefinition {
  readonly flags: string
  readonly summary: string
  readonly choices?: readonly string[]
}

interface ArgumentDefinition {
  readonly syntax: string
  readonly summary: string
}

/** A command of safe-migrate. One file, and one line in index.ts. */
export interface CommandDefinition {
  /** `deploy`, `snapshot create`. */
  readonly name: string
  readonly summary: string
  /** In commander's notation: `[snapshot]`, `[files...]`. */
  readonly argument?: ArgumentDefinition | readonly ArgumentDefinition[]
  readonly options: readonly OptionDefinition[]
  /** Options that are not ours go to `prisma migrate <name>`. */
  readonly passesOn?: boolean
  readonly examples?: readonly string[]
  /** Its report is worth keeping: `--report <file>`, and the summary of a step in GitHub Actions. */
  readonly reports?: true
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
  /** Says what will happen and waits; false when it was stopped (Ctrl-C, SIGTERM). For where nobody can be asked. */
  countDown(what: string, seconds: number): Promise<boolean>
  /** Lets some of these be chosen, all of them at first; only where somebody can be asked. */
  chooseFiles(files: readonly string[]): Promise<readonly string[]>
  /** Writes to stdout, and waits until it is taken; false when nobody reads any more. The report goes to stderr then. */
  readonly writeData: (text: string) => Promise<boolean>
}

export const ENVIRONMENT_OPTION: OptionDefinition = {
  flags: '--environment <name>',
  summary: 'one of the configured environments; chosen by the target when left out',
}

export const PROJECT_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--schema <path>', summary: 'Prisma schema file or folder, as for prisma' },
  { flags: '--config <path>', summary: 'Prisma configuration file, as for prisma' },
  ENVIRONMENT_OPTION,
]

export const ALL_OPTION: OptionDefinition = { flags: '--all', summary: 'show findings too whose level is off' }

export const SHOW_VALUES_OPTION: OptionDefinition = {
  flags: '--show-values',
  summary: 'show values before and after, not only the keys of rows',
}

/** Of every command that compares and recovers. */
export const RECOVERY_OPTIONS: readonly OptionDefinition[] = [
  SHOW_VALUES_OPTION,
  {
    flags: '--on-loss <what>',
    summary: 'when data was lost and nobody can be asked (default: keep)',
    choices: ['restore', 'salvage', 'keep'],
  },
  {
    flags: '--on-failure <what>',
    summary: 'when a migration failed and nobody can be asked (default: keep)',
    choices: ['restore', 'keep'],
  },
]

export const YES_OPTION: OptionDefinition = { flags: '--yes', summary: 'do not ask' }

export const ENGINE_OPTION: OptionDefinition = { flags: '--engine <id>', summary: 'snapshot engine, instead of the best one available' }

/** A text option; undefined when it was not given. */
export function textOption(context: Pick<CommandContext, 'options'>, name: string): string | undefined {
  const value = context.options[name]
  return typeof value === 'string' ? value : undefined
}

/** The project as its files describe it, without the connection URL. */
export async function locate(context: CommandContext): Promise<LocatedProject> {
  const schema = textOption(context, 'schema')
  const config = textOption(context, 'config')
  return locateProject({
    cwd: context.cwd,
    environment: context.environment,
    ...(schema === undefined ? {} : { schema }),
    ...(config === undefined ? {} : { config }),
  })
}

/** Resolves the project and the settings of its environment; what is given on the command line wins over the configuration. */
export async function openProject(context: CommandContext): Promise<{ readonly project: Project; readonly config: Settings }> {
  const schema = textOption(context, 'schema')
  const file = textOption(context, 'config')
  const given = { ...(schema === undefined ? {} : { schema }), ...(file === undefined ? {} : { config: file }) }
  const config = await loadConfig(findRoot(context.cwd))
  const project = await resolveProject({ cwd: context.cwd, environment: context.environment, ...given })
  return { project, config: overrideConfig(settingsFor(context, config, project.target), context) }
}

/** The settings of the environment that was named, else of the one that the target belongs to. */
export function settingsFor(context: CommandContext, config: Config, target: Target | null): Settings {
  const name = textOption(context, 'environment')
  return selectEnvironment(config, target, { ...(name === undefined ? {} : { name }), variables: context.environment })
}

function overrideConfig(config: Settings, context: CommandContext): Settings {
  const chosen = <T extends string>(name: string, choices: readonly T[], fallback: T) =>
    choices.find((one) => one === context.options[name]) ?? fallback
  return {
    ...config,
    engine: textOption(context, 'engine') ?? config.engine,
    showValues: context.options.showValues === true || config.showValues,
    rehearse: context.options.rehearse === true || config.rehearse,
    onLoss: chosen('onLoss', ['restore', 'salvage', 'keep'], config.onLoss),
    onFailure: chosen('onFailure', ['restore', 'keep'], config.onFailure),
  }
}
