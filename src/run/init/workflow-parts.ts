import type { PackageManager } from './package-manager.js'
import type { InitContext } from './planned-file.js'

/** What the workflows must know of the project. */
export interface WorkflowFacts {
  readonly manager: PackageManager
  /** Whether package.json names the version of the package manager, which its set-up action then reads. */
  readonly namesManagerVersion: boolean
  /** Folder of the Prisma schema and of the migrations, from the repository's root, with `/`. */
  readonly watched: readonly string[]
  /** Environment variables that the connection URL is read from. */
  readonly variables: readonly string[]
  /** Whether the database is reached by the network; a file is where it is. */
  readonly isServer: boolean
  /** The folder for snapshots, as configured. */
  readonly directory: string
  /** Folders of the programs that the package manager's command needs. */
  readonly programFolders: readonly string[]
}

export function workingDirectory({ inside }: InitContext): string {
  return inside === '' ? '' : `    defaults:\n      run:\n        working-directory: ${quote(inside)}\n`
}

export function setUp({ inside }: InitContext, { manager, namesManagerVersion }: WorkflowFacts): string {
  const before = {
    npm: [],
    'yarn-classic': [],
    pnpm: ['- uses: pnpm/action-setup@v4', ...withInputs(packageJson(inside, namesManagerVersion, 'version: 10'))],
    yarn: ['- run: corepack enable'],
    bun: ['- uses: oven-sh/setup-bun@v2'],
  }[manager.id]
  const cache = manager.lockFile === null || manager.id === 'bun' ? [] : [`cache: ${manager.id === 'yarn-classic' ? 'yarn' : manager.id}`]
  const lock = cache.length > 0 && manager.lockFile?.includes('/') ? [`cache-dependency-path: ${quote(manager.lockFile)}`] : []
  const steps = [
    ...before,
    '- uses: actions/setup-node@v5',
    ...withInputs(['node-version: 22', ...cache, ...lock]),
    `- run: ${manager.install}`,
  ]
  return steps.map((line) => `      ${line}`).join('\n')
}

/** The action looks for \`packageManager\` in the repository's root. https://github.com/pnpm/action-setup#inputs */
function packageJson(inside: string, namesManagerVersion: boolean, version: string): string[] {
  if (!namesManagerVersion) return [version]
  return inside === '' ? [] : [`package_json_file: ${quote(`${inside}/package.json`)}`]
}

function withInputs(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['  with:', ...lines.map((line) => `    ${line}`)]
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The connection URLs, from secrets. */
export function environmentOf({ variables }: WorkflowFacts): string {
  return variables.map((name) => `          ${name}: \${{ secrets.${name} }}`).join('\n')
}
