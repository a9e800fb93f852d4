import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fingerprint } from '../databases/fingerprint.js'
import { sha256OfText } from '../util/sha256.js'
import { withReadable } from './encryption/open-snapshot.js'
import { findInequalities, referenceTo } from './equal-fingerprints.js'
import { walk } from './files/walk.js'
import { FINGERPRINT_FILE, readFingerprint } from './fingerprint-file.js'
import { isWhole } from './is-whole.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'
import type { Store } from './store.js'

/** Names of the manifest's details that hold evidence. */
export const DATABASE_EVIDENCE = 'changeEvidence'
export const FILES_EVIDENCE = 'filesEvidence'

/** Milliseconds: files that changed less long ago could change once more and bear the same times. */
const RECENT = 2500

/** A snapshot that shows what is there now. */
export interface UnchangedSnapshot {
  readonly snapshot: Snapshot
  /** For people: how that is known. */
  readonly how: string
}

/** What tells later whether anything changed since now; to be read before the snapshot's own moment. Nothing where it cannot be read. */
export async function readEvidence(context: SnapshotContext): Promise<Readonly<Record<string, string>>> {
  const evidence = await context.project.database.changeEvidence()
  const [database, files] = await Promise.all([
    evidence.read(context.connection).catch(() => null),
    readFilesEvidence(context).catch(() => null),
  ])
  return { ...(database === null ? {} : { [DATABASE_EVIDENCE]: database }), ...(files === null ? {} : { [FILES_EVIDENCE]: files }) }
}

/**
 * The last snapshot of the database, when nothing changed since. In doubt, null: a needless snapshot costs less than a missing one.
 * @param options.exact compares the contents even where the evidence is certain
 */
export async function findUnchanged(
  context: SnapshotContext,
  store: Store,
  { exact, engine }: { readonly exact: boolean; readonly engine: string },
): Promise<UnchangedSnapshot | null> {
  const { target, database } = context.project
  const snapshot = (await store.list()).usable.find(({ manifest }) => manifest.targetIdentity === target.identity)
  if (engine !== 'auto' && engine !== snapshot?.manifest.engine) return null
  if (snapshot === undefined || !(await isWhole(context, snapshot)) || !(await hasSameFiles(context, snapshot))) return null
  // What was taken before the configuration said encryption is to be followed by one that is.
  if ((snapshot.manifest.encryption === null) !== (context.encryption === null)) return null
  const evidence = await database.changeEvidence()
  const now = await evidence.read(context.connection).catch(() => null)
  const then = snapshot.manifest.details[DATABASE_EVIDENCE]
  const verdict = now === null ? 'changed' : evidence.compare(typeof then === 'string' ? then : null, now)
  if (verdict === 'changed') return null
  if (verdict === 'unchanged' && !exact) return { snapshot, how: `${database.name} has written nothing since` }
  if (snapshot.manifest.serverVersion !== context.connection.serverVersion) return null
  // It may have been encrypted for others, or with an earlier passphrase.
  const expected = await withReadable(context, snapshot, readFingerprint, [FINGERPRINT_FILE]).catch(() => null)
  if (expected === null) return null
  const actual = await database.fingerprint(context.connection, { ...referenceTo(expected), onProgress: context.onProgress })
  const differs = findInequalities(expected, actual, { digests: true, definitions: true, sequences: true }).length > 0
  return differs || !isComplete(expected) || !isComplete(actual) ? null : { snapshot, how: 'every row and every definition was compared' }
}

/** Whether the fingerprint stands for all that is there. */
function isComplete({ tables, unread = [], largeObjects }: Fingerprint): boolean {
  return (
    unread.length === 0 &&
    largeObjects?.digest !== null &&
    tables.every(
      ({ level, rowDigest, columns }) => level === undefined && rowDigest !== null && columns.every(({ digest }) => digest !== null),
    )
  )
}

async function hasSameFiles(context: SnapshotContext, { manifest }: Snapshot): Promise<boolean> {
  if (JSON.stringify(manifest.filePaths ?? []) !== JSON.stringify(context.files)) return false
  if (context.files.length === 0) return true
  const now = await readFilesEvidence(context).catch(() => null)
  return now !== null && manifest.details[FILES_EVIDENCE] === now
}

/** Null when there are none, or when one was changed just now. */
async function readFilesEvidence({ project, files }: SnapshotContext): Promise<string | null> {
  if (files.length === 0) return null
  const lines: string[] = []
  for (const path of files) {
    for await (const { path: name } of walk(project.root, path)) {
      const { size, ino, mtimeNs, ctimeNs, mode } = await lstat(join(project.root, name), { bigint: true })
      if (Date.now() - Number(ctimeNs / 1_000_000n) < RECENT) return null
      lines.push([name, size, ino, mtimeNs, ctimeNs, mode].join('\0'))
    }
  }
  return sha256OfText(lines.join('\n'))
}
