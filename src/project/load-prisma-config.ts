import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../errors.js'
import { findConfigFiles, NO_PRISMA_CONFIG, type PrismaConfig } from './prisma-config.js'
import type { PrismaCli } from './project.js'

const loadedSchema = z.object({
  resolvedPath: z.string().nullish(),
  error: z.object({ _tag: z.string(), error: z.unknown() }).partial().nullish(),
  config: z
    .object({
      schema: z.string().nullish(),
      migrations: z.object({ path: z.string().nullish() }).nullish(),
      datasource: z.object({ url: z.string().nullish(), shadowDatabaseUrl: z.string().nullish() }).nullish(),
      tables: z.object({ external: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
})

type LoadConfig = (input: { configFile?: string; configRoot: string }) => Promise<unknown>

/**
 * Loads prisma.config.* with the loader of the project's own Prisma, so that it means to us what it means to Prisma.
 * @param file as given with `--config`, absolute
 * @param missingVariables `ignore`: an environment variable that the file asks for and that is not set counts as empty, so that files can be checked without a database
 * @throws SafeMigrateError `config` when the file is missing, broken, or asks for a missing environment variable
 */
export async function loadPrismaConfig(
  root: string,
  prisma: PrismaCli,
  file: string | null,
  missingVariables: 'refuse' | 'ignore',
): Promise<PrismaConfig> {
  const found = file ?? findConfigFiles(root)[0] ?? null
  if (found === null) return NO_PRISMA_CONFIG
  if (file !== null && !existsSync(file)) {
    throw new SafeMigrateError({
      code: 'config',
      message: `The file given with --config does not exist: ${file}`,
      next: ['Check the path; it is relative to where you are.'],
    })
  }
  const load = await findLoader(prisma)
  const loaded = await loadWithVariables(
    load,
    file === null ? { configRoot: root } : { configFile: file, configRoot: root },
    missingVariables,
  )
  if (loaded.error) throw configError(loaded.error._tag ?? 'unknown', loaded.error.error, found)
  if (!loaded.resolvedPath) return NO_PRISMA_CONFIG
  return {
    path: loaded.resolvedPath,
    schema: loaded.config?.schema ?? null,
    migrations: loaded.config?.migrations?.path ?? null,
    url: loaded.config?.datasource?.url ?? null,
    shadowUrl: loaded.config?.datasource?.shadowDatabaseUrl ?? null,
    externalTables: loaded.config?.tables?.external ?? [],
  }
}

// The file reads the environment of this process, so a missing variable can only be made up there, and is taken away again.
async function loadWithVariables(
  load: LoadConfig,
  input: Parameters<LoadConfig>[0],
  missing: 'refuse' | 'ignore',
): Promise<z.infer<typeof loadedSchema>> {
  const madeUp: string[] = []
  try {
    for (;;) {
      const loaded = loadedSchema.parse(await load(input))
      const variable = missingVariable(loaded.error?.error)
      if (missing === 'refuse' || variable === null || madeUp.includes(variable)) return loaded
      process.env[variable] = 'unset'
      madeUp.push(variable)
    }
  } finally {
    for (const variable of madeUp) delete process.env[variable]
  }
}

function missingVariable(error: unknown): string | null {
  return error === undefined ? null : (/Cannot resolve environment variable: (\w+)/.exec(messageOf(error))?.[1] ?? null)
}

async function findLoader(prisma: PrismaCli): Promise<LoadConfig> {
  try {
    const entry = createRequire(prisma.script).resolve('@prisma/config')
    const module = z.looseObject({ loadConfigFromFile: z.custom<LoadConfig>((value) => typeof value === 'function') })
    const imported: unknown = await import(pathToFileURL(entry).href)
    return module.parse(imported).loadConfigFromFile
  } catch (cause) {
    throw new SafeMigrateError({
      code: 'config',
      message: `The configuration loader of Prisma ${prisma.version} (@prisma/config) cannot be loaded.`,
      why: messageOf(cause),
      next: ['Install the dependencies again: npm install'],
      cause,
    })
  }
}

function configError(tag: string, error: unknown, file: string): SafeMigrateError {
  const text = error === undefined ? tag : messageOf(error)
  const variable = missingVariable(error)
  if (variable) {
    return new SafeMigrateError({
      code: 'config',
      message: `The environment variable ${variable} is not set; ${path.basename(file)} asks for it.`,
      why: 'Prisma 7 reads no .env file by itself.',
      next: [`Set ${variable}, or put this first in ${path.basename(file)}: import 'dotenv/config'`],
    })
  }
  return new SafeMigrateError({
    code: 'config',
    message: `${file} cannot be loaded.`,
    why: withoutCredentials(text),
    next: ['Fix it; `npx prisma validate` shows the same.'],
  })
}

// An error thrown in the user's file may quote a URL.
function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s@/]+@/gi, '$1[hidden]@')
}
