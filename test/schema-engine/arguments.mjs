import { readFileSync } from 'node:fs'
import { readSchemaDatasource } from './schema-datasource.mjs'

/**
 * @typedef {object} EngineArguments
 * @property {string[]} schemaFiles paths of the Prisma schema files
 * @property {string | undefined} url
 * @property {string | undefined} shadowDatabaseUrl
 * @property {string | undefined} command `can-connect-to-database`, `create-database`, `drop-database`, or none to serve
 */

/**
 * @param {readonly string[]} argv
 * @param {Record<string, string | undefined>} env
 * @returns {EngineArguments}
 */
export function parseArguments(argv, env) {
  /** @type {EngineArguments} */
  const parsed = { schemaFiles: [], url: undefined, shadowDatabaseUrl: undefined, command: undefined }
  const rest = [...argv]
  let isCli = false
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--datamodels' || argument === '-d') parsed.schemaFiles.push(rest.shift() ?? '')
    else if (argument === '--datasource') Object.assign(parsed, readDatasource(rest.shift() ?? ''))
    else if (argument === 'cli') isCli = true
    else if (argument.startsWith('-')) rest.shift()
    else if (isCli) parsed.command = argument
  }
  if (!parsed.url) {
    const contents = parsed.schemaFiles.map((file) => readFileSync(file, 'utf8'))
    const { url, shadowDatabaseUrl } = readSchemaDatasource(contents, env)
    Object.assign(parsed, { url, shadowDatabaseUrl })
  }
  return parsed
}

/**
 * Prisma 7 passes JSON. Prisma 6 passes JSON to the server, and the URL itself, or its base64 form, to a command.
 *
 * @param {string} value
 */
function readDatasource(value) {
  if (value.startsWith('{')) {
    const { url, shadowDatabaseUrl } = JSON.parse(value)
    return { url, shadowDatabaseUrl }
  }
  const decoded = Buffer.from(value, 'base64').toString()
  return { url: /^[a-z+]+:/.test(decoded) ? decoded : value }
}
