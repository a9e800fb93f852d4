import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Decrypter } from 'age-encryption'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../util/durable-files.js'
import { startStep } from '../../util/progress.js'
import { Sha256Stream } from '../../util/sha256.js'
import { requireFreeSpace, watchFreeSpace } from '../free-space.js'
import type { Manifest } from '../manifest.js'
import { MANIFEST_FILE, readManifest } from '../read-manifest.js'
import type { Snapshot, SnapshotContext } from '../snapshot.js'
import { encryptedName, KEY_FILE } from './encrypted-name.js'
import { canOpen, type EncryptedManifest, type Keys, missingSetting, readKeys } from './keys.js'
import { makeOpenedFolder, removeStaleOpened } from './opened-folder.js'

export type OpeningContext = Pick<SnapshotContext, 'project' | 'encryption' | 'reserve' | 'onProgress'>

/** A snapshot whose files can be read as its engine wrote them. */
export interface OpenedSnapshot {
  readonly snapshot: Snapshot
  /** Removes what was decrypted. */
  close(): Promise<void>
}

/**
 * Decrypts a snapshot into a private folder for the time of `work`; one that is not encrypted is taken as it is.
 * @param only files to decrypt, all when left out
 * @throws SafeMigrateError `snapshot` when it cannot be opened here
 */
export async function withReadable<T>(
  context: OpeningContext,
  snapshot: Snapshot,
  work: (readable: Snapshot) => Promise<T>,
  only?: readonly string[],
): Promise<T> {
  const opened = await openSnapshot(context, snapshot, only)
  try {
    return await work(opened.snapshot)
  } finally {
    await opened.close()
  }
}

/** See `withReadable`. The caller closes it. */
export async function openSnapshot(context: OpeningContext, snapshot: Snapshot, only?: readonly string[]): Promise<OpenedSnapshot> {
  const { manifest } = snapshot
  if (!isEncrypted(manifest)) return { snapshot, close: async () => {} }
  requireOpening(context, snapshot)
  const keys = await readKeys(context.encryption ?? {}, context.project.root)
  const store = dirname(snapshot.folder)
  await removeStaleOpened(store)
  const bytes = manifest.files.reduce((sum, { path, bytes }) => sum + (isWanted(path, only) ? bytes : 0), 0)
  await requireFreeSpace(
    store,
    bytes,
    context.reserve,
    `a decrypted copy of snapshot ${snapshot.id}`,
    'It is needed to read from it. Nothing was changed.',
  )
  const decrypter = await makeDecrypter(snapshot, manifest, keys)
  const opened = await makeOpenedFolder(store, snapshot.id)
  try {
    const inner = await watchFreeSpace(store, context.reserve, (signal) =>
      decryptAll(context, snapshot, opened.folder, { decrypter, only, signal }),
    )
    return { snapshot: { ...snapshot, folder: opened.folder, manifest: inner }, close: opened.remove }
  } catch (error) {
    await opened.remove()
    throw error
  }
}

