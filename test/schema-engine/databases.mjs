import * as postgresql from './postgresql/database.mjs'
import * as sqlite from './sqlite/database.mjs'
import { UserError } from './user-error.mjs'

/**
 * @typedef {object} DatabaseCommands
 * @property {(context: import('./engine-options.mjs').EngineContext, url: string) => Promise<void>} ensureConnection
 * @property {(context: import('./engine-options.mjs').EngineContext, url: string) => Promise<string>} createDatabase returns its name
 * @property {(context: import('./engine-options.mjs').EngineContext, url: string) => Promise<void>} dropDatabase
 * @property {((url: string) => Promise<void>) | undefined} [resetDatabase] where the wasm engine cannot
 */

/**
 * @param {string | undefined} url
 * @returns {DatabaseCommands}
 */
export function findDatabaseCommands(url) {
  if (!url) throw new UserError('P1012', 'The datasource URL is missing.')
  if (/^postgres(ql)?:/.test(url)) return postgresql
  if (/^(file|sqlite):/.test(url)) return sqlite
  throw new UserError('P1012', `The test engine has no driver for a ${url.split(':')[0]} URL.`)
}
