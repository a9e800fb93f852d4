import { UserError } from '../user-error.mjs'
import { loadPg } from './adapter.mjs'
import { openConnection, quoteIdentifier, readConnectionUrl } from './connection.mjs'

/** @typedef {import('../engine-options.mjs').EngineContext} EngineContext */

/** Where a database can be created from, in the native engine's order. */
const ADMIN_DATABASES = ['postgres', 'template1', 'defaultdb']

/**
 * @param {EngineContext} context
 * @param {string} url
 * @throws {UserError} P1000, P1001, P1003, P1010, P1011
 */
export async function ensureConnection(context, url) {
  const connection = await openConnection(loadPg(context), readConnectionUrl(url))
  await connection.end()
}

/**
 * @param {EngineContext} context
 * @param {string} url
 * @returns {Promise<string>} the name of the database
 */
export async function createDatabase(context, url) {
  const settings = readConnectionUrl(url)
  const { host, port, database, schema } = settings
  await withAdminConnection(context, url, async (admin) => {
    try {
      await admin.query(`CREATE DATABASE ${quoteIdentifier(database)}`)
    } catch (/** @type {any} */ error) {
      if (error.code !== '42P04') throw error
      throw new UserError('P1009', `Database \`${database}\` already exists on the database server at \`${host}:${port}\``)
    }
  })
  const connection = await openConnection(loadPg(context), settings)
  await connection.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`)
  await connection.end()
  return database
}

/**
 * @param {EngineContext} context
 * @param {string} url
 */
export async function dropDatabase(context, url) {
  const { database } = readConnectionUrl(url)
  await withAdminConnection(context, url, (admin) => admin.query(`DROP DATABASE ${quoteIdentifier(database)}`))
}

/**
 * @param {EngineContext} context
 * @param {string} url
 * @param {(admin: any) => Promise<unknown>} work
 */
async function withAdminConnection(context, url, work) {
  const admin = await openAdminConnection(context, url)
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}

/**
 * @param {EngineContext} context
 * @param {string} url
 */
async function openAdminConnection(context, url) {
  for (const database of ADMIN_DATABASES) {
    try {
      return await openConnection(loadPg(context), readConnectionUrl(url, database))
    } catch (/** @type {any} */ error) {
      if (error.code !== 'P1003' && error.code !== 'P1010') throw error
    }
  }
  const reason = 'Prisma could not connect to a default database (`postgres` or `template1`), it cannot create the specified database.'
  throw new UserError('P3000', `Failed to create database: ${reason}`)
}
