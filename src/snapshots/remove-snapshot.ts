import { findEngine } from './engines/index.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'
import type { Store } from './store.js'

/** Removes a snapshot and what its engine keeps outside the store (a database on the server). */
export async function removeSnapshot(context: SnapshotContext, store: Store, snapshot: Snapshot): Promise<void> {
  await context.onStep?.('remove-snapshot', { id: snapshot.id })
  await findEngine(snapshot.manifest.engine).remove(context, snapshot)
  await store.remove(snapshot)
}
