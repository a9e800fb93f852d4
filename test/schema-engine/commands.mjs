import { findDatabaseCommands } from './databases.mjs'
import { log } from './engine-log.mjs'

/**
 * Runs one of the engine's commands: `schema-engine cli <command>`.
 *
 * @param {import('./engine-options.mjs').EngineContext} context
 * @param {string} command
 * @returns {Promise<number>} exit code
 */
export async function runCommand(context, command) {
  log('INFO', 'Starting schema engine CLI', { git_hash: context.packages.enginesCommit })
  try {
    log('INFO', await perform(context, command))
    return 0
  } catch (/** @type {any} */ error) {
    log('ERROR', error.message, { is_panic: false, error_code: error.code ?? '' })
    return 1
  }
}

/**
 * @param {import('./engine-options.mjs').EngineContext} context
 * @param {string} command
 */
async function perform(context, command) {
  const url = context.url ?? ''
  const database = findDatabaseCommands(url)
  switch (command) {
    case 'can-connect-to-database':
      await database.ensureConnection(context, url)
      return 'Connection successful'
    case 'create-database':
      return `Database '${await database.createDatabase(context, url)}' was successfully created.`
    case 'drop-database':
      await database.dropDatabase(context, url)
      return 'The database was successfully dropped.'
    default:
      throw new Error(`unknown command ${command}`)
  }
}
