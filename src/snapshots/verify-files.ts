import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { listFiles, sumSizes } from '../util/durable-files.js'
import { formatQuantity } from '../util/format.js'
import { type OnProgress, startStep } from '../util/progress.js'
import { sha256OfFile } from '../util/sha256.js'
import type { Manifest } from './manifest.js'
import { MANIFEST_FILE } from './read-manifest.js'
import type { Snapshot } from './snapshot.js'

const MOST_SHOWN = 10

/** Sizes and SHA-256 of the files in a folder, for its manifest. @param known those that were hashed while they were written */
export async function hashFiles(folder: string, onProgress: OnProgress, known: Manifest['files'] = []): Promise<Manifest['files']> {
  const paths = await listFiles(folder)
  const hashed = new Map(known.map((file) => [file.path, file]))
  const total = await sumSizes(paths.flatMap((path) => (hashed.has(path) ? [] : [join(folder, path)])))
  const progress = startStep(onProgress, 'Computing checksums', total, 'bytes')
  const files = []
  for (const path of paths) {
    const file = join(folder, path)
    files.push(hashed.get(path) ?? { path, bytes: (await lstat(file)).size, sha256: await sha256OfFile(file, progress.add) })
  }
  return files
}

/**
 * Re-reads every file and compares with the manifest: missing, cut off, altered or additional ones.
 * @param isRead whether what is in a file is to be read, and not its length alone
 * @throws SafeMigrateError `snapshot` naming each
 */
export async function verifyFiles(
  snapshot: Snapshot,
  onProgress: OnProgress,
  isRead: (path: string) => boolean = () => true,
): Promise<void> {
  const { files } = snapshot.manifest
  const present = new Set(await listFiles(snapshot.folder))
  const problems = [...present]
    .filter((path) => path !== MANIFEST_FILE && !files.some((file) => file.path === path))
    .map((path) => `${path} does not belong to it`)
  const total = sumOf(files.filter(({ path }) => isRead(path)))
  const progress = startStep(onProgress, 'Verifying the snapshot', total, 'bytes')
  for (const file of files) {
    const problem = present.has(file.path)
      ? await findProblem(join(snapshot.folder, file.path), file, isRead(file.path) ? progress.add : null)
      : 'is missing'
    if (problem !== null) problems.push(`${file.path} ${problem}`)
  }
  progress.end()
  if (problems.length > 0) throw damagedFiles(snapshot, problems)
}

function sumOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

async function findProblem(
  path: string,
  file: Manifest['files'][number],
  onBytes: ((bytes: number) => void) | null,
): Promise<string | null> {
  const stats = await lstat(path)
  // A link's target can change, or be read, from elsewhere.
  if (!stats.isFile()) return 'is no file of its own, but a link or a device'
  const { size } = stats
  if (size < file.bytes) return `is cut off (${size} of ${file.bytes} bytes)`
  if (size > file.bytes) return `is longer than it was written (${size} instead of ${file.bytes} bytes)`
  if (onBytes === null) return null
  return (await sha256OfFile(path, onBytes)) === file.sha256 ? null : 'is not as it was written (SHA-256 differs)'
}

function damagedFiles(snapshot: Snapshot, problems: readonly string[]): SafeMigrateError {
  const more = problems.length > MOST_SHOWN ? `; and ${problems.length - MOST_SHOWN} more` : ''
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} is damaged: ${formatQuantity(problems.length, 'file')} not as written.`,
    why: `${problems.slice(0, MOST_SHOWN).join('; ')}${more}. What it holds cannot be trusted.`,
    next: ['Use another one: safe-migrate snapshot list', `Or bring back an undamaged copy of ${snapshot.folder} from your backups.`],
  })
}
