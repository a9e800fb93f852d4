import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The packages that belong to the Prisma which started this engine. The wasm engine, the driver adapters and the
 * CLI are published in step, so each Prisma version must be served by its own set.
 *
 * @typedef {object} EnginePackages
 * @property {string} prismaVersion version of the `prisma` package, such as "7.10.0"
 * @property {string} enginesCommit commit the native engine of this version was built from
 * @property {(name: string) => any} load loads a CommonJS package
 * @property {(dependent: string, name: string) => any} loadFrom loads the copy of a package that another one uses
 * @property {(name: string) => Promise<any>} importModule loads an ECMAScript module
 * @property {(name: string) => string} resolve path of a package's entry file
 */

/**
 * @param {string} prismaPackageDir folder of the `prisma` package whose CLI is running
 * @returns {EnginePackages}
 */
export function findPackages(prismaPackageDir) {
  const manifest = join(prismaPackageDir, 'package.json')
  const require = createRequire(manifest)
  return {
    prismaVersion: JSON.parse(readFileSync(manifest, 'utf8')).version,
    enginesCommit: enginesCommit(prismaPackageDir),
    load: (name) => require(name),
    loadFrom: (dependent, name) => createRequire(require.resolve(dependent))(name),
    importModule: (name) => import(pathToFileURL(require.resolve(name)).href),
    resolve: (name) => require.resolve(name),
  }
}

/**
 * @param {string} prismaPackageDir
 * @returns {string} the commit in the version of `@prisma/engines-version`, "7.10.0-4.<commit>"
 */
export function enginesCommit(prismaPackageDir) {
  const engines = enginesDir(prismaPackageDir)
  const require = createRequire(join(engines, 'package.json'))
  const { version } = require('@prisma/engines-version/package.json')
  return version.split('.').at(-1) ?? ''
}

/**
 * @param {string} prismaPackageDir
 * @returns {string} the folder of `@prisma/engines`, where Prisma keeps its native engines
 */
export function enginesDir(prismaPackageDir) {
  const require = createRequire(join(prismaPackageDir, 'package.json'))
  return dirname(require.resolve('@prisma/engines/package.json'))
}
