import { lstat, readdir, type stat } from 'node:fs/promises'
import { join } from 'node:path'

interface Walked {
  /** With `/`, relative to `root`. */
  readonly path: string
  readonly size: number
  readonly isLink: boolean
}

/** Every file at or below a path. @param look `stat`: symbolic links are followed */
export async function* walk(root: string, path: string, look: typeof stat | typeof lstat = lstat): AsyncGenerator<Walked> {
  const here = await look(join(root, path)).catch(() => null)
  if (here === null) return
  if (!here.isDirectory()) {
    yield { path, size: here.isFile() ? here.size : 0, isLink: here.isSymbolicLink() }
    return
  }
  for (const name of (await readdir(join(root, path))).sort()) yield* walk(root, `${path}/${name}`, look)
}
