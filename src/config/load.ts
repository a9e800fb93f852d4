import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../errors.js'
import { suggestNearest } from '../util/nearest.js'
import { findRuleProblems } from './rule-levels.js'
import { type Config, configSchema, DEFAULT_CONFIG } from './schema.js'

const NAMES = [
  'safe-migrate.config.ts',
  'safe-migrate.config.mts',
  'safe-migrate.config.mjs',
  'safe-migrate.config.js',
  'safe-migrate.config.json',
]
const IN_PACKAGE = 'package.json#safe-migrate'

/**
 * Reads safe-migrate.config.{ts,mjs,json} or package.json#safe-migrate; defaults without either.
 * @throws SafeMigrateError `config` that lists every problem at once
 */
export async function loadConfig(root: string): Promise<Config> {
  const places = findConfigPlaces(root)
  if (places.length > 1) {
    throw new SafeMigrateError({
      code: 'config',
      message: `safe-migrate is configured in more than one place: ${places.join(', ')}.`,
      next: ['Keep one of them.'],
    })
  }
  const [place] = places
  if (place === undefined) return DEFAULT_CONFIG
  return parseConfig(place === IN_PACKAGE ? readFromPackage(root) : await readConfigFile(path.join(root, place)), place)
}

/** Names of the files that configure safe-migrate in a folder, and `package.json#safe-migrate`; there should be one at most. */
export function findConfigPlaces(root: string): string[] {
  return [...NAMES.filter((name) => existsSync(path.join(root, name))), ...(readFromPackage(root) === undefined ? [] : [IN_PACKAGE])]
}

/** @throws SafeMigrateError `config` that lists every problem at once, unknown keys with the nearest known one */
export async function parseConfig(value: unknown, place: string): Promise<Config> {
  const parsed = configSchema.safeParse(value)
  const problems = [...(parsed.error?.issues ?? []).flatMap(describeIssue), ...(await findRuleProblems(value))]
  if (parsed.success && problems.length === 0) return parsed.data
  throw new SafeMigrateError({
    code: 'config',
    message: `${place} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    next: [`Fix ${place} and run again. Known settings: ${Object.keys(configSchema.shape).join(', ')}.`],
  })
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [`${issue.path.join('.') || 'the whole file'}: ${issue.message}`]
  const known = keysAt(configSchema, issue.path)
  return issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown setting${suggestNearest(key, known)}`)
}

/** The settings that there are at this place of the configuration. */
function keysAt(schema: z.core.$ZodType, [key, ...rest]: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodDefault) return keysAt(schema.unwrap(), key === undefined ? [] : [key, ...rest])
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest)
  if (!(schema instanceof z.ZodObject)) return []
  const inside = key === undefined ? undefined : schema.shape[String(key)]
  return inside === undefined ? Object.keys(schema.shape) : keysAt(inside, rest)
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
