import { rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ownedName, removeAbandoned } from '../../../util/abandoned-folders.js'
import { requireFreeSpace } from '../../free-space.js'
import type { Scratch, Snapshot, SnapshotContext } from '../../snapshot.js'

/** What the names of folders begin with in which snapshots are restored for a while; a list of snapshots leaves them out. */
export const SCRATCH_FOLDERS = '.verify-'

/** A file in the store. @throws SafeMigrateError `snapshot` when there is no room for it */
export async function makeScratchFile(context: SnapshotContext, snapshot: Snapshot): Promise<Scratch> {
  const store = dirname(snapshot.folder)
  await removeAbandoned(store, SCRATCH_FOLDERS)
  const folder = join(store, ownedName(SCRATCH_FOLDERS, snapshot.id))
  const { target } = context.project
  const live = await stat(target.name).catch(() => null)
  const bytes = Math.max(snapshot.manifest.bytes, live?.size ?? 0)
  await requireFreeSpace(store, bytes, context.reserve, `a copy of ${target.label}`, 'Nothing was changed.')
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
