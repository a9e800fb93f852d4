import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { isJsonObject, readJsonObject } from '../util/json.js'
import type { PrismaCli } from './project.js'

const SUPPORTED = [6, 7]

/**
 * Finds the project's own Prisma, resolved from the project as Node does it (so hoisting and workspaces work).
 * @throws SafeMigrateError `config` when there is none, or its major version is not 6 or 7
 */
export function findPrismaCli(root: string): PrismaCli {
  const manifestPath = resolvePackage(root)
  const { version: given, bin } = readJsonObject(manifestPath)
  const version = String(given)
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (!SUPPORTED.includes(major)) throw unsupportedVersion(version, major)
  const named = isJsonObject(bin) ? bin.prisma : bin
  const script = typeof named === 'string' ? named : 'build/index.js'
  return { version, major, minor, script: path.join(path.dirname(manifestPath), script) }
}

function resolvePackage(root: string): string {
  try {
    return createRequire(path.join(root, 'package.json')).resolve('prisma/package.json')
  } catch (cause) {
    throw new SafeMigrateError({
      code: 'config',
      message: `No prisma package is installed for ${root}.`,
      why: 'safe-migrate runs the project’s own Prisma, the version that your lock file names.',
      next: existsSync(path.join(root, 'package.json'))
        ? ['npm install --save-dev prisma@7', 'If it is in package.json already: npm install']
        : ['Run safe-migrate in the folder of your package.json.'],
      cause,
    })
  }
}

function unsupportedVersion(version: string, major: number): SafeMigrateError {
  if (major >= 8) {
    return new SafeMigrateError({
      code: 'config',
      message: `Prisma ${version} is not supported: safe-migrate works with Prisma 6 and 7.`,
      why: 'Prisma 8 is another product: its migrations are migration.ts and ops.json, not SQL files. Nothing was touched.',
      next: ['Stay on Prisma 7 for now: npm install --save-dev prisma@7'],
    })
  }
  return new SafeMigrateError({
    code: 'config',
    message: `Prisma ${version} is not supported: safe-migrate works with Prisma 6 and 7.`,
    next: ['npm install --save-dev prisma@6 @prisma/client@6, then read Prisma’s upgrade guide.'],
  })
}
