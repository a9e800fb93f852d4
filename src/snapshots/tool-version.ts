import { createRequire } from 'node:module'
import { readJsonObject } from '../util/json.js'

/** Our own version, from our package.json, which the package finds by its own name wherever a file of it ends up. */
export function toolVersion(): string {
  return String(readJsonObject(createRequire(import.meta.url).resolve('safe-migrate/package.json')).version)
}
