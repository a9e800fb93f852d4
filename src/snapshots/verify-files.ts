import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { listFiles } from '../util/durable-files.js'
import { formatQuantity } from '../util/format.js'
import { sha256OfFile } from '../util/sha256.js'
import type { Manifest } from './manifest.js'
import { MANIFEST_FILE } from './read-manifest.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'

const MOST_SHOWN = 10

/** Sizes and SHA-256 of the files in a folder, for its manifest. @param known those that were hashed while they were written */
export async function hashFiles(folder: string, known: Manifest['files'] = []): Promise<Manifest['files']> {
  const files = []
  const hashed = new Map(known.map((file) => [file.path, file]))
  for (const path of await listFiles(folder)) {
    const one = hashed.get(path)
    files.push(one ?? { path, bytes: (await stat(join(folder, path))).size, sha256: await sha256OfFile(join(folder, path)) })
  }
  return files
}

/**
 * Re-reads every file and compares with the manifest: missing, cut off, altered or additional ones.
 * @throws SafeMigrateError `snapshot` naming each
 */
export async function verifyFiles(snapshot: Snapshot, onProgress: SnapshotContext['onProgress']): Promise<void> {
  const { files, bytes } = snapshot.manifest
  const present = new Set(await listFiles(snapshot.folder))
  const problems = [...present]
    .filter((path) => path !== MANIFEST_FILE && !files.some((file) => file.path === path))
    .map((path) => `${path} does not belong to it`)
  let done = 0
  for (const file of files) {
    const problem = present.has(file.path) ? await findProblem(join(snapshot.folder, file.path), file) : 'is missing'
    if (problem !== null) problems.push(`${file.path} ${problem}`)
    done += file.bytes
    onProgress({ step: 'Verifying the snapshot', done, total: bytes, unit: 'bytes' })
  }
  if (problems.length > 0) throw damagedFiles(snapshot, problems)
}

async function findProblem(path: string, file: Manifest['files'][number]): Promise<string | null> {
  const { size } = await stat(path)
  if (size < file.bytes) return `is cut off (${size} of ${file.bytes} bytes)`
  if (size > file.bytes) return `is longer than it was written (${size} instead of ${file.bytes} bytes)`
  return (await sha256OfFile(path)) === file.sha256 ? null : 'is not as it was written (SHA-256 differs)'
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
