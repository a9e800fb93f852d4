import { loadConfig } from '../config/load.js'
import type { Database } from '../databases/database.js'
import { databaseOfProvider, databases } from '../databases/index.js'
import { SafeMigrateError } from '../errors.js'
import { readDelivery } from '../project/atomicity.js'
import { findPathInRepository } from '../project/repository.js'
import { findRoot, type LocatedProject } from '../project/resolve-project.js'
import { isBlocking } from '../rules/is-blocking.js'
import type { PlanReport } from '../run/report.js'
import type { CheckInput } from './check-input.js'
import { ALL_OPTION, type CommandContext, type CommandDefinition, locate, PROJECT_OPTIONS, settingsFor, textOption } from './command.js'

export const checkCommand: CommandDefinition = {
  name: 'check',
  summary: 'judge migration files without a database, for hooks and pipelines',
  argument: {
    syntax: '[files...]',
    summary: 'SQL files, migrations, folders of them, or - for standard input; all migrations of the project when left out',
  },
  options: [
    { flags: '--changed', summary: 'only migrations that differ from the base, in commits or not' },
    { flags: '--base <ref>', summary: 'what --changed compares with (default: the upstream of this branch, else the default branch)' },
    {
      flags: '--provider <provider>',
      summary: `${databases.flatMap((one) => one.providers).join(' or ')}; read from the schema when left out`,
    },
    ALL_OPTION,
    ...PROJECT_OPTIONS,
  ],
  examples: [
    'safe-migrate check',
    'safe-migrate check --changed',
    'safe-migrate check --changed --base origin/main --format github',
    'safe-migrate check prisma/migrations/20260101000000_drop_name',
    'safe-migrate check --provider postgresql change.sql',
    'git show HEAD:change.sql | safe-migrate check --provider postgresql -',
  ],
  reports: true,
  run: check,
}

/** Without a database every table counts as full. Exit code 1 when a finding would stop a run. */
async function check(context: CommandContext): Promise<PlanReport> {
  refuseContradictions(context)
  const provider = textOption(context, 'provider')
  const project = provider !== undefined && context.args.length > 0 ? null : await locate(context)
  const database = provider === undefined ? project?.database : namedDatabase(provider)
  if (database === undefined)
    throw new SafeMigrateError({ code: 'usage', message: 'No provider.', next: ['Give --provider postgresql or --provider sqlite.'] })
  const { sources, judged, base, isWhole, ...rest } = await readInput(context, project)
  const [{ checkFiles }, { shownFindings }, { readAcceptancesBeside }, { readAtomicity }] = await Promise.all([
    import('../findings/check-files.js'),
    import('../findings/levels.js'),
    import('../findings/acceptance-file.js'),
    import('../project/file-atomicity.js'),
  ])
  const { rules: levels, protect } = settingsFor(context, await loadConfig(project?.root ?? findRoot(context.cwd)), null)
  const { findings, problems, files } = await checkFiles(sources, database, {
    isJudged: (source) => judged.has(source),
    levels,
    protect,
    recorded: readAcceptancesBeside(base),
    ...(project === null ? {} : { delivery: readDelivery(project) }),
    isWhole,
  })
  const blocking = findings.filter(isBlocking).length
  return {
    report: 'plan',
    formatVersion: 1,
    command: 'check',
    exitCode: blocking > 0 ? 1 : 0,
    project: null,
    pathInRepository: findPathInRepository(base),
    measured: false,
    pending: sources.filter((source) => judged.has(source)).map((source) => source.migration),
    findings: shownFindings(findings, context.options.all === true),
    acceptanceProblems: problems,
    ...(project === null ? {} : { atomicity: files.map((file) => readAtomicity(project, file)) }),
    blocking,
    ...rest,
  }
}

function refuseContradictions({ args, options }: CommandContext): void {
  const refuse = (message: string) => {
    throw new SafeMigrateError({ code: 'usage', message, next: ['safe-migrate check --help shows what goes together.'] })
  }
  if (options.changed === true && args.length > 0) refuse('--changed finds the files itself; name none with it.')
  if (options.base !== undefined && options.changed !== true) refuse('--base says what --changed compares with; give both.')
}

async function readInput(context: CommandContext, project: LocatedProject | null): Promise<CheckInput> {
  const { readAll, readChanged, readGiven } = await import('./check-input.js')
  if (context.args.length > 0 || project === null) return readGiven(context.args, context.cwd, project)
  return context.options.changed === true ? readChanged(project, textOption(context, 'base') ?? null) : readAll(project)
}

function namedDatabase(provider: string): Database {
  const database = databaseOfProvider(provider)
  if (database !== null) return database
  throw new SafeMigrateError({
    code: 'usage',
    message: `The provider "${provider}" is not supported.`,
    next: [`Give one of: ${databases.flatMap((one) => one.providers).join(', ')}`],
  })
}
