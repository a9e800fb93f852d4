import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Every file at or below a path with its size; the path with `/`, relative to `root`. */
export async function* walk(root: string, path: string): AsyncGenerator<readonly [path: string, size: number]> {
  const here = await stat(join(root, path)).catch(() => null)
  if (here === null) return
  if (!here.isDirectory()) {
    yield [path, here.size]
    return
  }
  for (const name of (await readdir(join(root, path))).sort()) yield* walk(root, `${path}/${name}`)
}
