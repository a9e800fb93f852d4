import { messageOf } from '../errors.js'
import { timeAfter } from '../util/clock.js'
import { engines } from './engines/index.js'
import { findRestoreLeftovers, removeLeftover } from './restore-leftovers.js'
import type { Snapshot, SnapshotContext, SnapshotEngine } from './snapshot.js'
import { newSnapshotId } from './snapshot-id.js'
import type { Store } from './store.js'
import { readKeysOf, seal, writeDescription } from './write-description.js'

/** What became of something that a restore had replaced. It exists either way; `notice` is for people. */
export interface Adoption {
  readonly snapshot: Snapshot | null
  readonly notice: string
}

/** Lists what a restore kept as a snapshot of its own. The database is restored by then: what fails here is worth a notice, not a failure. */
export async function adoptReplaced(context: SnapshotContext, engine: SnapshotEngine, replaced: string, store: Store): Promise<Adoption> {
  try {
    await context.onStep?.('keep-replaced', { database: replaced })
    const snapshot = (await findListed(store, replaced)) ?? (await describeReplaced(context, engine, replaced, store))
    await context.onStep?.('close-replaced', { database: replaced })
    await engine.closeReplaced?.(context, replaced)
    return { snapshot, notice: `What an interrupted restore had replaced is listed as snapshot ${snapshot.id}.` }
  } catch (error) {
    const notice = `What was there before is kept as the database "${replaced}", but could not be listed as a snapshot: ${messageOf(error)}`
    return { snapshot: null, notice }
  }
}

/**
 * Settles what killed restores left outside the store: what is half-made is removed, what was replaced is listed. Whoever may not look
 * there has left nothing there. The caller holds the run lock.
 * @returns for people: what became of each
 */
export async function settleLeftovers(context: SnapshotContext, store: Store): Promise<readonly string[]> {
  const { disposable, replaced } = await findRestoreLeftovers(context).catch(() => ({ disposable: [], replaced: [] }))
  const notices: string[] = []
  for (const name of disposable) notices.push(await removeHalfMade(context, name))
  const engine = engines.find((one) => one.databases.includes(context.project.database.id) && one.adoptReplaced !== undefined)
  if (engine !== undefined) for (const name of replaced) notices.push((await adoptReplaced(context, engine, name, store)).notice)
  return notices
}

async function removeHalfMade(context: SnapshotContext, name: string): Promise<string> {
  try {
    await removeLeftover(context, name)
    return `The half-made database "${name}", which an interrupted run had left, is removed.`
  } catch (error) {
    return `The half-made database "${name}", which an interrupted run had left, could not be removed: ${messageOf(error)}`
  }
}

/** Killed when it was listed, and not yet closed. */
async function findListed(store: Store, replaced: string): Promise<Snapshot | null> {
  return (await store.list()).usable.find(({ manifest }) => manifest.details.database === replaced) ?? null
}

async function describeReplaced(context: SnapshotContext, engine: SnapshotEngine, replaced: string, store: Store): Promise<Snapshot> {
  const { target } = context.project
  const takenAt = timeAfter((await store.list()).usable[0]?.manifest.takenAt)
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
