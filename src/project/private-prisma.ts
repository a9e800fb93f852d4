import { randomBytes } from 'node:crypto'
import { cp, mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Database, Target } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { PRIVATE_FOLDER, writePrivateFile } from '../util/durable-files.js'
import type { Secret } from '../util/secret.js'
import type { Environment } from './environment.js'
import { findConfigFiles } from './prisma-config.js'
import type { Project } from './project.js'
import { readDatasource } from './schema-file.js'

/** How the project's Prisma is run where it finds nothing of the project but its migrations. */
export interface PrivatePrisma {
  readonly cwd: string
  readonly environment: Environment
  /** Options that name the files. */
  readonly fileOptions: readonly string[]
}

/**
 * Writes into `folder` (not there yet) all that `prisma migrate deploy` needs to migrate another database than the project's: a copy of the migrations,
 * and a schema and configuration of our own that take the URL from a variable which only this Prisma gets. What the project's own files
 * say of a URL, written out or not, cannot be read from there.
 * @param url of the other database; only the environment of Prisma holds it
 * @throws SafeMigrateError `blocked` when Prisma would not be led there and nowhere else; nothing was run then
 */
export async function preparePrivatePrisma(project: Project, folder: string, url: Secret, target: Target): Promise<PrivatePrisma> {
  const variable = `SAFE_MIGRATE_REHEARSAL_${randomBytes(8).toString('hex').toUpperCase()}`
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
  await cp(project.migrationsDir, path.join(folder, 'migrations'), { recursive: true, dereference: true })
  // Neither Prisma looks further up than this for a package.json, a configuration or an .env.
  await writePrivateFile(path.join(folder, 'package.json'), '{ "private": true }\n')
  const schema = path.join(folder, 'schema.prisma')
  await writePrivateFile(schema, writeSchema(project, variable))
  const config = project.prisma.major >= 7 ? path.join(folder, 'prisma.config.mjs') : null
  if (config !== null) await writePrivateFile(config, writeConfig(variable))
  const found =
    config === null ? readSchemaUrl(folder, schema, variable, url) : await readConfigUrl(project, folder, config, { variable, url })
  requireTarget(project.database, found, folder, target)
  return {
    cwd: folder,
    environment: { ...withoutUrls(project.database, folder), [variable]: url.reveal() },
    fileOptions: [...(config === null ? [] : ['--config', config]), '--schema', schema],
  }
}

/** Models are of no use to `migrate deploy`; the list of schemas is. */
function writeSchema({ prisma, provider, schemas }: Project, variable: string): string {
  // https://www.prisma.io/docs/orm/prisma-schema/data-model/multi-schema: generally available since 6.13
  const isPreview = schemas.length > 0 && prisma.major === 6 && prisma.minor < 13
  return [
    ...(isPreview ? ['generator client {', '  provider = "prisma-client-js"', '  previewFeatures = ["multiSchema"]', '}', ''] : []),
    'datasource db {',
    `  provider = ${JSON.stringify(provider)}`,
    ...(prisma.major >= 7 ? [] : [`  url = env("${variable}")`]),
    ...(schemas.length === 0 ? [] : [`  schemas = ${JSON.stringify(schemas)}`]),
    '}',
    '',
  ].join('\n')
}

function writeConfig(variable: string): string {
  const settings = `{ schema: './schema.prisma', migrations: { path: './migrations' }, datasource: { url: process.env.${variable} } }`
  return `export default ${settings}\n`
}

/** Prisma 6: what is in the schema counts, as long as there is no configuration. */
function readSchemaUrl(folder: string, schema: string, variable: string, url: Secret): string | null {
  const datasource = readDatasource(schema)
  const isOurs = datasource.url !== null && 'variable' in datasource.url && datasource.url.variable === variable
  const isOnly = datasource.directUrl === null && datasource.shadowDatabaseUrl === null && findConfigFiles(folder).length === 0
  return isOurs && isOnly ? url.reveal() : null
}

/** Prisma 7: what its own loader makes of the configuration. */
async function readConfigUrl(
  { prisma }: Project,
  folder: string,
  file: string,
  { variable, url }: { readonly variable: string; readonly url: Secret },
): Promise<string | null> {
  const { loadPrismaConfig } = await import('./load-prisma-config.js')
  process.env[variable] = url.reveal()
  try {
    const loaded = await loadPrismaConfig(folder, prisma, file, 'refuse')
    const isOurs =
      loaded.path === file && loaded.schema === path.join(folder, 'schema.prisma') && loaded.migrations === path.join(folder, 'migrations')
    return isOurs && loaded.shadowUrl === null ? loaded.url : null
  } finally {
    delete process.env[variable]
  }
}

function requireTarget(database: Database, url: string | null, folder: string, target: Target): void {
  const found = url === null ? null : database.readTarget(url, { fileBase: folder, root: folder })
  if (found !== null && found.name === target.name && found.host === target.host && found.schema === target.schema) return
  throw new SafeMigrateError({
    code: 'blocked',
    message: 'The rehearsal was stopped before Prisma was run: it is not certain that Prisma would use the copy, and nothing else.',
    why: `${target.label} was to be used${found === null ? '' : `, and its URL is read as ${found.label}`}.`,
    next: ['Please report this. Without a rehearsal: safe-migrate deploy'],
  })
}

/** This process's environment without any URL of such a database, and without what switches Prisma's own lock off. */
function withoutUrls(database: Database, folder: string): Environment {
  const isUrl = (value: string) => {
    try {
      database.readTarget(value, { fileBase: folder, root: folder })
      return true
    } catch {
      return false
    }
  }
  const kept = Object.entries(process.env).filter(
    ([name, value]) => name !== 'PRISMA_SCHEMA_DISABLE_ADVISORY_LOCK' && value !== undefined && !isUrl(value),
  )
  return Object.fromEntries(kept)
}
