import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Database, ReadTargetContext, Target } from '../databases/database.js'
import { databaseOfProvider, databases } from '../databases/index.js'
import { SafeMigrateError } from '../errors.js'
import { isJsonObject, readJsonObject } from '../util/json.js'
import { type Environment, readEnvironment } from './environment.js'
import { findPrismaCli } from './prisma-cli.js'
import { type PrismaConfig, readConnectedConfig, readPrismaConfig } from './prisma-config.js'
import type { PrismaCli, Project } from './project.js'
import { type Datasource, findDefaultSchema, readDatasource, type SchemaValue } from './schema-file.js'

export interface ResolveOptions {
  /** Where the user is; the project is the nearest folder upwards with a package.json. */
  readonly cwd: string
  readonly environment: Environment
  /** `--schema`, relative to `cwd`. */
  readonly schema?: string
  /** `--config`, relative to `cwd`. */
  readonly config?: string
}

/** A project as its files describe it; no environment variable is needed for that. */
export interface LocatedProject {
  readonly root: string
  readonly prisma: PrismaCli
  /** Without the URL and the external tables where it was read without running it. */
  readonly config: PrismaConfig
  readonly schemaPath: string
  readonly datasource: Datasource
  readonly database: Database
  readonly migrationsDir: string
}

/**
 * Finds the project's files, exactly as its own Prisma would, without the connection URL.
 * @throws SafeMigrateError `config`
 */
export async function locateProject(options: ResolveOptions, missingVariables: 'refuse' | 'ignore' = 'ignore'): Promise<LocatedProject> {
  const root = findRoot(options.cwd)
  const prisma = findPrismaCli(root)
  const file = options.config === undefined ? null : path.resolve(options.cwd, options.config)
  const config =
    (await readWithoutRunning(prisma, root, file, missingVariables)) ??
    (await (await import('./load-prisma-config.js')).loadPrismaConfig(root, prisma, file, missingVariables))
  const schemaPath = findSchema(options, root, prisma, config)
  const datasource = readDatasource(schemaPath)
  const migrationsDir = config.migrations ?? path.join(defaultMigrationsParent(prisma, schemaPath, datasource), 'migrations')
  return { root, prisma, config, schemaPath, datasource, database: findDatabase(datasource), migrationsDir }
}

/** What is written in the file is mostly enough, and Prisma's loader is most of what a command would take to start. In Prisma 6 the connection depends on more than that. */
async function readWithoutRunning(
  prisma: PrismaCli,
  root: string,
  file: string | null,
  missingVariables: 'refuse' | 'ignore',
): Promise<PrismaConfig | null> {
  if (missingVariables === 'ignore') return readPrismaConfig(root, file)
  return prisma.major >= 7 ? readConnectedConfig(root, file) : null
}

/**
 * Finds out what we are pointed at, exactly as the project's own Prisma would.
 * @throws SafeMigrateError `config` for everything that is missing, wrong or unsupported; nothing is touched
 */
export async function resolveProject(options: ResolveOptions): Promise<Project> {
  const { root, prisma, config, schemaPath, datasource, database, migrationsDir } = await locateProject(options, 'refuse')
  const environment = await findEnvironment(options.environment, root, config, schemaPath, prisma)
  const url = findUrl(environment, root, prisma, config, datasource)
  refuseProxyUrl(url)
  // Prisma 7 resolves paths in URLs from the configuration file (prisma PR 28514), Prisma 6 from the file with the datasource block.
  const fileBase = prisma.major >= 7 ? (config.path === null ? root : path.dirname(config.path)) : path.dirname(datasource.file)
  const context = { fileBase, root }
  const target = database.readTarget(url, context)
  return {
    root,
    prisma,
    schemaPath,
    configPath: config.path,
    migrationsDir,
    provider: datasource.provider,
    database,
    target,
    shadow: readShadow(findShadowUrl(environment, prisma, config, datasource), database, context),
    schemas: datasource.schemas,
    externalTables: config.externalTables,
  }
}

/** The nearest folder upwards with a package.json, else `cwd` itself. */
export function findRoot(cwd: string): string {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return folder
    if (folder === path.dirname(folder)) return path.resolve(cwd)
  }
}

function defaultMigrationsParent(prisma: PrismaCli, schemaPath: string, datasource: Datasource): string {
  if (prisma.major < 7) return path.dirname(datasource.file)
  return statSync(schemaPath).isDirectory() ? schemaPath : path.dirname(schemaPath)
}

