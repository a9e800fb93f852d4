import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { UserError } from '../user-error.mjs'
import { databaseFile } from './database-file.mjs'

/** @typedef {import('../engine-options.mjs').EngineContext} EngineContext */

/**
 * @param {EngineContext} _context
 * @param {string} url
 * @throws {UserError} P1003 when there is no such file
 */
export async function ensureConnection(_context, url) {
  const file = databaseFile(url)
  if (!statSync(file, { throwIfNoEntry: false })) {
    throw new UserError('P1003', `Database \`${basename(file)}\` does not exist`, { database_name: basename(file) })
  }
}

/**
 * @param {EngineContext} _context
 * @param {string} url
 * @returns {Promise<string>} the path of the file
 */
export async function createDatabase(_context, url) {
  const file = databaseFile(url)
  mkdirSync(dirname(file), { recursive: true })
  closeSync(openSync(file, 'a'))
  return file
}

/**
 * @param {EngineContext} _context
 * @param {string} url
 */
export async function dropDatabase(_context, url) {
  const file = databaseFile(url)
  if (!existsSync(file)) throw new Error(`Failed to delete SQLite database at \`${file}\`.\nNo such file or directory (os error 2)`)
  rmSync(file)
}

/**
 * The native engine truncates the file. No connection may be open on it.
 *
 * @param {string} url
 */
export async function resetDatabase(url) {
  const file = databaseFile(url)
  for (const companion of ['-wal', '-shm', '-journal']) rmSync(file + companion, { force: true })
  closeSync(openSync(file, 'w'))
}
