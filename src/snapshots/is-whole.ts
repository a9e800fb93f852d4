import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { engines } from './engines/index.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'

/** Whether everything of a snapshot is there, by its sizes alone: quick, where `verifySnapshot` reads the rest. */
export async function isWhole(context: SnapshotContext, snapshot: Snapshot): Promise<boolean> {
  if (!(await hasAllFiles(snapshot))) return false
  const engine = engines.find(({ id }) => id === snapshot.manifest.engine)
  const isOwn = snapshot.manifest.targetIdentity === context.project.target.identity
  return !isOwn || engine?.isThere === undefined || engine.isThere(context, snapshot)
}

/** The same of its folder. */
export async function hasAllFiles({ folder, manifest }: Snapshot): Promise<boolean> {
  for (const { path, bytes } of manifest.files) {
    const found = await stat(join(folder, path)).catch(() => null)
    if (found?.size !== bytes) return false
  }
  return true
}
