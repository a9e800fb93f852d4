import { findEngine } from './engines/index.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'
import type { Store } from './store.js'

/**
 * Removes a snapshot and what its engine keeps outside the store (a database on the server). It is a partial one from the first step on, so that
 * nobody uses a snapshot whose data is gone, and the next command removes the rest when this one is killed.
 */
export async function removeSnapshot(context: SnapshotContext, store: Store, snapshot: Snapshot): Promise<void> {
  await context.onStep?.('remove-snapshot', { id: snapshot.id })
  const engine = findEngine(snapshot.manifest.engine)
  const partial = await store.withdraw(snapshot)
  try {
    await engine.remove(context, { ...snapshot, folder: partial.folder })
  } catch (error) {
    await partial.complete()
    throw error
  }
  await partial.discard()
}
