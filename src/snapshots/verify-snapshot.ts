import { isDeepStrictEqual } from 'node:util'
import { SafeMigrateError } from '../errors.js'
import { canOpen, missingSetting } from './encryption/keys.js'
import { requireOpening, withReadable } from './encryption/open-snapshot.js'
import { findEngine } from './engines/index.js'
import { readFingerprint } from './fingerprint-file.js'
import { tablesOf } from './manifest-tables.js'
import { readManifest } from './read-manifest.js'
import type { Snapshot, SnapshotContext, VerifyDepth } from './snapshot.js'
import { verifyFiles } from './verify-files.js'

/**
 * Proves that a snapshot is what was written: manifest, every file's SHA-256, and the data inside as its engine reads it.
 * @returns what could not be looked at here, for people; null when nothing was left out
 * @throws SafeMigrateError `snapshot` that says what is wrong and what to do
 */
export async function verifySnapshot(context: SnapshotContext, snapshot: Snapshot): Promise<string | null> {
  const current = await verifyWhole(context, snapshot)
  const { encryption } = current.manifest
  if (encryption !== null && !canOpen(current.manifest, context.encryption))
    return `Snapshot ${snapshot.id} is encrypted, and nothing here can decrypt it: its files are as they were written, what is in them was not read. To read it, set ${missingSetting(encryption)}.`
  await withReadable(context, current, (readable) => verifyContents(context, readable, 'all'))
  return null
}

/**
 * Verifies a snapshot, opens it, and works with it.
 * @param isToBeRestored whether `work` is a whole restore: an engine that proves it is not asked to read the data twice
 * @throws SafeMigrateError `snapshot` also when it cannot be decrypted here
 */
export async function withVerified<T>(
  context: SnapshotContext,
  snapshot: Snapshot,
  work: (readable: Snapshot) => Promise<T>,
  isToBeRestored = false,
): Promise<T> {
  requireOpening(context, snapshot)
  return withReadable(context, await verifyWhole(context, snapshot), async (readable) => {
    await verifyContents(context, readable, 'rows', isToBeRestored)
    return work(readable)
  })
}

async function verifyWhole(context: SnapshotContext, snapshot: Snapshot): Promise<Snapshot> {
  const current = { ...snapshot, manifest: await readManifest(snapshot.folder) }
  await verifyFiles(current, context.onProgress)
  return current
}

async function verifyContents(context: SnapshotContext, snapshot: Snapshot, depth: VerifyDepth, isToBeRestored = false): Promise<void> {
  const { manifest } = snapshot
  const engine = findEngine(manifest.engine)
  if (!isDeepStrictEqual(tablesOf(await readFingerprint(snapshot)), manifest.tables)) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `Snapshot ${snapshot.id} contradicts itself: its manifest and its fingerprint name other rows.`,
      why: 'What it holds cannot be trusted.',
      next: ['Use another one: safe-migrate snapshot list'],
    })
  }
  if (!isToBeRestored || engine.provesRestore !== true) await engine.verify(context, snapshot, depth)
}
