import { databaseFile } from './database-file.mjs'
import { resultCode } from './result-code.mjs'

/** @typedef {import('../engine-options.mjs').EngineContext} EngineContext */

/**
 * A driver adapter factory for the wasm engine, made of Prisma's own adapter.
 *
 * @param {EngineContext} context
 * @param {string} url
 */
export function createSqliteFactory(context, url) {
  const { PrismaBetterSqlite3, PrismaBetterSQLite3 } = context.packages.load('@prisma/adapter-better-sqlite3')
  const Factory = PrismaBetterSqlite3 ?? PrismaBetterSQLite3 // renamed in Prisma 7
  const factory = new Factory({ url: databaseFile(url) }, { shadowDatabaseUrl: ':memory:' })
  return {
    provider: 'sqlite',
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = adaptForMigrations(context, await factory.connect())
      context.connections.add(adapter)
      return adapter
    },
    connectToShadowDb: async () => adaptForMigrations(context, await factory.connectToShadowDb()),
  }
}

/**
 * @param {EngineContext} context
 * @param {any} adapter
 */
function adaptForMigrations(context, adapter) {
  const query = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (/** @type {any} */ statement) => {
    try {
      return await query(context.run.observe(statement))
    } catch (/** @type {any} */ error) {
      // The wasm engine takes this error as final; an empty history lets it create the table, as the native engine does.
      const missing = error?.cause?.kind === 'TableDoesNotExist' && error.cause.table === '_prisma_migrations'
      if (missing) return { columnNames: [], columnTypes: [], rows: [] }
      throw error
    }
  }
  const execute = adapter.executeRaw.bind(adapter)
  adapter.executeRaw = async (/** @type {any} */ statement) => {
    if (statement.args.length > 0) return execute(context.run.observe(statement))
    try {
      adapter.client.exec(statement.sql) // may hold several statements
      return 0
    } catch (error) {
      adapter.onError(error)
    }
  }
  adapter.executeScript = async (/** @type {string} */ script) => {
    try {
      adapter.client.exec(script) // SQLite runs one statement after the other, without a transaction around them
    } catch (/** @type {any} */ error) {
      context.run.fail(resultCode(error.code), error.message)
      adapter.onError(error)
    }
  }
  return adapter
}
