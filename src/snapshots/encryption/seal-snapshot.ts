import { createReadStream, createWriteStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Encrypter } from 'age-encryption'
import { PRIVATE_FILE, syncFile, syncTree, writePrivateFile } from '../../util/durable-files.js'
import { type OnProgress, startStep } from '../../util/progress.js'
import { Sha256Stream } from '../../util/sha256.js'
import type { Manifest } from '../manifest.js'
import { MANIFEST_FILE, readManifest, writeManifest } from '../read-manifest.js'
import type { Snapshot } from '../snapshot.js'
import { hashFiles } from '../verify-files.js'
import { encryptedName, KEY_FILE } from './encrypted-name.js'
import type { Keys } from './keys.js'

export interface SealOptions {
  readonly keys: Keys
  readonly onProgress: OnProgress
  readonly signal?: AbortSignal
}

/**
 * Replaces each file of a snapshot that is not complete yet by an encrypted one, its manifest too; what is left readable in the new
 * manifest has no digest of what the database holds.
 * @param snapshot verified: what is encrypted is compared with its hashes
 */
export async function sealSnapshot(snapshot: Snapshot, options: SealOptions): Promise<Manifest> {
  const { folder, manifest } = snapshot
  const encrypter = await makeEncrypter(folder, options.keys)
  const progress = startStep(options.onProgress, 'Encrypting the snapshot', manifest.bytes, 'bytes')
  for (const { path, sha256 } of [...manifest.files, { path: MANIFEST_FILE, sha256: null }]) {
    const hashed = new Sha256Stream(progress.add)
    await encryptFile(encrypter, folder, path, hashed, options.signal)
    const found = hashed.digest()
    if (sha256 !== null && found !== sha256) throw new Error(`${path} changed after it had been verified`)
    await rm(join(folder, path))
  }
  await syncTree(folder)
  const files = await hashFiles(folder, options.onProgress)
  const { checksum: _, ...head } = manifest
  const text = writeManifest({
    ...head,
    // A digest of a small table can be found by trying.
    tables: manifest.tables.map((table) => ({ ...table, digest: null })),
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    encryption: { format: 'age', how: options.keys.how },
  })
  await writePrivateFile(join(folder, MANIFEST_FILE), text)
  return readManifest(folder, snapshot.id)
}

// age allows one passphrase a file and nothing beside it. https://age-encryption.org/v1
async function makeEncrypter(folder: string, { recipients, passphrase }: Keys): Promise<Encrypter> {
  const age = await import('age-encryption')
  const encrypter = new age.Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  if (passphrase === null) return encrypter
  const identity = await age.generateX25519Identity()
  encrypter.addRecipient(await age.identityToRecipient(identity))
  const ofPassphrase = new age.Encrypter()
  ofPassphrase.setPassphrase(passphrase.reveal())
  const file = join(folder, KEY_FILE)
  await writeFile(file, await ofPassphrase.encrypt(`${identity}\n`), { mode: PRIVATE_FILE, flag: 'wx' })
  return encrypter
}

/** @param hashed what is read goes through it */
async function encryptFile(
  encrypter: Encrypter,
  folder: string,
  path: string,
  hashed: Sha256Stream,
  signal: AbortSignal | undefined,
): Promise<void> {
  const source = createReadStream(join(folder, path), { highWaterMark: 1 << 20 }).on('error', (error) => hashed.destroy(error))
  source.pipe(hashed)
  const encrypted = await encrypter.encrypt(Readable.toWeb(hashed) as ReadableStream<Uint8Array>)
  const target = createWriteStream(join(folder, encryptedName(path)), { flags: 'wx', mode: PRIVATE_FILE })
  await pipeline(encrypted, target, signal === undefined ? {} : { signal })
  // Before the original goes.
  await syncFile(join(folder, encryptedName(path)))
}
