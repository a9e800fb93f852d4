import { readJsonObject } from '../util/json.js'

/** Our own version, from our package.json. */
export function toolVersion(): string {
  return String(readJsonObject(new URL('../../package.json', import.meta.url)).version)
}