/** @throws SafeMigrateError `snapshot` when the configuration does not name what opens it */
export function requireOpening({ encryption }: Pick<OpeningContext, 'encryption'>, { id, manifest }: Snapshot): void {
  if (!isEncrypted(manifest) || canOpen(manifest, encryption)) return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${id} is encrypted, and nothing here can decrypt it.`,
    why: `It was encrypted ${manifest.encryption.how === 'passphrase' ? 'with a passphrase' : 'for recipients'}, and the configuration names no ${missingSetting(manifest.encryption)}. Nothing was changed.`,
    next: [`Set ${missingSetting(manifest.encryption)} in safe-migrate.config, here or where the secret is.`],
  })
}

function isEncrypted(manifest: Manifest): manifest is EncryptedManifest {
  return manifest.encryption !== null
}

function isWanted(path: string, only: readonly string[] | undefined): boolean {
  return only === undefined || path === encryptedName(MANIFEST_FILE) || only.some((one) => encryptedName(one) === path)
}

async function makeDecrypter(snapshot: Snapshot, { encryption }: EncryptedManifest, { passphrase, identities }: Keys): Promise<Decrypter> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity.reveal())
  if (encryption.how === 'recipients' || passphrase === null) return decrypter
  const ofPassphrase = new Decrypter()
  ofPassphrase.addPassphrase(passphrase.reveal())
  try {
    decrypter.addIdentity((await ofPassphrase.decrypt(await readFile(join(snapshot.folder, KEY_FILE)), 'text')).trim())
  } catch (error) {
    throw notDecrypted(snapshot, KEY_FILE, error)
  }
  return decrypter
}

interface Decryption {
  readonly decrypter: Decrypter
  readonly only: readonly string[] | undefined
  readonly signal: AbortSignal
}

/** @returns the manifest of what was decrypted */
async function decryptAll(context: OpeningContext, snapshot: Snapshot, folder: string, work: Decryption): Promise<Manifest> {
  await decryptFile(snapshot, MANIFEST_FILE, folder, work)
  const inner = await readManifest(folder, snapshot.id)
  requireSameSnapshot(snapshot, inner)
  const wanted = inner.files.filter(({ path }) => isWanted(encryptedName(path), work.only))
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = startStep(context.onProgress, 'Decrypting the snapshot', total, 'bytes')
  for (const { path, sha256 } of wanted) {
    const found = await decryptFile(snapshot, path, folder, work, progress.add)
    if (found !== sha256) throw contradicts(snapshot, `${path} is not what was encrypted`)
  }
  return inner
}

// Whoever knows a recipient can encrypt for it: what is inside must be what the manifest outside says.
function requireSameSnapshot(snapshot: Snapshot, inner: Manifest): void {
  const essence = ({ engine, takenAt, targetIdentity, provider, tables }: Manifest) =>
    JSON.stringify([engine, takenAt, targetIdentity, provider, tables.map(({ schema, name, rows }) => [schema, name, rows])])
  if (essence(snapshot.manifest) !== essence(inner)) throw contradicts(snapshot, 'its manifest says other things than the encrypted one')
  const outside = new Set(snapshot.manifest.files.map(({ path }) => path))
  const missing = inner.files.find(({ path }) => !outside.has(encryptedName(path)))
  if (missing !== undefined) throw contradicts(snapshot, `${encryptedName(missing.path)} is missing`)
}

function contradicts(snapshot: Snapshot, what: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} contradicts itself: ${what}.`,
    why: 'What it holds cannot be trusted.',
    next: ['Use another one: safe-migrate snapshot list'],
  })
}

/** @returns SHA-256 of what was written */
async function decryptFile(
  snapshot: Snapshot,
  path: string,
  folder: string,
  { decrypter, signal }: Decryption,
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const source = createReadStream(join(snapshot.folder, encryptedName(path)), { highWaterMark: 1 << 20 })
  const hashed = new Sha256Stream(onBytes)
  try {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: PRIVATE_FOLDER })
    const plain = await decrypter.decrypt(Readable.toWeb(source) as ReadableStream<Uint8Array>)
    await pipeline(plain, hashed, createWriteStream(join(folder, path), { flags: 'wx', mode: PRIVATE_FILE }), { signal })
    return hashed.digest()
  } catch (error) {
    if (signal.aborted || isOfTheSystem(error)) throw error
    throw notDecrypted(snapshot, encryptedName(path), error)
  } finally {
    source.destroy()
  }
}

function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function notDecrypted(snapshot: Snapshot, file: string, error: unknown): SafeMigrateError {
  const { encryption } = snapshot.manifest
  const isOtherKey = /no identity matched/.test(messageOf(error))
  const setting = encryption === null ? '' : missingSetting(encryption)
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} could not be decrypted${isOtherKey ? `: what ${setting} gives does not open it` : ''}.`,
    why: isOtherKey
      ? 'It was encrypted with another passphrase or for another identity. Nothing was changed.'
      : `${file} is damaged: ${messageOf(error)}. Nothing was changed.`,
    next: isOtherKey
      ? [`Set ${setting} to what held when the snapshot was taken (${snapshot.manifest.takenAt}).`]
      : [`safe-migrate snapshot verify ${snapshot.id}`, 'Use another one: safe-migrate snapshot list'],
  })
}
