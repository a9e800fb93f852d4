import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Database } from '../databases/database.js'
import { databaseOfProvider, databases } from '../databases/index.js'
import { SafeMigrateError } from '../errors.js'
import { listMigrationFolders, readSource } from '../project/history.js'
import { type LocatedProject, locateProject } from '../project/resolve-project.js'
import { isBlocking } from '../rules/is-blocking.js'
import type { PlanReport } from '../run/report.js'
import type { SqlSource } from '../sql/statement.js'
import { type CommandContext, type CommandDefinition, PROJECT_OPTIONS, textOption } from './command.js'

export const checkCommand: CommandDefinition = {
  name: 'check',
  summary: 'judge migration files without a database, for hooks and pipelines',
  argument: { syntax: '[files...]', summary: 'SQL files or migration folders; all migrations of the project when left out' },
  options: [
    {
      flags: '--provider <provider>',
      summary: `${databases.flatMap((one) => one.providers).join(' or ')}; read from the schema when left out`,
    },
    ...PROJECT_OPTIONS,
  ],
  examples: [
    'safe-migrate check',
    'safe-migrate check prisma/migrations/20260101000000_drop_name',
    'safe-migrate check --provider postgresql change.sql',
  ],
  run: check,
}

/** Without a database every table counts as full. Exit code 1 when a finding would stop a run. */
async function check(context: CommandContext): Promise<PlanReport> {
  const provider = textOption(context, 'provider')
  const project = provider !== undefined && context.args.length > 0 ? null : await locate(context)
  const database = provider === undefined ? project?.database : namedDatabase(provider)
  if (database === undefined)
    throw new SafeMigrateError({ code: 'usage', message: 'No provider.', next: ['Give --provider postgresql or --provider sqlite.'] })
  const sources = context.args.length > 0 ? context.args.flatMap((file) => readSqlFile(context.cwd, file)) : readAllMigrations(project)
  const { checkFiles } = await import('../findings/check-files.js')
  const { findings, problems } = await checkFiles(sources, database, { history: readEarlierMigrations(project, sources, context.cwd) })
  const blocking = findings.filter(isBlocking).length
  return {
    report: 'plan',
    formatVersion: 1,
    command: 'check',
    exitCode: blocking > 0 ? 1 : 0,
    project: null,
    measured: false,
    pending: sources.map((source) => source.migration),
    findings,
    acceptanceProblems: problems,
    blocking,
  }
}

async function locate(context: CommandContext): Promise<LocatedProject> {
  const schema = textOption(context, 'schema')
  const config = textOption(context, 'config')
  return locateProject({
    cwd: context.cwd,
    environment: context.environment,
    ...(schema === undefined ? {} : { schema }),
    ...(config === undefined ? {} : { config }),
  })
}

function readAllMigrations(project: LocatedProject | null): SqlSource[] {
  if (project === null) return []
  const files = listMigrationFolders(project.migrationsDir).map((name) => ({
    name,
    file: path.join(project.migrationsDir, name, 'migration.sql'),
  }))
  return files.filter(({ file }) => existsSync(file)).map((one) => readSource(project, one))
}

/** The project's migrations before the first one that is checked: they tell what the tables look like. */
function readEarlierMigrations(project: LocatedProject | null, sources: readonly SqlSource[], cwd: string): SqlSource[] {
  if (project === null) return []
  const checked = new Set(sources.map(({ file }) => path.resolve(cwd, file)))
  const all = readAllMigrations(project)
  const first = all.findIndex(({ file }) => checked.has(path.resolve(project.root, file)))
  return first === -1 ? [] : all.slice(0, first)
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

function readSqlFile(cwd: string, given: string): SqlSource[] {
  const file = path.resolve(cwd, given)
  if (!existsSync(file))
    throw new SafeMigrateError({ code: 'usage', message: `No such file: ${given}`, next: ['Paths are relative to where you are.'] })
  if (!statSync(file).isDirectory()) return [{ migration: migrationName(file), file: given, sql: readFileSync(file, 'utf8') }]
  const inside = path.join(file, 'migration.sql')
  if (existsSync(inside))
    return [{ migration: path.basename(file), file: path.join(given, 'migration.sql'), sql: readFileSync(inside, 'utf8') }]
  throw new SafeMigrateError({
    code: 'usage',
    message: `${given} is a folder without a migration.sql.`,
    next: ['Name SQL files, or folders of single migrations.'],
  })
}

function migrationName(file: string): string {
  return path.basename(file) === 'migration.sql' ? path.basename(path.dirname(file)) : path.basename(file)
}
