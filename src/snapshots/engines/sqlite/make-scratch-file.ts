import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Scratch, Snapshot, SnapshotContext } from '../../snapshot.js'

/** A file in the store, whose list leaves it out. */
export async function makeScratchFile(context: SnapshotContext, snapshot: Snapshot): Promise<Scratch> {
  const folder = join(dirname(snapshot.folder), `.verify-${snapshot.id}`)
  const { target } = context.project
  return {
    target: {
      ...target,
      name: join(folder, 'database.sqlite'),
      label: `the restored copy of ${target.label}`,
      identity: `${target.identity}#verify`,
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
