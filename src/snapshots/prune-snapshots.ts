import type { RetentionPolicy } from '../config/retention.js'
import { messageOf } from '../errors.js'
import { startStep } from '../util/progress.js'
import { engines } from './engines/index.js'
import { isWhole } from './is-whole.js'
import { removeSnapshot } from './remove-snapshot.js'
import { decideRetention, type RetentionDecision } from './retention.js'
import type { SnapshotContext } from './snapshot.js'
import { listEverywhere, type PlacedSnapshot } from './storage/everywhere.js'
import { isStoredWhole, removeStaleStored, removeStored, type UnusableStored } from './storage/stored-snapshots.js'
import type { Store, UnusableSnapshot } from './store.js'
import { removeStalePartials } from './take-snapshot.js'

export interface PruneOptions {
  readonly store: Store
  readonly policy: RetentionPolicy
  /** Snapshots that must stay, by id, and why. */
  readonly holds: ReadonlyMap<string, string>
  readonly now: Date
  /** Decides, and removes nothing. */
  readonly dryRun: boolean
}

/** A snapshot, and what became of it or would. */
export interface PrunedSnapshot extends RetentionDecision {
  readonly target: string
  readonly takenAt: string
  readonly bytes: number
  /** Where it is, or was: here and elsewhere. */
  readonly places: readonly string[]
  /** Why it could not be removed; null otherwise. */
  readonly problem: string | null
}

/** What is no usable snapshot. `next` says how it goes away where that was not done. */
export interface PrunedPartial {
  readonly id: string
  readonly why: string
  readonly removed: boolean
  readonly next: string | null
}

export interface Pruned {
  readonly snapshots: readonly PrunedSnapshot[]
  readonly partials: readonly PrunedPartial[]
}

/** Removes what the policy does not keep, and what killed runs left. What cannot be removed is named, and stops nothing. The caller holds the run lock. */
export async function pruneSnapshots(context: SnapshotContext, options: PruneOptions): Promise<Pruned> {
  const { store, dryRun } = options
  const { usable, unusable, unusableStored } = await listEverywhere(store, context.storage)
  const decisions = await decideSnapshots(context, usable, options)
  const snapshots: PrunedSnapshot[] = []
  const doomed = dryRun ? 0 : decisions.filter(({ keep }) => !keep).length
  const progress = startStep(context.onProgress, 'Removing snapshots', doomed, 'snapshots')
  for (const { id, keep, reasons } of decisions) {
    const snapshot = usable.find((one) => one.id === id)
    if (snapshot === undefined) continue
    const { target, takenAt, bytes } = snapshot.manifest
    const problem = keep || dryRun ? null : await tryToRemove(() => removeEverywhere(context, store, snapshot))
    if (!keep) progress.add(1)
    snapshots.push({ id, keep, reasons, target, takenAt, bytes, places: snapshot.places, problem })
  }
  const partials = [...(await prunePartials(context, store, unusable, dryRun)), ...(await pruneStored(context, unusableStored, dryRun))]
  return { snapshots, partials }
}

/** Elsewhere first: what is here is found again when that fails. */
export async function removeEverywhere(context: SnapshotContext, store: Store, snapshot: PlacedSnapshot): Promise<void> {
  if (snapshot.isStored && context.storage !== null) await removeStored(context.storage, snapshot.id)
  if (snapshot.isHere) await removeSnapshot(context, store, snapshot)
}

async function pruneStored({ storage }: SnapshotContext, unusable: readonly UnusableStored[], dryRun: boolean): Promise<PrunedPartial[]> {
  if (storage === null) return []
  let removed: readonly string[] = []
  const problem = dryRun
    ? null
    : await tryToRemove(async () => {
        removed = await removeStaleStored(storage, unusable)
      })
  const next = (isStale: boolean) =>
    problem ?? (isStale ? 'safe-migrate snapshot prune removes it' : 'safe-migrate snapshot prune removes it a day after its last change')
  return unusable.map(({ id, why, isStale }) => {
    const isGone = removed.includes(id)
    return { id, why, removed: isGone, next: isGone ? null : next(isStale) }
  })
}

