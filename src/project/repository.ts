import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'

/** Root of the git repository that holds a folder; null outside of one. A worktree and a submodule are repositories of their own. */
export function findRepository(folder: string): string | null {
  for (let current = realpathSync(folder); ; current = path.dirname(current)) {
    if (existsSync(path.join(current, '.git'))) return current
    if (current === path.dirname(current)) return null
  }
}

/** Where a folder lies in its repository: `packages/shop`, empty at the root, with `/` on every system; null outside of one. */
export function findPathInRepository(folder: string): string | null {
  const repository = findRepository(folder)
  return repository === null ? null : path.relative(repository, realpathSync(folder)).split(path.sep).join('/')
}
