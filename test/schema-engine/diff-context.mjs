import { resolve } from 'node:path'
import { readSchemaDatasource } from './schema-datasource.mjs'

/** Stands for the database where only its kind matters. @type {Record<string, string>} */
const OFFLINE_URLS = { postgresql: 'postgresql://offline/', postgres: 'postgresql://offline/', sqlite: 'file::memory:' }

/**
 * `migrate diff` names its sources itself, and connects only to those that are databases.
 *
 * @param {import('./engine-options.mjs').EngineContext} context
 * @param {any} params
 * @param {Record<string, string | undefined>} env
 * @returns {import('./engine-options.mjs').EngineContext}
 */
export function createDiffContext(context, params, env) {
  const sources = [params.from, params.to].map((target) => readTarget(target, context, env))
  const urls = sources.flatMap(({ url }) => url ?? [])
  const shadowDatabaseUrl =
    params.shadowDatabaseUrl ?? context.shadowDatabaseUrl ?? sources.find((s) => s.shadowDatabaseUrl)?.shadowDatabaseUrl
  const replaysMigrations = sources.some(({ isHistory }) => isHistory)
  const provider = sources.find((source) => source.provider)?.provider ?? ''
  const isOffline = urls.length === 0 && !replaysMigrations
  const url = urls[0] ?? (isOffline ? OFFLINE_URLS[provider] : (context.url ?? shadowDatabaseUrl))
  return { ...context, url: url ?? context.url, shadowDatabaseUrl, isOffline, method: 'diff' }
}

/**
 * @param {any} target
 * @param {import('./engine-options.mjs').EngineContext} context
 * @param {Record<string, string | undefined>} env
 * @returns {{ url?: string | undefined, provider?: string | undefined, shadowDatabaseUrl?: string | undefined, isHistory?: boolean }}
 */
function readTarget(target, context, env) {
  switch (target.tag) {
    case 'url':
      return { url: target.url }
    case 'schemaDatasource': {
      const { url, ...datasource } = readSchemaDatasource(contentsOf(target), env)
      return { ...datasource, url: context.url ?? (url && resolveFileUrl(url, target.configDir)) } // Prisma 7 has it from its configuration
    }
    case 'schemaDatamodel':
      return { provider: readSchemaDatasource(contentsOf(target), env).provider }
    case 'migrations':
      return { isHistory: true, provider: /provider\s*=\s*"([^"]+)"/.exec(target.lockfile?.content ?? '')?.[1] }
    default:
      return {}
  }
}

/** @param {{ files: { content: string }[] }} target */
const contentsOf = (target) => target.files.map(({ content }) => content)

/**
 * @param {string} url
 * @param {string | undefined} dir
 */
const resolveFileUrl = (url, dir) => (url.startsWith('file:') && dir ? `file:${resolve(dir, url.slice('file:'.length))}` : url)