/** Which of these stay, and why. */
export async function decideSnapshots(
  context: SnapshotContext,
  usable: readonly PlacedSnapshot[],
  options: Pick<PruneOptions, 'policy' | 'holds' | 'now'>,
): Promise<readonly RetentionDecision[]> {
  const candidates = await Promise.all(
    usable.map(async (snapshot) => {
      const { id, manifest } = snapshot
      return {
        id,
        takenAt: manifest.takenAt,
        bytes: manifest.bytes,
        database: manifest.targetIdentity,
        heldBy: options.holds.get(id) ?? ofAnotherServer(context, snapshot),
        isWhole: (snapshot.isHere && (await isWhole(context, snapshot))) || (await isWholeElsewhere(context, snapshot)),
        isBeforeRestore: manifest.reason === 'before restore',
      }
    }),
  )
  return decideRetention(candidates, options.policy, options.now)
}

async function isWholeElsewhere({ storage }: SnapshotContext, snapshot: PlacedSnapshot): Promise<boolean> {
  return snapshot.isStored && storage !== null && isStoredWhole(storage, snapshot)
}

/** Why it can only be removed elsewhere; null when it can be removed here. What lies elsewhere can only be removed through the database that it was taken of. */
export function ofAnotherServer(context: SnapshotContext, { id, manifest, isHere }: PlacedSnapshot): string | null {
  const engine = engines.find(({ id }) => id === manifest.engine)
  if (engine === undefined) return `it was taken by the engine "${manifest.engine}", which this version of safe-migrate does not have`
  if (engine.outside !== undefined && !isHere) return `its data is not in its folder: safe-migrate snapshot fetch ${id} first`
  if (engine.outside === undefined || manifest.targetIdentity === context.project.target.identity) return null
  return `its data is not in its folder: prune it from the project of ${manifest.target}`
}

async function prunePartials(
  context: SnapshotContext,
  store: Store,
  unusable: readonly UnusableSnapshot[],
  dryRun: boolean,
): Promise<PrunedPartial[]> {
  const removed = dryRun ? [] : await removeStalePartials(context, store)
  const pruned: PrunedPartial[] = []
  for (const entry of unusable) {
    const { id, folder, partial, why } = entry
    if (removed.includes(id)) pruned.push({ id, why, removed: true, next: null })
    else if (partial === null || partial.isBeingWritten)
      pruned.push({ id, why, removed: false, next: `When you are sure that nobody needs it: rm -r ${quote(folder)}` })
    else if (partial.owner === null || partial.owner.targetIdentity === context.project.target.identity)
      pruned.push({ id, why, removed: false, next: 'safe-migrate snapshot prune removes it' })
    else pruned.push(await pruneOthers(store, entry, partial.owner.engine, dryRun))
  }
  return pruned
}

/** Of another database: its folder is all there is, unless its engine keeps data elsewhere. */
async function pruneOthers(store: Store, { id, why }: UnusableSnapshot, engine: string, dryRun: boolean): Promise<PrunedPartial> {
  const isAlone = engines.some((one) => one.id === engine && one.outside === undefined)
  if (!isAlone)
    return { id, why, removed: false, next: 'It is of another database: safe-migrate snapshot prune in that project removes it' }
  if (dryRun) return { id, why, removed: false, next: 'safe-migrate snapshot prune removes it' }
  const problem = await tryToRemove(() => store.removePartial(id))
  return { id, why, removed: problem === null, next: problem }
}

async function tryToRemove(remove: () => Promise<void>): Promise<string | null> {
  try {
    await remove()
    return null
  } catch (error) {
    return messageOf(error)
  }
}

function quote(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`
}
