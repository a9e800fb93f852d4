import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf, SafeMigrateError } from '../errors.js'
import { readJsonObject } from '../util/json.js'
import { DEFAULT_CONFIG } from './defaults.js'
import type { Config } from './schema.js'

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
  const { parseConfig } = await import('./parse.js')
  return parseConfig(place === IN_PACKAGE ? readFromPackage(root) : await readConfigFile(path.join(root, place)), place)
}

/** Names of the files that configure safe-migrate in a folder, and `package.json#safe-migrate`; there should be one at most. */
export function findConfigPlaces(root: string): string[] {
  return [...NAMES.filter((name) => existsSync(path.join(root, name))), ...(readFromPackage(root) === undefined ? [] : [IN_PACKAGE])]
}

function readFromPackage(root: string): unknown {
  const file = path.join(root, 'package.json')
  if (!existsSync(file)) return undefined
  return readJsonObject(file)['safe-migrate']
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
