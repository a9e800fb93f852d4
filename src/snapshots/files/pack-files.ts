import { lstat } from 'node:fs/promises'
import { isAbsolute, join, normalize, relative, sep } from 'node:path'
import { create } from 'tar'
import { SafeMigrateError } from '../../errors.js'
import { type OnProgress, startStep } from '../../util/progress.js'
import { requirePacked } from './require-packed.js'
import { walk } from './walk.js'

/** All files of a snapshot in one archive, with paths relative to the project's root. */
export const FILES_ARCHIVE = 'files.tar.gz'

/**
 * Packs files and folders beside the database into the snapshot's folder, as a stream.
 * @param paths relative to `root`
 * @returns how many entries the archive has
 * @throws SafeMigrateError `config` for a path that is not there or lies outside the project, or a link to what is not packed
 */
export async function packFiles(root: string, paths: readonly string[], folder: string, onProgress: OnProgress): Promise<number> {
  const wanted = await Promise.all(paths.map((path) => requirePath(root, path)))
  let entries = 0
  let total = 0
  for (const path of wanted) {
    for await (const { path: name, size, isLink } of walk(root, path)) {
      if (isLink) await requirePacked(root, name, wanted)
      total += size
    }
  }
  const progress = startStep(onProgress, 'Packing the files', total, 'bytes')
  await create(
    {
      cwd: root,
      file: join(folder, FILES_ARCHIVE),
      gzip: { level: 1 },
      // A file that cannot be read, or that shrinks meanwhile, is no complete snapshot.
      strict: true,
      onWriteEntry: (entry) => {
        entries += 1
        entry.on('end', () => progress.add(entry.stat?.isFile() === true ? entry.stat.size : 0, entry.path))
      },
    },
    wanted,
  )
  progress.end()
  return entries
}

/** @returns the path with `/` @throws SafeMigrateError `config` */
export async function requirePath(root: string, path: string): Promise<string> {
  const inside = relative(root, join(root, normalize(path)))
  if (isAbsolute(path) || inside === '' || inside.startsWith('..'))
    throw new SafeMigrateError({
      code: 'config',
      message: `files in the configuration names "${path}", which is not inside the project.`,
      next: ['Name files and folders relative to the project, such as: files: ["public/images"]'],
    })
  const there = await lstat(join(root, inside)).catch(() => null)
  if (there === null)
    throw new SafeMigrateError({
      code: 'config',
      message: `files in the configuration names "${path}", which is not there.`,
      why: 'A snapshot without it would not bring it back.',
      next: ['Correct the path, or make the folder if it is empty as yet.'],
    })
  return inside.split(sep).join('/')
}