function findSchema(options: ResolveOptions, root: string, prisma: PrismaCli, config: PrismaConfig): string {
  if (options.schema !== undefined) return existing(path.resolve(options.cwd, options.schema), 'given with --schema')
  if (config.schema !== null) return existing(config.schema, `named in ${path.basename(config.path ?? 'prisma.config')}`)
  const named = prisma.major < 7 ? schemaOfPackage(root) : null
  if (named !== null) return existing(path.resolve(root, named), 'named in package.json#prisma')
  const found = findDefaultSchema(config.path !== null && prisma.major >= 7 ? path.dirname(config.path) : root)
  if (found !== null) return found
  throw new SafeMigrateError({
    code: 'config',
    message: `No Prisma schema found in ${root}.`,
    why: 'Looked for schema.prisma and prisma/schema.prisma.',
    next: ['Name it: safe-migrate … --schema path/to/schema.prisma', 'or set `schema` in prisma.config.ts.'],
  })
}

function existing(schemaPath: string, origin: string): string {
  if (existsSync(schemaPath)) return schemaPath
  throw new SafeMigrateError({ code: 'config', message: `The schema ${origin} does not exist: ${schemaPath}`, next: ['Check the path.'] })
}

function schemaOfPackage(root: string): string | null {
  const file = path.join(root, 'package.json')
  if (!existsSync(file)) return null
  const { prisma } = readJsonObject(file)
  return isJsonObject(prisma) && typeof prisma.schema === 'string' ? prisma.schema : null
}

// Prisma 6 loads .env only when there is no prisma.config file, Prisma 7 never.
async function findEnvironment(
  given: Environment,
  root: string,
  config: PrismaConfig,
  schemaPath: string,
  prisma: PrismaCli,
): Promise<Environment> {
  if (prisma.major >= 7 || config.path !== null) return given
  return readEnvironment(given, root, schemaPath, statSync(schemaPath).isDirectory())
}

function findUrl(environment: Environment, root: string, prisma: PrismaCli, config: PrismaConfig, datasource: Datasource): string {
  if (config.url !== null && config.url !== '') return config.url
  if (prisma.major >= 7) {
    throw new SafeMigrateError({
      code: 'config',
      message:
        config.path === null
          ? `Prisma ${prisma.version} needs a prisma.config.ts, and there is none in ${root}.`
          : `No datasource.url in ${config.path}.`,
      why: 'Since Prisma 7 the connection URL is no longer in the schema.',
      next: ["Add to prisma.config.ts: datasource: { url: env('DATABASE_URL') }"],
    })
  }
  const value = datasource.directUrl ?? datasource.url // migrate uses directUrl where there is one
  if (value === null) {
    throw new SafeMigrateError({
      code: 'config',
      message: `No url in the datasource block of ${datasource.file}.`,
      next: ['Add: url = env("DATABASE_URL")'],
    })
  }
  return resolveValue(value, environment, datasource)
}

function findShadowUrl(environment: Environment, prisma: PrismaCli, config: PrismaConfig, datasource: Datasource): string | null {
  if (config.shadowUrl) return config.shadowUrl
  const value = prisma.major < 7 ? datasource.shadowDatabaseUrl : null
  if (value === null) return null
  return 'literal' in value ? value.literal : environment[value.variable] || null
}

// Only `migrate dev` needs it: what is wrong with it is Prisma's to say, when it comes to that.
function readShadow(url: string | null, database: Database, context: ReadTargetContext): Target | null {
  if (url === null) return null
  try {
    return database.readTarget(url, context)
  } catch {
    return null
  }
}

function resolveValue(value: SchemaValue, environment: Environment, datasource: Datasource): string {
  if ('literal' in value) return value.literal
  const found = environment[value.variable]
  if (found !== undefined && found !== '') return found
  throw new SafeMigrateError({
    code: 'config',
    message: `The environment variable ${value.variable} is not set; ${path.basename(datasource.file)} asks for it.`,
    next: [`Set it, or add it to .env: ${value.variable}="…"`],
  })
}

function findDatabase(datasource: Datasource): Database {
  const database = databaseOfProvider(datasource.provider)
  if (database !== null) return database
  throw new SafeMigrateError({
    code: 'config',
    message: `The provider "${datasource.provider}" is not supported.`,
    why: `safe-migrate works with ${databases.map((one) => one.name).join(' and ')}. Nothing was touched.`,
    next: [`Use Prisma directly for this database: npx prisma migrate deploy`],
  })
}

/** @throws SafeMigrateError `config` */
export function refuseProxyUrl(url: string): void {
  const scheme = /^(prisma(?:\+postgres)?):/.exec(url)?.[1]
  if (scheme === undefined) return
  throw new SafeMigrateError({
    code: 'config',
    message: `The connection URL begins with ${scheme}://, which goes through Prisma’s proxy.`,
    why: 'A snapshot and a comparison need a direct connection to the database. Nothing was touched.',
    next: ['Give the direct URL of the database (postgresql://…): as directUrl in Prisma 6, as datasource.url in Prisma 7.'],
  })
}
