/**
 * @typedef {object} Datasource
 * @property {string | undefined} provider
 * @property {string | undefined} url
 * @property {string | undefined} shadowDatabaseUrl
 */

/**
 * Reads the datasource of Prisma schema files, for Prisma 6, which keeps the URLs there. The native engine prefers
 * `directUrl`, which is meant for migrations.
 *
 * @param {readonly string[]} contents
 * @param {Record<string, string | undefined>} env
 * @returns {Datasource}
 */
export function readSchemaDatasource(contents, env) {
  const block = /^\s*datasource\s+\w+\s*\{([^}]*)\}/m.exec(contents.join('\n'))?.[1] ?? ''
  const read = (/** @type {string} */ property) => {
    const match = new RegExp(String.raw`^\s*${property}\s*=\s*(?:env\("([^"]+)"\)|"((?:[^"\\]|\\.)*)")`, 'm').exec(block)
    return match?.[1] ? env[match[1]] : match?.[2]
  }
  return { provider: read('provider'), url: read('directUrl') ?? read('url'), shadowDatabaseUrl: read('shadowDatabaseUrl') }
}
