import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** What init needs of a repository's `.git/config`. */
export interface GitSettings {
  /** `core.hooksPath`, absolute; null when it is not set. */
  readonly hooksPath: string | null
  /** Hosts of the remotes, such as `github.com`. */
  readonly remoteHosts: readonly string[]
}

/** Reads the repository's own settings; those of the user and the machine are theirs. @param top root of the repository */
export function readGitSettings(top: string): GitSettings {
  const file = findConfig(path.join(top, '.git'))
  const text = file === null ? '' : readFileSync(file, 'utf8')
  const hooksPath = /^\s*hooksPath\s*=\s*"?(.+?)"?\s*$/im.exec(text)?.[1] ?? null
  const urls = [...text.matchAll(/^\s*url\s*=\s*(\S+)\s*$/gim)].map(([, url = '']) => url)
  return {
    hooksPath: hooksPath === null ? null : path.resolve(top, hooksPath),
    remoteHosts: urls.flatMap((url) => /^(?:\w[\w+.-]*:\/\/)?(?:[^@/]+@)?([\w.-]+)[:/]/.exec(url)?.[1] ?? []),
  }
}

/** A worktree has a file in place of the folder; its settings are those of the repository that it belongs to. */
function findConfig(git: string): string | null {
  if (!existsSync(git)) return null
  const folder = statSync(git).isDirectory()
    ? git
    : path.resolve(path.dirname(git), /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1] ?? '')
  const common = path.join(folder, 'commondir')
  const file = path.join(existsSync(common) ? path.resolve(folder, readFileSync(common, 'utf8').trim()) : folder, 'config')
  return existsSync(file) ? file : null
}
