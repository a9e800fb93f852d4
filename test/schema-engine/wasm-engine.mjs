import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { log } from './engine-log.mjs'
import { createPostgresqlFactory } from './postgresql/adapter.mjs'
import { createSqliteFactory } from './sqlite/adapter.mjs'
import { UserError } from './user-error.mjs'

const GLUE = '@prisma/schema-engine-wasm/schema_engine_bg'

/**
 * Prisma's own schema engine, compiled to wasm, over Prisma's driver adapter for the URL.
 *
 * @param {import('./engine-options.mjs').EngineContext} context
 * @returns {Promise<any>}
 */
export async function loadWasmEngine(context) {
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (/** @type {string} */ message) => log('ERROR', message, { is_panic: true }) },
  })
  const glue = await context.packages.importModule(GLUE)
  const wasm = readFileSync(join(dirname(context.packages.resolve(GLUE)), 'schema_engine_bg.wasm'))
  const { WebAssembly } = /** @type {any} */ (globalThis) // not among Node's types
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { './schema_engine_bg.js': glue })
  glue.__wbg_set_wasm(exports)
  exports.__wbindgen_start()
  const { bindMigrationAwareSqlAdapterFactory } = context.packages.load('@prisma/driver-adapter-utils')
  const factory = bindMigrationAwareSqlAdapterFactory(createFactory(context))
  const datamodels = context.schemaFiles.length > 0 ? context.schemaFiles : undefined
  return glue.SchemaEngine.new({ datamodels }, () => {}, factory)
}

/** @param {import('./engine-options.mjs').EngineContext} context */
function createFactory(context) {
  const factory = findFactory(context)
  const keepingError = (/** @type {() => Promise<any>} */ connect) => async () => {
    try {
      return await connect()
    } catch (error) {
      if (error instanceof UserError) context.run.failure = error
      throw error
    }
  }
  return { ...factory, connect: keepingError(factory.connect), connectToShadowDb: keepingError(factory.connectToShadowDb) }
}

/** @param {import('./engine-options.mjs').EngineContext} context */
function findFactory(context) {
  const url = context.url ?? ''
  if (/^postgres(ql)?:/.test(url)) return createPostgresqlFactory(context, url)
  if (/^(file|sqlite):/.test(url)) return createSqliteFactory(context, url)
  throw new UserError('P1012', `The test engine has no driver for a ${url.split(':')[0]} URL.`)
}
