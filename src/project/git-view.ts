import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { findRepository } from './repository.js'

/** How git sees a folder: `unknown` outside of a repository, or where git cannot be asked. */
export interface GitView {
  readonly state: 'unknown' | 'ignored' | 'unignored' | 'tracked'
  /** What git tracks in it, relative to the folder, but for `.gitignore` and `.gitkeep`. */
  readonly tracked: readonly string[]
  /** Root of the repository; null outside of one. */
  readonly repository: string | null
}

/** @param folder absolute; need not exist @param example path of a file in it that must not be picked up */
export function readGitView(folder: string, example: string): GitView {
  const real = realPathOf(folder)
  const repository = findRepository(existingPart(real))
  if (repository === null) return { state: 'unknown', tracked: [], repository }
  const listed = askGit(repository, ['ls-files', '-z', '--', real])
  if (listed === null || listed.status !== 0) return { state: 'unknown', tracked: [], repository }
  const tracked = listed.stdout
    .split('\0')
    .filter((file) => file !== '' && !['.gitignore', '.gitkeep'].includes(path.basename(file)))
    .map((file) => path.relative(real, path.join(repository, file)))
  if (tracked.length > 0) return { state: 'tracked', tracked, repository }
  const ignored = askGit(repository, ['check-ignore', '--quiet', '--no-index', '--', path.join(real, example)])
  return { state: ignored?.status === 0 ? 'ignored' : ignored?.status === 1 ? 'unignored' : 'unknown', tracked, repository }
}

// A hook of git sets variables that mean another repository; a container's folder may belong to another user, and reading it is no danger.
function askGit(repository: string, words: readonly string[]): { readonly status: number | null; readonly stdout: string } | null {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  const result = spawnSync('git', ['-c', `safe.directory=${repository}`, ...words], {
    cwd: repository,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  })
  return result.error === undefined ? result : null
}

function existingPart(folder: string): string {
  return existsSync(folder) ? folder : existingPart(path.dirname(folder))
}

function realPathOf(folder: string): string {
  const there = existingPart(folder)
  return path.join(realpathSync(there), path.relative(there, folder))
}
