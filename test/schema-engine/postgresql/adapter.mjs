import { randomUUID } from 'node:crypto'
import { openConnection, quoteIdentifier, readConnectionUrl } from './connection.mjs'
import { describeDatabaseError } from './database-error.mjs'
import { answerOffline } from './offline-adapter.mjs'
import { splitScript } from './split-script.mjs'

/** @typedef {import('../engine-options.mjs').EngineContext} EngineContext */

const [CHAR, NAME, TEXT] = [18, 19, 25]
/** The describer's queries return both; the adapter of Prisma 6 knows neither, that of Prisma 7 not "char". */
const CATALOG_TYPES = new Set([CHAR, NAME])

/**
 * A driver adapter factory for the wasm engine, made of Prisma's own adapter.
 *
 * @param {EngineContext} context
 * @param {string} url
 */
export function createPostgresqlFactory(context, url) {
  const { PrismaPg } = context.packages.load('@prisma/adapter-pg')
  const pg = loadPg(context)

  /** @param {ReturnType<typeof readConnectionUrl>} settings */
  const connect = async (settings) => {
    const adapter = await new PrismaPg(settings.client, { schema: settings.schema }).connect()
    if (context.isOffline) return answerOffline(adapter, settings.schema)
    const client = await openConnection(pg, settings)
    return adaptForMigrations(context, adapter, client)
  }

  const settings = readConnectionUrl(url)
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(settings),
    connectToShadowDb: () =>
      context.shadowDatabaseUrl ? connectToOwnShadow(context.shadowDatabaseUrl, connect) : createShadow(url, connect),
  }
}

/** The `pg` that the adapter itself uses. @param {EngineContext} context */
export function loadPg(context) {
  return context.packages.loadFrom('@prisma/adapter-pg', 'pg')
}

/**
 * A shadow database given by the user is emptied, not dropped.
 *
 * @param {string} url
 * @param {(settings: ReturnType<typeof readConnectionUrl>) => Promise<any>} connect
 */
async function connectToOwnShadow(url, connect) {
  const settings = readConnectionUrl(url)
  const shadow = await connect(settings)
  const schema = quoteIdentifier(settings.schema)
  await shadow.executeBatch(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`)
  return shadow
}

/**
 * @param {string} url
 * @param {(settings: ReturnType<typeof readConnectionUrl>) => Promise<any>} connect
 */
async function createShadow(url, connect) {
  const main = await connect(readConnectionUrl(url))
  const database = `prisma_migrate_shadow_db_${randomUUID()}`
  await main.executeBatch(`CREATE DATABASE "${database}"`)
  const shadow = await connect(readConnectionUrl(url, database))
  const close = shadow.dispose
  shadow.dispose = async () => {
    await close()
    await main.executeBatch(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`)
    await main.dispose()
  }
  return shadow
}

/**
 * Replaces what differs from the native engine in Prisma's adapter: its pool, its splitting at every semicolon, the
 * types it does not know, and the loss of the server's own words.
 *
 * @param {EngineContext} context
 * @param {any} adapter
 * @param {any} client
 */
function adaptForMigrations(context, adapter, client) {
  const unusedPool = adapter.client
  adapter.client = asPool(client)
  acceptCatalogTypes(context, adapter)
  const start = adapter.startTransaction.bind(adapter)
  adapter.startTransaction = async (/** @type {string} */ level) => acceptCatalogTypes(context, await start(level))
  adapter.executeBatch = async (/** @type {string} */ script) => {
    try {
      await client.query(script)
    } catch (/** @type {any} */ error) {
      if (error.severity) context.run.fail(error.code, describeDatabaseError(error, script))
      adapter.onError(error)
    }
  }
  adapter.executeScript = async (/** @type {string} */ script) => {
    const isSplit = context.sendsStatementsOneByOne && context.method !== 'dbExecute'
    for (const part of isSplit ? await splitScript(script) : [script]) await adapter.executeBatch(part)
  }
  adapter.dispose = async () => {
    await client.end()
    await unusedPool.end()
  }
  return adapter
}

/** @param {any} client */
function asPool(client) {
  const borrowed = { query: client.query.bind(client), release() {}, on() {}, removeListener() {} }
  return { ...borrowed, connect: async () => borrowed }
}

/**
 * @param {EngineContext} context
 * @param {any} queryable
 */
function acceptCatalogTypes(context, queryable) {
  const { ColumnTypeEnum } = context.packages.load('@prisma/driver-adapter-utils')
  const perform = queryable.performIO.bind(queryable)
  queryable.performIO = async (/** @type {any} */ query) => {
    const result = await context.run.watch(() => perform(context.run.observe(query)))
    query.fieldTypes = result.fields?.map((/** @type {any} */ { dataTypeID }) => dataTypeID)
    for (const field of result.fields ?? []) if (CATALOG_TYPES.has(field.dataTypeID)) field.dataTypeID = TEXT
    return result
  }
  const queryRaw = queryable.queryRaw.bind(queryable)
  queryable.queryRaw = async (/** @type {any} */ query) => {
    const result = await queryRaw(query)
    for (const [i, type] of query.fieldTypes.entries()) if (type === CHAR) result.columnTypes[i] = ColumnTypeEnum.Character
    return result
  }
  return queryable
}
