import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnvironment } from './child-environment.js'
import { type FixtureDatabase, fixtureDir, type PrismaMajor, repositoryRoot, safeMigrateBin, workspaceDir } from './paths.js'
import { type PostgresqlServer, postgresqlServer } from './postgresql-server.js'
import { createPostgresqlDatabase, createSqliteDatabase, type ProjectDatabase } from './project-database.js'
import { type CommandOptions, type CommandResult, runCommand, startCommand } from './run-command.js'
import { once, runDir, takeNote } from './test-run.js'

export interface Migration {
  /** Folder name, such as "20250101000000_drop_name". */
  readonly name: string
  readonly sql: string
}

export interface ProjectOptions {
  readonly prisma: PrismaMajor
  readonly database: FixtureDatabase
  /**
   * What to start from: the fixture's migrations, applied by Prisma (the default) or still pending, or no migrations
   * and an empty database. The Prisma schema is the fixture's in any case, unless `schema` is given.
   */
  readonly base?: 'applied' | 'pending' | 'empty'
  /** Pending migrations, after those of the base. */
  readonly migrations?: readonly Migration[]
  /** Models that replace the fixture's; generator and datasource stay. */
  readonly models?: string
  readonly env?: Readonly<Record<string, string>>
  /** Another server than `postgresqlServer()`. */
  readonly server?: PostgresqlServer
}

type RunOptions = Partial<CommandOptions>

/** A copy of a fixture project in a folder of its own, with a database of its own. */
export interface TestProject {
  readonly dir: string
  readonly prismaMajor: PrismaMajor
  readonly provider: FixtureDatabase
  readonly migrationsDir: string
  /** Absolute path of the database file, or the name of the database. */
  readonly databaseName: string
  readonly databaseUrl: string
  /** What the project's commands get. */
  readonly env: Readonly<Record<string, string>>
  readonly query: ProjectDatabase['query']
  addMigration(name: string, sql: string): void
  removeMigration(name: string): void
  /** Writes a file, given relative to the project. */
  write(path: string, content: string): void
  /** Replaces the models of the Prisma schema. */
  setModels(models: string): void
  /** Runs the project's own Prisma. */
  prisma(...args: string[]): Promise<CommandResult>
  /** Runs safe-migrate without a terminal. */
  safeMigrate(...args: string[]): Promise<CommandResult>
  run(file: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>
  /** Starts safe-migrate, to be watched or killed. */
  start(args: readonly string[], options?: RunOptions): ReturnType<typeof startCommand>
  cleanup(): Promise<void>
}

/** Makes a project; `cleanup` removes it, at the latest the end of the test run does. */
export async function makeProject(options: ProjectOptions): Promise<TestProject> {
  const { prisma, database, base = 'applied' } = options
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'safe-migrate-project-')))
  takeNote({ kind: 'remove-dir', path: dir })
  copyFixture(dir, options)
  const template = base === 'applied' ? await findTemplate(prisma, database, options.server) : undefined
  const projectDatabase = await createDatabase(dir, options, template)
  const env = childEnvironment(prisma, { ...writeEnvironment(dir, prisma, database, projectDatabase.url), ...options.env })
  const project = createProject(dir, options, projectDatabase, env)
  if (options.models !== undefined) project.setModels(options.models)
  for (const { name, sql } of options.migrations ?? []) project.addMigration(name, sql)
  return project
}

function copyFixture(dir: string, { prisma, database, base }: ProjectOptions): void {
  cpSync(fixtureDir(prisma, database), dir, { recursive: true, filter: (path) => !path.includes('generated') })
  cpSync(join(workspaceDir(prisma), 'package.json'), join(dir, 'package.json'))
  const modules = prisma === 7 ? join(repositoryRoot, 'node_modules') : join(workspaceDir(prisma), 'node_modules')
  symlinkSync(modules, join(dir, 'node_modules'), 'dir')
  if (base !== 'empty') return
  const migrations = join(dir, 'prisma', 'migrations')
  for (const name of readdirSync(migrations).filter((entry) => /^\d/.test(entry))) rmSync(join(migrations, name), { recursive: true })
}

