import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type DatasourceLiteral, readConfigLiteral } from './config-literal.js'
import type { SchemaValue } from './schema-file.js'

/** What safe-migrate needs of prisma.config.*; every path absolute. */
export interface PrismaConfig {
  /** Null when the project has no configuration file. */
  readonly path: string | null
  readonly schema: string | null
  readonly migrations: string | null
  /** `datasource.url`; null when it is not set. */
  readonly url: string | null
  /** `datasource.shadowDatabaseUrl`; null when it is not set. */
  readonly shadowUrl: string | null
  readonly externalTables: readonly string[]
}

export const NO_PRISMA_CONFIG: PrismaConfig = { path: null, schema: null, migrations: null, url: null, shadowUrl: null, externalTables: [] }
const CONFIG_NAME = /^prisma(?:\d+)?(?:\.config)?\.(?:js|ts|mjs|cjs|mts|cts)$/

/**
 * What the file says of where the schema and the migrations are, without running it; nothing of the rest.
 * @param file as given with `--config`, absolute
 * @returns null when only the loader can tell
 */
export function readPrismaConfig(root: string, file: string | null): PrismaConfig | null {
  return readWritten(root, file)?.config ?? null
}

/**
 * The same with the connection, of a Prisma 7 configuration: what it says of the environment is looked up there, after `dotenv/config` has
 * run where the file imports that.
 * @returns null when only the loader can tell, or has to say what is missing
 */
export async function readConnectedConfig(root: string, file: string | null): Promise<PrismaConfig | null> {
  const { config, datasource } = readWritten(root, file) ?? { config: NO_PRISMA_CONFIG, datasource: null }
  if (config.path === null || datasource === null) return null
  if (datasource.importsDotenv && !(await runDotenv(config.path))) return null
  const url = lookUp(datasource.url)
  const shadowUrl = datasource.shadowUrl === null ? null : lookUp(datasource.shadowUrl)
  return url === '' || shadowUrl === '' ? null : { ...config, url, shadowUrl }
}

function readWritten(root: string, file: string | null): { config: PrismaConfig; datasource: DatasourceLiteral | null } | null {
  const found = file === null ? findConfigFiles(root) : [file]
  if (found.length === 0) return { config: NO_PRISMA_CONFIG, datasource: null }
  const [only, ...others] = found
  if (only === undefined || others.length > 0 || !existsSync(only)) return null
  const literal = readConfigLiteral(readFileSync(only, 'utf8'))
  if (literal === null) return null
  const resolve = (value: string | null) => (value === null ? null : path.resolve(path.dirname(only), value))
  const config = { ...NO_PRISMA_CONFIG, path: only, schema: resolve(literal.schema), migrations: resolve(literal.migrations) }
  return { config, datasource: literal.datasource }
}

/** The project's own, as the file would; false when it has none. */
async function runDotenv(file: string): Promise<boolean> {
  try {
    await import(pathToFileURL(createRequire(file).resolve('dotenv/config')).href)
    return true
  } catch {
    return false
  }
}

/** Empty when it is not set, which neither Prisma's `env` takes. */
function lookUp(value: SchemaValue): string {
  return 'literal' in value ? value.literal : (process.env[value.variable] ?? '')
}

// prisma.config.ts, .config/prisma.ts: the names that Prisma's loader (c12) looks for. Loading costs 0.3 s, so look before.
export function findConfigFiles(root: string): readonly string[] {
  const folders = [root, path.join(root, '.config')].filter((folder) => existsSync(folder))
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
  return files.filter((file) => CONFIG_NAME.test(path.basename(file)))
}
