import { messageOf, SafeMigrateError } from '../errors.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { type Everywhere, listEverywhere, type PlacedSnapshot } from '../snapshots/storage/everywhere.js'
import { openStorage, type SnapshotStorage } from '../snapshots/storage/storage.js'
import { fetchSnapshot } from '../snapshots/storage/stored-snapshots.js'
import { chooseSnapshot, type Store } from '../snapshots/store.js'
import { openProjectStore, type RunOptions } from './run.js'

type Options = Pick<RunOptions, 'project' | 'config'> & Partial<Pick<RunOptions, 'ui'>>

/**
 * A snapshot that is here; one that is only elsewhere is fetched first.
 * @param wanted see `Store.find` @param targetIdentity whose latest is meant
 * @throws SafeMigrateError `snapshot`
 */
export async function findSnapshot(
  options: Pick<RunOptions, 'project' | 'config' | 'ui'>,
  wanted: string,
  targetIdentity: string,
): Promise<PlacedSnapshot> {
  const { project, config, ui } = options
  const found = await locateSnapshot(options, wanted, targetIdentity)
  const storage = openStorage(config.storage, project.root)
  if (found.isHere || storage === null) return found
  ui.show({ type: 'notice', message: `Fetching snapshot ${found.id} from ${storage.label}.` })
  const store = openProjectStore(project, config)
  const fetched = await fetchSnapshot({ reserve: config.reserve, onProgress: ui.progress }, storage, found, store)
  return { ...found, ...fetched, isHere: true, places: [fetched.folder, ...found.places] }
}

/** Where a snapshot is; nothing is fetched. @throws SafeMigrateError `snapshot` */
export async function locateSnapshot(options: Options, wanted: string, targetIdentity: string): Promise<PlacedSnapshot> {
  const { project, config } = options
  const store = openProjectStore(project, config)
  const storage = openStorage(config.storage, project.root)
  const places = storage === null ? store.folder : `${store.folder} or ${storage.label}`
  const { usable, unusable, unusableStored } = await listWhatIsThere(options, store, storage, wanted)
  const chosen = chooseSnapshot(places, { usable, unusable: [...unusable, ...unusableStored] }, wanted, { targetIdentity })
  return usable.find(({ id }) => id === chosen.id) ?? alone(chosen)
}

// A restore must not wait for a network when what it needs is here.
async function listWhatIsThere(options: Options, store: Store, storage: SnapshotStorage | null, wanted: string): Promise<Everywhere> {
  try {
    return await listEverywhere(store, storage)
  } catch (error) {
    const { usable, unusable } = await store.list()
    if (!(error instanceof SafeMigrateError) || usable.length === 0) throw error
    if (!usable.some(({ id }) => id === wanted))
      options.ui?.show({ type: 'notice', message: `${messageOf(error)} Only what is here was looked at.`, next: error.next })
    return { usable: usable.map(alone), unusable, unusableStored: [] }
  }
}

function alone(snapshot: Snapshot): PlacedSnapshot {
  return { ...snapshot, isHere: true, isStored: false, places: [snapshot.folder] }
}
