import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { readConfigLiteral } from './config-literal.js'

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
  const found = file === null ? findConfigFiles(root) : [file]
  if (found.length === 0) return NO_PRISMA_CONFIG
  const [only, ...others] = found
  if (only === undefined || others.length > 0 || !existsSync(only)) return null
  const literal = readConfigLiteral(readFileSync(only, 'utf8'))
  if (literal === null) return null
  const resolve = (value: string | null) => (value === null ? null : path.resolve(path.dirname(only), value))
  return { ...NO_PRISMA_CONFIG, path: only, schema: resolve(literal.schema), migrations: resolve(literal.migrations) }
}

// prisma.config.ts, .config/prisma.ts: the names that Prisma's loader (c12) looks for. Loading costs 0.3 s, so look before.
export function findConfigFiles(root: string): readonly string[] {
  const folders = [root, path.join(root, '.config')].filter((folder) => existsSync(folder))
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
  return files.filter((file) => CONFIG_NAME.test(path.basename(file)))
}
