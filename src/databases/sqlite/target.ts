import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { SafeMigrateError } from '../../errors.js'
import { Secret } from '../../util/secret.js'
import type { ReadTargetContext, Target } from '../database.js'

/** As Prisma reads it: `file:` then a plain path, not percent-encoded, then parameters. @throws SafeMigrateError `config` */
export function readTarget(url: string, context: ReadTargetContext): Target {
  const path = readPath(url)
  const file = isAbsolute(path) ? resolve(path) : resolve(context.fileBase, path)
  const shown = relative(context.root, file)
  return {
    url: new Secret(url),
    label: `SQLite database ${shown.startsWith('..') || isAbsolute(shown) ? file : shown}`,
    name: file,
    host: null,
    isLocal: true,
    schema: null,
    identity: `sqlite:${realPath(file)}`,
  }
}

/** Seconds to wait for a lock, from `socket_timeout`; null when the URL does not say. https://www.prisma.io/docs/orm/overview/databases/sqlite */
export function readSocketTimeout(url: string): number | null {
  const seconds = Number(new URLSearchParams(url.split('?').slice(1).join('?')).get('socket_timeout') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}

function readPath(url: string): string {
  if (!url.startsWith('file:')) throw invalidUrl('It must start with file:, for example file:./dev.db.')
  const [path = ''] = url.slice('file:'.length).split('?')
  if (path === ':memory:' || /[?&]mode=memory\b/.test(url)) {
    throw invalidUrl('A database in memory is gone when the process ends: there is nothing to migrate safely.')
  }
  if (path === '') throw invalidUrl('It names no file.')
  return path
}

function invalidUrl(why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'config',
    message: 'The SQLite connection URL is not valid.',
    why,
    next: ['Use file: and the path of the database file, for example file:./dev.db'],
  })
}

/** Symbolic links resolved, also of a folder when the file or folder is not there yet, so that one file has one name. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(realPath(folder), basename(path))
  }
}