/** Prisma 6 looks for a relative SQLite file beside the schema, Prisma 7 beside its configuration. */
async function createDatabase(dir: string, { prisma, database, server }: ProjectOptions, template: string | undefined) {
  if (database === 'postgresql') return createPostgresqlDatabase(server ?? (await postgresqlServer()), template)
  return createSqliteDatabase(join(dir, prisma === 6 ? 'prisma' : '.', 'dev.db'), 'file:./dev.db', template)
}

/** Prisma 6 reads `.env` by itself; Prisma 7 does not. */
function writeEnvironment(dir: string, prisma: PrismaMajor, database: FixtureDatabase, url: string): Record<string, string> {
  if (prisma === 7) return { DATABASE_URL: url }
  const direct = database === 'postgresql' ? `DIRECT_URL="${url}"\n` : ''
  writeFileSync(join(dir, '.env'), `DATABASE_URL="${url}"\n${direct}`)
  return {}
}

/** A database with the fixture's migrations, applied once a run by the real Prisma, to be copied. */
async function findTemplate(prisma: PrismaMajor, database: FixtureDatabase, server: PostgresqlServer | undefined): Promise<string> {
  const port = database === 'postgresql' ? new URL((server ?? (await postgresqlServer())).url()).port : ''
  return once(`template-${prisma}-${database}${port}`, async () => {
    const project = await makeProject({ prisma, database, base: 'pending', ...(server ? { server } : {}) })
    const { exitCode, output } = await project.prisma('migrate', 'deploy')
    if (exitCode !== 0) throw new Error(`prisma migrate deploy failed on the fixture:\n${output}`)
    if (database === 'postgresql') return project.databaseName
    const template = join(runDir(), `template-${prisma}.db`)
    cpSync(project.databaseName, template)
    return template
  })
}

function createProject(
  dir: string,
  { prisma: prismaMajor, database: provider }: ProjectOptions,
  database: ProjectDatabase & { name: string },
  env: Record<string, string>,
): TestProject {
  const migrationsDir = join(dir, 'prisma', 'migrations')
  const schemaFile = join(dir, 'prisma', 'schema.prisma')
  const write = (path: string, content: string) => writeFileSync(join(dir, path), content)
  const run: TestProject['run'] = (file, args, options) =>
    runCommand(file, args, { cwd: dir, ...options, env: { ...env, ...options?.env } })
  return {
    dir,
    prismaMajor,
    provider,
    migrationsDir,
    databaseName: database.name,
    databaseUrl: database.url,
    env,
    query: database.query,
    write,
    addMigration(name, sql) {
      mkdirSync(join(migrationsDir, name), { recursive: true })
      writeFileSync(join(migrationsDir, name, 'migration.sql'), sql)
    },
    removeMigration: (name) => rmSync(join(migrationsDir, name), { recursive: true }),
    setModels: (models) => writeFileSync(schemaFile, `${readPreamble(schemaFile)}\n${models}`),
    run,
    prisma: (...args) => run(join(dir, 'node_modules', '.bin', 'prisma'), args),
    safeMigrate: (...args) => run(process.execPath, [safeMigrateBin, ...args]),
    start: (args, options) =>
      startCommand(process.execPath, [safeMigrateBin, ...args], { cwd: dir, ...options, env: { ...env, ...options?.env } }),
    async cleanup() {
      await database.drop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** The generator and datasource blocks of a schema. */
function readPreamble(schemaFile: string): string {
  const blocks = readFileSync(schemaFile, 'utf8').match(/^(generator|datasource)\s+\w+\s*\{[^}]*\}\n/gm)
  return (blocks ?? []).join('\n')
}
