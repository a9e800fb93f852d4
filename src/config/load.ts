import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../errors.js'
import { type Config, configSchema, DEFAULT_CONFIG } from './schema.js'

const NAMES = [
  'safe-migrate.config.ts',
  'safe-migrate.config.mts',
  'safe-migrate.config.mjs',
  'safe-migrate.config.js',
  'safe-migrate.config.json',
]

/**
 * Reads safe-migrate.config.{ts,mjs,json} or package.json#safe-migrate; defaults without either.
 * @throws SafeMigrateError `config` that lists every problem at once
 */
export async function loadConfig(root: string): Promise<Config> {
  const found = NAMES.map((name) => path.join(root, name)).filter((file) => existsSync(file))
  const inPackage = readFromPackage(root)
  const places = [...found.map((file) => path.basename(file)), ...(inPackage === undefined ? [] : ['package.json#safe-migrate'])]
  if (places.length > 1) {
    throw new SafeMigrateError({
      code: 'config',
      message: `safe-migrate is configured in more than one place: ${places.join(', ')}.`,
      next: ['Keep one of them.'],
    })
  }
  const file = found[0]
  if (file !== undefined) return parseConfig(await readConfigFile(file), path.basename(file))
  return inPackage === undefined ? DEFAULT_CONFIG : parseConfig(inPackage, 'package.json#safe-migrate')
}

/** @throws SafeMigrateError `config` that lists every problem at once, unknown keys with the nearest known one */
export async function parseConfig(value: unknown, place: string): Promise<Config> {
  const parsed = configSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const nearest = await import('fastest-levenshtein')
  const problems = parsed.error.issues.flatMap((issue) => describeIssue(issue, nearest))
  throw new SafeMigrateError({
    code: 'config',
    message: `${place} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    next: [`Fix ${place} and run again. Known settings: ${Object.keys(configSchema.shape).join(', ')}.`],
  })
}

type Nearest = typeof import('fastest-levenshtein')

function describeIssue(issue: z.core.$ZodIssue, { closest, distance }: Nearest): string[] {
  const nearest = (key: string) => {
    const known = closest(key, Object.keys(configSchema.shape))
    return distance(key.toLowerCase(), known.toLowerCase()) <= Math.max(2, key.length / 2) ? `; did you mean ${known}?` : ''
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown setting${nearest(key)}`)
  return [`${issue.path.join('.') || 'the whole file'}: ${issue.message}`]
}

const packageSchema = z.looseObject({ 'safe-migrate': z.unknown().optional() })

function readFromPackage(root: string): unknown {
  const file = path.join(root, 'package.json')
  if (!existsSync(file)) return undefined
  return packageSchema.parse(JSON.parse(readFileSync(file, 'utf8')))['safe-migrate']
}

async function readConfigFile(file: string): Promise<unknown> {
  try {
    if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'))
    const { createJiti } = await import('jiti')
    return await createJiti(file, { moduleCache: false }).import(file, { default: true })
  } catch (cause) {
    throw new SafeMigrateError({
      code: 'config',
      message: `${path.basename(file)} cannot be loaded.`,
      why: messageOf(cause),
      next: ['Fix it and run again.'],
      cause,
    })
  }
}
