import type { Fingerprint } from '../databases/fingerprint.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import { removeAbandoned } from '../util/abandoned-folders.js'
import { timeAfter } from '../util/clock.js'
import { settleLeftovers } from './adopt-replaced.js'
import { chooseEngine, type EngineChoice } from './choose.js'
import { describeKeys, type Keys } from './encryption/keys.js'
import { removeStaleOpened } from './encryption/opened-folder.js'
import { findEngine } from './engines/index.js'
import { SCRATCH_FOLDERS } from './engines/sqlite/make-scratch-file.js'
import { packFiles, requirePath } from './files/pack-files.js'
import { readEvidence } from './find-unchanged.js'
import { relocate } from './fingerprint-file.js'
import { diskFullError, requireFreeSpace, watchFreeSpace } from './free-space.js'
import type { Manifest } from './manifest.js'
import type { PartialSnapshot } from './partial-snapshot.js'
import type { Snapshot, SnapshotContext, SnapshotEngine, SnapshotPurpose, TakenSnapshot } from './snapshot.js'
import { readHistoryFrom } from './snapshot-history.js'
import { newSnapshotId } from './snapshot-id.js'
import { storeSnapshot } from './storage/stored-snapshots.js'
import type { Store } from './store.js'
import { verifyFiles } from './verify-files.js'
import { readKeysOf, seal, writeDescription } from './write-description.js'

export interface TakeSnapshotOptions {
  readonly store: Store
  readonly reason: Manifest['reason']
  /** Engine id; `auto` (the default) lets `chooseEngine` choose. */
  readonly engine?: string
  /** Called when the engine is known, before it starts. */
  readonly onChosen?: (choice: EngineChoice) => void
  /** Called with what became of what killed restores had left, for people. */
  readonly onNotice?: (message: string) => void
}

export interface TakenAndVerified extends Snapshot {
  /** Of the very moment that the snapshot shows. */
  readonly fingerprint: Fingerprint
  readonly choice: EngineChoice
}

/**
 * Takes a snapshot of the project's database. When it returns, the snapshot is complete, verified, on disk and copied to where the configuration says.
 * @throws SafeMigrateError `snapshot`; then nothing of it is left, neither in the store nor on the server, unless only the copying failed
 */
export async function takeSnapshot(context: SnapshotContext, options: TakeSnapshotOptions): Promise<TakenAndVerified> {
  const taken = await takeHere(context, options)
  if (context.storage !== null) await storeSnapshot(context.storage, taken, context.onProgress)
  return taken
}

async function takeHere(context: SnapshotContext, options: TakeSnapshotOptions): Promise<TakenAndVerified> {
  const { store } = options
  const keys = await readKeysOf(context)
  await removeStalePartials(context, store)
  for (const notice of await settleLeftovers(context, store)) options.onNotice?.(notice)
  const choice = await choose(context, options, keys)
  options.onChosen?.(choice)
  const { engine } = choice
  // Before the work, and not after it.
  for (const path of context.files) await requirePath(context.project.root, path)
  const history = await readHistoryFrom(context.connection)
  const evidence = await readEvidence(context)
  await requireFreeSpace(
    store.folder,
    await engine.estimateBytes(context),
    context.reserve,
    `a snapshot of ${context.project.target.label}`,
  )
  const takenAt = timeAfter((await store.list()).usable[0]?.manifest.takenAt)
  const { target } = context.project
  const partial = await store.begin({ id: newSnapshotId(target, takenAt), engine: engine.id, targetIdentity: target.identity })
  try {
    const serverVersion = context.connection.serverVersion
    const written = await writeData(context, engine, partial)
    const taken = { ...written, details: { ...written.details, ...evidence } }
    const filePaths = context.files.length === 0 ? {} : { filePaths: [...context.files] }
    const head = { takenAt: takenAt.toISOString(), reason: options.reason, engine: engine.id, serverVersion, history, ...filePaths }
    const manifest = await writeDescription(context, partial, taken, head)
    const snapshot = { id: partial.id, folder: partial.folder, manifest }
    // The others were hashed by reading what had been written.
    const hashedBefore = new Set(taken.files?.map(({ path }) => path))
    await verifyFiles(snapshot, context.onProgress, (path) => hashedBefore.has(path))
    if (!engine.fingerprintsCopy && taken.isReadBack !== true) await engine.verify(context, snapshot, 'rows')
    const sealed = await seal(context, snapshot, keys)
    const folder = await partial.complete()
    return { ...sealed, folder, fingerprint: relocate(taken.fingerprint, folder), choice }
  } catch (error) {
    await undo(context, engine, partial)
    throw diskFullError(error, store.folder) ?? asSnapshotError(context, error)
  }
}

async function choose(context: SnapshotContext, options: TakeSnapshotOptions, keys: Keys | null): Promise<EngineChoice> {
  const choice = await chooseEngine(context, purposeOf(options.reason), options.engine)
  if (keys === null) return choice
  const rest = choice.engine.outside === undefined ? '' : '; what your commands keep elsewhere is not'
  return { ...choice, why: `${choice.why}; ${describeKeys(keys)}${rest}` }
}

/** What the snapshot holds, stopped before the disk is full. */
function writeData(context: SnapshotContext, engine: SnapshotEngine, partial: PartialSnapshot): Promise<TakenSnapshot> {
  return watchFreeSpace(partial.folder, context.reserve, async (signal) => {
    const taken = await engine.take(withSignal(context, signal), partial.folder, partial.id)
    signal.throwIfAborted()
    if (context.files.length > 0) await packFiles(context.project.root, context.files, partial.folder, context.onProgress)
    return taken
  })
}

function withSignal(context: SnapshotContext, signal: AbortSignal): SnapshotContext {
  return {
    ...context,
    get connection() {
      return context.connection
    },
    signal,
  }
}

function purposeOf(reason: Manifest['reason']): SnapshotPurpose {
  if (reason === 'import') return 'manual'
  return reason === 'before restore' ? 'restore' : reason
}

/** Removes what killed runs left in the store and on this database's server. What others may still be writing stays. */
export async function removeStalePartials(context: SnapshotContext, store: Store): Promise<readonly string[]> {
  const { unusable } = await store.list()
  const removed: string[] = []
  await removeStaleOpened(store.folder)
  await removeAbandoned(store.folder, SCRATCH_FOLDERS)
  for (const { id, partial } of unusable) {
    if (partial === null || partial.isBeingWritten) continue
    const { owner } = partial
    if (owner !== null && owner.targetIdentity !== context.project.target.identity) continue
    // Renamed already, and killed before its empty partial was removed: what it left outside belongs to the complete snapshot.
    const isComplete = (await store.list()).usable.some((snapshot) => snapshot.id === id)
    if (owner !== null && !isComplete) await findEngine(owner.engine).discard(context, id, await store.readWithdrawn(id))
    await store.removePartial(id)
    removed.push(id)
  }
  return removed
}

async function undo(context: SnapshotContext, engine: SnapshotEngine, partial: PartialSnapshot): Promise<void> {
  // The first error matters; what cannot be removed now is found again as a stale partial.
  try {
    await engine.discard(context, partial.id, null)
    await partial.discard()
  } catch {
    // Stays listed as partial, never as usable.
  }
}

function asSnapshotError(context: SnapshotContext, error: unknown): unknown {
  if (error instanceof SafeMigrateError) return error
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The snapshot of ${context.project.target.label} could not be taken.`,
    why: `${messageOf(error)}. Nothing was changed, and nothing of the snapshot is left.`,
    cause: error,
  })
}
