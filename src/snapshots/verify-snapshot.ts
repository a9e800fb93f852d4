import { isDeepStrictEqual } from 'node:util'
import { SafeMigrateError } from '../errors.js'
import { findEngine } from './engines/index.js'
import { readFingerprint } from './fingerprint-file.js'
import { tablesOf } from './manifest-tables.js'
import { readManifest } from './read-manifest.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'
import { verifyFiles } from './verify-files.js'

/**
 * Proves that a snapshot is what was written: manifest, every file's SHA-256, and the data inside as its engine reads it.
 * @throws SafeMigrateError `snapshot` that says what is wrong and what to do
 */
export async function verifySnapshot(context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  const engine = findEngine(snapshot.manifest.engine)
  const manifest = await readManifest(snapshot.folder)
  const current = { ...snapshot, manifest }
  await verifyFiles(current, context.onProgress)
  const fingerprint = await readFingerprint(current)
  if (!isDeepStrictEqual(tablesOf(fingerprint), manifest.tables)) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `Snapshot ${snapshot.id} contradicts itself: its manifest and its fingerprint name other rows.`,
      why: 'What it holds cannot be trusted.',
      next: ['Use another one: safe-migrate snapshot list'],
    })
  }
  await engine.verify(context, current)
}
