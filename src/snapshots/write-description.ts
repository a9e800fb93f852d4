import { join } from 'node:path'
import { syncTree, writePrivateFile } from '../util/durable-files.js'
import { type Keys, readKeys } from './encryption/keys.js'
import { sealSnapshot } from './encryption/seal-snapshot.js'
import { writeFingerprint } from './fingerprint-file.js'
import { watchFreeSpace } from './free-space.js'
import { MANIFEST_FORMAT, type Manifest } from './manifest.js'
import { tablesOf } from './manifest-tables.js'
import type { PartialSnapshot } from './partial-snapshot.js'
import { MANIFEST_FILE, readManifest, writeManifest } from './read-manifest.js'
import type { Snapshot, SnapshotContext, TakenSnapshot } from './snapshot.js'
import { toolVersion } from './tool-version.js'
import { hashFiles, verifyFiles } from './verify-files.js'

/** Writes fingerprint.json and, last, manifest.json, and reads the manifest back. */
export async function writeDescription(
  context: SnapshotContext,
  partial: Pick<PartialSnapshot, 'id' | 'folder'>,
  taken: TakenSnapshot,
  head: Pick<Manifest, 'takenAt' | 'reason' | 'engine' | 'serverVersion' | 'history' | 'filePaths'>,
): Promise<Manifest> {
  const { project } = context
  await writeFingerprint(partial.folder, taken.fingerprint)
  await syncTree(partial.folder)
  const files = await hashFiles(partial.folder, context.onProgress, taken.files)
  const text = writeManifest({
    format: MANIFEST_FORMAT,
    id: partial.id,
    ...head,
    toolVersion: toolVersion(),
    details: { ...taken.details },
    provider: project.provider,
    target: project.target.label,
    targetIdentity: project.target.identity,
    tables: tablesOf(taken.fingerprint),
    ...(taken.notCarried === undefined || taken.notCarried.length === 0 ? {} : { notCarried: [...taken.notCarried] }),
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    compression: typeof taken.details.compression === 'string' ? taken.details.compression : null,
    encryption: null,
  })
  await writePrivateFile(join(partial.folder, MANIFEST_FILE), text)
  return readManifest(partial.folder, partial.id)
}

/** Null when snapshots are not to be encrypted. @throws SafeMigrateError `config` */
export async function readKeysOf({ encryption, project }: SnapshotContext): Promise<Keys | null> {
  return encryption === null ? null : readKeys(encryption, project.root)
}

/** Encrypts a snapshot that is not complete yet, where that is configured, and verifies what became of it. */
export async function seal(context: SnapshotContext, snapshot: Snapshot, keys: Keys | null): Promise<Snapshot> {
  if (keys === null) return snapshot
  const { onProgress } = context
  const manifest = await watchFreeSpace(snapshot.folder, context.reserve, (signal) => sealSnapshot(snapshot, { keys, onProgress, signal }))
  const sealed = { ...snapshot, manifest }
  await verifyFiles(sealed, onProgress)
  return sealed
}
