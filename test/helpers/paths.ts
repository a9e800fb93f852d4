import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this repository. */
export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The executable under test. */
export const safeMigrateBin = join(repositoryRoot, 'bin', 'safe-migrate.js')

export type PrismaMajor = 6 | 7
export type FixtureDatabase = 'postgresql' | 'sqlite'

/** The folder whose `node_modules` holds everything that a project with this Prisma needs. */
export function workspaceDir(prisma: PrismaMajor): string {
  return join(repositoryRoot, 'fixtures', 'projects', `prisma-${prisma}`)
}

/** The fixture project, never to be changed by a test. */
export function fixtureDir(prisma: PrismaMajor, database: FixtureDatabase): string {
  return join(workspaceDir(prisma), database)
}
