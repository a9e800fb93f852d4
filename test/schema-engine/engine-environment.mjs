import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { enginesCommit, enginesDir } from './packages.mjs'

const testEngine = fileURLToPath(new URL('./schema-engine.mjs', import.meta.url))

/** Keeps Prisma from looking for updates and from talking about them. */
export const quietEnvironment = { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }

/**
 * The variables that make a Prisma CLI use the test engine, or none where its native schema engine is at hand.
 * Nothing is downloaded.
 *
 * @param {string} prismaPackageDir folder of the `prisma` package
 * @param {Record<string, string | undefined>} [env] the environment that the CLI would otherwise get
 * @returns {Record<string, string>}
 */
export function engineEnvironment(prismaPackageDir, env = process.env) {
  if (hasNativeEngine(prismaPackageDir, env)) return {}
  return {
    PRISMA_SCHEMA_ENGINE_BINARY: testEngine,
    // Prisma 6 downloads this library unless the variable names a file that exists; the commands used here never load it.
    PRISMA_QUERY_ENGINE_LIBRARY: testEngine,
    TEST_ENGINE_PRISMA_PACKAGE: prismaPackageDir,
  }
}

/**
 * @param {string} prismaPackageDir
 * @param {Record<string, string | undefined>} env
 * @returns {boolean} whether Prisma would find a native schema engine without a download
 */
export function hasNativeEngine(prismaPackageDir, env = process.env) {
  const configured = env.PRISMA_SCHEMA_ENGINE_BINARY
  if (configured && configured !== testEngine) return true
  const cache = join(homedir(), '.cache', 'prisma', 'master', enginesCommit(prismaPackageDir))
  return holdsEngine(enginesDir(prismaPackageDir)) || listDir(cache).some((platform) => holdsEngine(join(cache, platform)))
}

/** @param {string} dir */
const holdsEngine = (dir) => listDir(dir).some((name) => /^schema-engine(-|\.exe$|$)/.test(name) && !/\.(sha256|gz|tmp)/.test(name))

/** @param {string} dir */
const listDir = (dir) => (existsSync(dir) ? readdirSync(dir) : [])
