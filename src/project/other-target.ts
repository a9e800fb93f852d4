import type { Target } from '../databases/database.js'
import type { Project } from './project.js'
import { refuseProxyUrl } from './resolve-project.js'

/**
 * Another database of the project's kind, from a connection URL that a person gave.
 * @param cwd what a relative `file:` path is relative to
 * @throws SafeMigrateError `config`, without the URL in it
 */
export function readOtherTarget({ database, root }: Pick<Project, 'database' | 'root'>, url: string, cwd: string): Target {
  refuseProxyUrl(url)
  return database.readTarget(url, { fileBase: cwd, root })
}
