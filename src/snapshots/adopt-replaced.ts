import { messageOf } from '../errors.js'
import { engines } from './engines/index.js'
import { findRestoreLeftovers } from './restore-leftovers.js'
import type { Snapshot, SnapshotContext, SnapshotEngine } from './snapshot.js'
import { newSnapshotId } from './snapshot-id.js'
import type { Store } from './store.js'
import { readKeysOf, seal, writeDescription } from './take-snapshot.js'

/** What became of something that a restore had replaced. It exists either way; `notice` is for people. */
export interface Adoption {
  readonly snapshot: Snapshot | null
  readonly notice: string
}

/** Lists what a restore kept as a snapshot of its own. The database is restored by then: what fails here is worth a notice, not a failure. */
export async function adoptReplaced(context: SnapshotContext, engine: SnapshotEngine, replaced: string, store: Store): Promise<Adoption> {
  try {
    await context.onStep?.('keep-replaced', { database: replaced })
    const snapshot = await describeReplaced(context, engine, replaced, store)
    return { snapshot, notice: `What an interrupted restore had replaced is listed as snapshot ${snapshot.id}.` }
  } catch (error) {
    const notice = `What was there before is kept as the database "${replaced}", but could not be listed as a snapshot: ${messageOf(error)}`
    return { snapshot: null, notice }
  }
}

/** Lists what restores had replaced that were killed before they could. The caller holds the run lock. */
export async function adoptLeftovers(context: SnapshotContext, store: Store): Promise<readonly Adoption[]> {
  const engine = engines.find((one) => one.databases.includes(context.project.database.id) && one.adoptReplaced !== undefined)
  if (engine === undefined) return []
  const { replaced } = await findRestoreLeftovers(context)
  const adoptions: Adoption[] = []
  for (const name of replaced) adoptions.push(await adoptReplaced(context, engine, name, store))
  return adoptions
}

async function describeReplaced(context: SnapshotContext, engine: SnapshotEngine, replaced: string, store: Store): Promise<Snapshot> {
  const { target } = context.project
  const takenAt = new Date()
  if (engine.adoptReplaced === undefined) throw new Error(`the engine ${engine.id} cannot describe it`)
  const partial = await store.begin({ id: newSnapshotId(target, takenAt), engine: engine.id, targetIdentity: target.identity })
  try {
    const adopted = await engine.adoptReplaced(context, replaced, partial.folder)
    const { serverVersion } = adopted
    const head = {
      takenAt: takenAt.toISOString(),
      reason: 'before restore',
      engine: adopted.engine,
      serverVersion,
      history: adopted.history,
    } as const
    const manifest = await writeDescription(context, partial, adopted, head)
    const sealed = await seal(context, { id: partial.id, folder: partial.folder, manifest }, await readKeysOf(context))
    return { ...sealed, folder: await partial.complete() }
  } catch (error) {
    await partial.discard()
    throw error
  }
}
