import { existsSync } from 'node:fs'
import path from 'node:path'

export type PackageManagerId = 'npm' | 'pnpm' | 'yarn' | 'yarn-classic' | 'bun'

/** How a project's package manager says things. */
export interface PackageManager {
  readonly id: PackageManagerId
  /** Its lock file, relative to the repository with `/`; null when there is none. */
  readonly lockFile: string | null
  /** Runs a package's command: `npx safe-migrate check`. */
  readonly run: (command: string) => string
  /** Installs exactly what the lock file says. */
  readonly install: string
  readonly addDev: (name: string) => string
}

type Words = Pick<PackageManager, 'run' | 'install' | 'addDev'>

const WORDS: Readonly<Record<PackageManagerId, Words>> = {
  npm: { run: (command) => `npx ${command}`, install: 'npm ci', addDev: (name) => `npm install --save-dev ${name}` },
  pnpm: { run: (command) => `pnpm exec ${command}`, install: 'pnpm install --frozen-lockfile', addDev: (name) => `pnpm add -D ${name}` },
  yarn: { run: (command) => `yarn ${command}`, install: 'yarn install --immutable', addDev: (name) => `yarn add -D ${name}` },
  'yarn-classic': {
    run: (command) => `yarn ${command}`,
    install: 'yarn install --frozen-lockfile',
    addDev: (name) => `yarn add -D ${name}`,
  },
  bun: { run: (command) => `bunx ${command}`, install: 'bun install --frozen-lockfile', addDev: (name) => `bun add -d ${name}` },
}

const LOCK_FILES: readonly (readonly [file: string, id: PackageManagerId])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['yarn.lock', 'yarn'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]

/**
 * Goes by the lock file nearest to the project, up to the repository's root; npm without one.
 * @param declared `packageManager` of package.json, such as `yarn@4.5.0`
 */
export function findPackageManager(root: string, top: string, declared: string | null): PackageManager {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const found = LOCK_FILES.find(([file]) => existsSync(path.join(folder, file)))
    if (found !== undefined) {
      const lockFile = path.relative(top, path.join(folder, found[0])).split(path.sep).join('/')
      return make(found[1] === 'yarn' && isClassic(folder, declared) ? 'yarn-classic' : found[1], lockFile)
    }
    if (folder === top || folder === path.dirname(folder)) break
  }
  const named = /^(npm|pnpm|yarn|bun)@/.exec(declared ?? '')?.[1]
  if (named === 'yarn') return make(isClassic(root, declared) ? 'yarn-classic' : 'yarn', null)
  return make(named === 'pnpm' || named === 'bun' ? named : 'npm', null)
}

// Yarn 1 has no .yarnrc.yml, and calls the same option by another name. https://yarnpkg.com/migration/guide
function isClassic(folder: string, declared: string | null): boolean {
  const major = /^yarn@(\d+)/.exec(declared ?? '')?.[1]
  return major === undefined ? !existsSync(path.join(folder, '.yarnrc.yml')) : major === '1'
}

function make(id: PackageManagerId, lockFile: string | null): PackageManager {
  return { id, lockFile, ...WORDS[id], ...(id === 'npm' && lockFile === null ? { install: 'npm install' } : {}) }
}
