import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { findRepository } from './repository.js'

/** How migrations differ from what a base has. Files are absolute. */
export interface ChangedMigrations {
  /** What was compared with, as people call it: `origin/main`; null when the repository has nothing yet to compare with. */
  readonly base: string | null
  /** Not in the base. */
  readonly added: readonly string[]
  /** In the base, with other contents. */
  readonly edited: readonly string[]
  /** In the base only. */
  readonly deleted: readonly string[]
}

/**
 * The migration files that differ from where this branch left the base: in commits, staged, unstaged and untracked.
 * @param base a branch, tag or commit; null: the upstream of this branch, else the default branch
 * @throws SafeMigrateError `usage` outside of a repository, or when there is no such base here
 */
export function findChangedMigrations(migrationsDir: string, root: string, base: string | null): ChangedMigrations {
  const repository = findRepository(root)
  if (repository === null) {
    throw new SafeMigrateError({
      code: 'usage',
      message: `--changed needs a git repository, and ${root} is in none.`,
      next: ['Leave --changed out, or name the files: safe-migrate check <files…>'],
    })
  }
  const git = openGit(repository)
  const found = findBase(git, base)
  // As it is spelled on disk: git calls files by where they are, not by a link to it.
  const folder = path
    .relative(repository, path.join(realpathSync(root), path.relative(root, migrationsDir)))
    .split(path.sep)
    .join('/')
  const pathspec = `:(top,literal)${folder}`
  const untracked = split(git.must('ls-files', '--others', '--exclude-standard', '-z', '--', pathspec))
  const changes =
    found === null
      ? split(git.must('ls-files', '-z', '--', pathspec)).map((file) => ['A', file] as const)
      : readChanges(git.must('diff', '--name-status', '-z', '--no-renames', '--no-ext-diff', '--no-relative', found.commit, '--', pathspec))
  const files = (wanted: string) =>
    changes.flatMap(([status, file]) => (wanted.includes(status) && isMigration(file) ? [path.join(repository, file)] : []))
  return {
    base: found?.name ?? null,
    added: [...files('A'), ...untracked.filter(isMigration).map((file) => path.join(repository, file))],
    edited: files('MT'),
    deleted: files('D'),
  }
}

function isMigration(file: string): boolean {
  return path.posix.basename(file) === 'migration.sql'
}

interface Git {
  /** Null when it fails. */
  may(...words: readonly string[]): string | null
  must(...words: readonly string[]): string
}

// A hook of git sets these for itself; relative ones mean something else here.
const OF_HOOKS = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_PREFIX']

function openGit(repository: string): Git {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_HOOKS.includes(name)))
  const run = (words: readonly string[]) => {
    const result = spawnSync('git', words, {
      cwd: repository,
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (result.error !== undefined) throw gitError(result.error.message)
    return result
  }
  return {
    may: (...words) => {
      const { status, stdout } = run(words)
      return status === 0 ? stdout : null
    },
    must: (...words) => {
      const { status, stdout, stderr } = run(words)
      if (status !== 0) throw gitError(stderr.trim())
      return stdout
    },
  }
}

function gitError(why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: 'git cannot tell what changed.',
    why,
    next: ['Run git status: it says what is wrong.'],
  })
}

interface Base {
  readonly name: string
  /** Where this branch left it. */
  readonly commit: string
}

function findBase(git: Git, given: string | null): Base | null {
  const names =
    given === null ? ['@{upstream}', 'origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'] : [given, `origin/${given}`]
  for (const name of names) {
    const commit = git.may('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)?.trim()
    if (commit === undefined || commit === '') continue
    const short = given === null ? git.may('rev-parse', '--abbrev-ref', name)?.trim() : undefined
    return { name: short || name, commit: findMergeBase(git, name, commit) }
  }
  if (given !== null || isShallow(git)) throw missingBase(git, given)
  return null
}

function findMergeBase(git: Git, name: string, commit: string): string {
  const found = git.may('merge-base', commit, 'HEAD')?.trim()
  if (found) return found
  if (isShallow(git)) throw missingBase(git, name)
  return commit // nothing in common, or no commit yet
}

function isShallow(git: Git): boolean {
  return git.may('rev-parse', '--is-shallow-repository')?.trim() === 'true'
}

function missingBase(git: Git, name: string | null): SafeMigrateError {
  const what = name === null ? 'a base to compare with' : `where this branch left ${name}`
  return isShallow(git)
    ? new SafeMigrateError({
        code: 'usage',
        message: `This clone is shallow, and does not hold ${what}.`,
        next: ['In a GitHub workflow, give actions/checkout: fetch-depth: 0', 'Elsewhere: git fetch --unshallow'],
      })
    : new SafeMigrateError({
        code: 'usage',
        message: `There is no branch, tag or commit ${name} here.`,
        next: ['Fetch it, or name another one: safe-migrate check --changed --base <ref>'],
      })
}

function readChanges(output: string): readonly (readonly [status: string, file: string])[] {
  const parts = split(output)
  return parts.flatMap((status, index) => (index % 2 === 0 ? [[status, parts[index + 1] ?? ''] as const] : []))
}

function split(output: string): readonly string[] {
  return output.split('\0').filter((part) => part !== '')
}
