import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { SafeMigrateError } from '../../errors.js'

/**
 * A link is packed as a link: what it points at must be packed as well.
 * @param link relative to `root`, as are the paths
 * @throws SafeMigrateError `config`
 */
export async function requirePacked(root: string, link: string, paths: readonly string[]): Promise<void> {
  const target = await realpath(join(root, link)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
  if (target === null) return
  const packed = await Promise.all(paths.map((path) => placeOf(join(root, path))))
  if (packed.some((place) => target === place || target.startsWith(place + sep))) return
  const inside = relative(await realpath(root), target)
  throw new SafeMigrateError({
    code: 'config',
    message: `${link} is a symbolic link to ${target}, which files in the configuration does not name.`,
    why: 'A snapshot would hold the link without what is behind it. Nothing was changed.',
    next: [
      inside.startsWith('..')
        ? 'Move what it points at into the project, or leave the link out of files.'
        : `Name what it points at too: files: [${[...paths, inside.split(sep).join('/')].map((path) => `"${path}"`).join(', ')}]`,
    ],
  })
}

/** Where it is itself, were it a link too. */
async function placeOf(path: string): Promise<string> {
  return join(await realpath(dirname(path)), basename(path))
}
