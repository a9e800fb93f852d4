import type { Snapshot } from '../snapshot.js'
import { type Store, sortByAge, type UnusableSnapshot } from '../store.js'
import type { SnapshotStorage } from './storage.js'
import { listStored, placeOf, type UnusableStored } from './stored-snapshots.js'

/** A snapshot that is here, elsewhere, or both. */
export interface PlacedSnapshot extends Snapshot {
  readonly isHere: boolean
  readonly isStored: boolean
  /** For people: its folder here, and where it is elsewhere. */
  readonly places: readonly string[]
}

export interface Everywhere {
  /** Newest first. */
  readonly usable: readonly PlacedSnapshot[]
  readonly unusable: readonly UnusableSnapshot[]
  readonly unusableStored: readonly UnusableStored[]
}

/** All snapshots, wherever they are. @throws SafeMigrateError `snapshot` when what is elsewhere cannot be listed */
export async function listEverywhere(store: Store, storage: SnapshotStorage | null): Promise<Everywhere> {
  const [here, stored] = await Promise.all([store.list(), storage === null ? { usable: [], unusable: [] } : listStored(storage)])
  const ids = new Set(here.usable.map(({ id }) => id))
  const storedIds = new Set(stored.usable.map(({ id }) => id))
  const place = (snapshot: Snapshot): PlacedSnapshot => {
    const [isHere, isStored] = [ids.has(snapshot.id), storedIds.has(snapshot.id)]
    const elsewhere = isHere && isStored && storage !== null ? [placeOf(storage, snapshot.id)] : []
    return { ...snapshot, isHere, isStored, places: [snapshot.folder, ...elsewhere] }
  }
  return {
    usable: sortByAge([...here.usable, ...stored.usable.filter(({ id }) => !ids.has(id))].map(place)),
    unusable: here.unusable,
    unusableStored: stored.unusable,
  }
}
