/**
 * What the parts of the engine share.
 *
 * @typedef {object} EngineContext
 * @property {import('./packages.mjs').EnginePackages} packages
 * @property {[path: string, content: string][]} schemaFiles
 * @property {string | undefined} url
 * @property {string | undefined} shadowDatabaseUrl
 * @property {boolean} sendsStatementsOneByOne whether this version of Prisma splits migrations on PostgreSQL
 * @property {boolean} isOffline whether the request needs no database, so that none must be connected to
 * @property {string} method the request that is being answered
 * @property {import('./migration-run.mjs').MigrationRun} run
 * @property {Set<{ dispose: () => Promise<void> }>} connections
 */

/**
 * Prisma 7.4 and later send each statement of a migration by itself to PostgreSQL.
 *
 * @param {string} prismaVersion
 */
export function splitsMigrations(prismaVersion) {
  const [major = 0, minor = 0] = prismaVersion.split('.').map(Number)
  return major > 7 || (major === 7 && minor >= 4)
}
