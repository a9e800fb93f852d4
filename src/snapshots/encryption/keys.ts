import type { Encrypter } from 'age-encryption'
import type { EncryptionSettings } from '../../config/encryption.js'
import { SafeMigrateError } from '../../errors.js'
import { formatQuantity } from '../../util/format.js'
import { Secret } from '../../util/secret.js'
import type { Manifest } from '../manifest.js'
import { readSecretFile, readSecretVariable } from './read-secret.js'

export type EncryptedManifest = Manifest & { readonly encryption: NonNullable<Manifest['encryption']> }

/** What snapshots are encrypted with, read and found good. */
export interface Keys {
  readonly how: EncryptedManifest['encryption']['how']
  /** Empty with a passphrase. */
  readonly recipients: readonly string[]
  readonly passphrase: Secret | null
  readonly identities: readonly Secret[]
}

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]+$/

/** @param root folder that the paths are relative to @throws SafeMigrateError `config`; it never holds what was read */
export async function readKeys(settings: EncryptionSettings, root: string): Promise<Keys> {
  const { recipients = [], passphraseVariable, passphraseFile, identityFile, identityVariable } = settings
  await requireRecipients(recipients)
  const passphrase =
    passphraseVariable !== undefined
      ? readSecretVariable(passphraseVariable, 'passphraseVariable')
      : passphraseFile !== undefined
        ? await readSecretFile(root, passphraseFile, 'passphraseFile')
        : null
  const texts = [
    ...(identityVariable === undefined
      ? []
      : [{ name: 'identityVariable', text: readSecretVariable(identityVariable, 'identityVariable') }]),
    ...(identityFile === undefined ? [] : [{ name: 'identityFile', text: await readSecretFile(root, identityFile, 'identityFile') }]),
  ]
  const identities: Secret[] = []
  for (const { name, text } of texts) identities.push(...(await parseIdentities(text, name)))
  return { how: passphrase === null ? 'recipients' : 'passphrase', recipients, passphrase, identities }
}

/** For people, in a line about a new snapshot. */
export function describeKeys({ how, recipients, identities }: Keys): string {
  if (how === 'passphrase') return 'encrypted with the passphrase'
  const of = `encrypted for ${formatQuantity(recipients.length, 'recipient')}`
  return identities.length > 0 ? of : `${of}; nothing here can decrypt it (no encryption.identityFile): it cannot be restored from here`
}

/** Whether the configuration names what may open it. */
export function canOpen({ encryption }: Manifest, settings: EncryptionSettings | null): boolean {
  if (encryption === null) return true
  if (settings === null) return false
  const { passphraseVariable, passphraseFile, identityFile, identityVariable } = settings
  const hasIdentity = identityFile !== undefined || identityVariable !== undefined
  return encryption.how === 'recipients' ? hasIdentity : passphraseVariable !== undefined || passphraseFile !== undefined
}

/** What the configuration lacks to open it, for people. */
export function missingSetting({ how }: EncryptedManifest['encryption']): string {
  return how === 'passphrase'
    ? 'encryption.passphraseVariable or encryption.passphraseFile'
    : 'encryption.identityFile or encryption.identityVariable'
}

async function requireRecipients(recipients: readonly string[]): Promise<void> {
  if (recipients.length === 0) return
  const encrypter = new (await import('age-encryption')).Encrypter()
  for (const recipient of recipients) addRecipient(encrypter, recipient)
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    throw new SafeMigrateError({
      code: 'config',
      message: `encryption.recipients names ${recipient}, which is no age recipient.`,
      why: 'Its checksum or length is wrong: a character was lost or altered. Nothing was done.',
      next: ['Copy it again: age-keygen -y <identity file> prints it.'],
      cause,
    })
  }
}

async function parseIdentities(text: Secret, name: string): Promise<Secret[]> {
  const { Decrypter } = await import('age-encryption')
  const lines = text
    .reveal()
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const isSound = (line: string) => {
    try {
      new Decrypter().addIdentity(line)
      return true
    } catch {
      return false
    }
  }
  if (lines.length > 0 && lines.every((line) => IDENTITY.test(line) && isSound(line))) return lines.map((line) => new Secret(line))
  throw new SafeMigrateError({
    code: 'config',
    message: `What encryption.${name} names holds no age identity.`,
    why: 'An identity is a line that begins with AGE-SECRET-KEY-1. One that is itself encrypted, or of SSH, cannot be used here.',
    next: ['Make one: age-keygen -o identity.txt', 'Decrypt an encrypted one first: age -d identity.age > identity.txt'],
  })
}
