import { findDatabaseCommands } from './databases.mjs'
import { createDiffContext } from './diff-context.mjs'
import { loadWasmEngine } from './wasm-engine.mjs'

/** Where the native engine's name for a request differs from the wasm engine's. @type {Record<string, string>} */
const WASM_NAMES = { getDatabaseVersion: 'version' }

/**
 * Answers the requests of the CLI: most by the wasm engine, those that concern a database as a whole by ourselves.
 *
 * @param {import('./engine-options.mjs').EngineContext} context
 * @returns {import('./rpc-server.mjs').RequestHandler}
 */
export function createHandler(context) {
  /** @type {any} */
  let engine

  const askEngine = async (/** @type {string} */ method, /** @type {any} */ params) => {
    return reportFailure(context, async () => {
      engine ??= await loadWasmEngine(context)
      try {
        return await engine[WASM_NAMES[method] ?? method](params)
      } catch (error) {
        if (!isMissingShadow(error)) throw error
        await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters })
        return engine[method](params)
      }
    })
  }

  const reset = async (/** @type {unknown} */ params) => {
    const { resetDatabase } = findDatabaseCommands(context.url)
    if (!resetDatabase) return askEngine('reset', params)
    for (const connection of context.connections) await connection.dispose()
    context.connections.clear()
    engine = undefined
    return resetDatabase(context.url ?? '')
  }

  const showDifference = async (/** @type {unknown} */ params) => {
    const diff = createDiffContext(context, params, process.env)
    const result = await reportFailure(diff, async () => (await loadWasmEngine(diff)).diff(params))
    if (result?.stdout) context.run.print(result.stdout.replace(/\n$/, ''))
    return result
  }

  return async (method, params) => {
    context.method = method
    const url = params?.datasource?.url ?? context.url
    if (method === 'createDatabase') return { databaseName: await findDatabaseCommands(url).createDatabase(context, url) }
    if (method === 'ensureConnectionValidity') return findDatabaseCommands(url).ensureConnection(context, url)
    if (method === 'reset') return reset(params)
    if (method === 'diff') return showDifference(params)
    return askEngine(method, params)
  }
}

/**
 * The wasm engine replays the migrations on a shadow database only to diagnose them, and otherwise knows their outcome
 * from there. When migrations have been applied since, it has to diagnose once more.
 *
 * @param {any} error
 */
const isMissingShadow = (error) => /shadow DB must be provided through an external factory/.test(error?.message)

/**
 * The wasm engine hides what went wrong outside of it; the adapters have kept it.
 *
 * @template Result
 * @param {import('./engine-options.mjs').EngineContext} context
 * @param {() => Promise<Result>} work
 */
async function reportFailure(context, work) {
  context.run.failure = undefined
  try {
    return await work()
  } catch (error) {
    throw context.run.failure ?? error
  }
}
