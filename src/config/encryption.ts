import { z } from 'zod'

// Upper case only: what is written here is shown in messages, and a passphrase written here by mistake must not be.
const variable = z
  .string()
  .regex(
    /^[A-Z_][A-Z0-9_]*$/,
    'must be the name of an environment variable in upper case, such as SNAPSHOT_PASSPHRASE, never the secret itself',
  )

// https://age-encryption.org/v1: Bech32, lower case. What has this form is looked at once more before it is used.
const recipient = z
  .string()
  .regex(/^age1[02-9ac-hj-np-z]+$/, 'is no age recipient: age-keygen prints one after "Public key:", and it begins with age1')

const file = z.string().min(1)

const WAYS = ['recipients', 'passphraseVariable', 'passphraseFile'] as const

/** How snapshots are encrypted, and what opens them. A secret itself cannot be written here. */
export const encryptionSchema = z
  .strictObject({
    /** Public keys: whoever has one of the identities can open. */
    recipients: z.array(recipient).min(1).exactOptional(),
    /** Environment variable that holds a passphrase. */
    passphraseVariable: variable.exactOptional(),
    /** File that holds nothing but a passphrase; relative to the project. */
    passphraseFile: file.exactOptional(),
    /** File with the identities (`AGE-SECRET-KEY-1…`) that open what was encrypted for recipients. */
    identityFile: file.exactOptional(),
    /** Environment variable that holds an identity. */
    identityVariable: variable.exactOptional(),
  })
  .superRefine((settings, context) => {
    const ways = WAYS.filter((way) => settings[way] !== undefined)
    if (ways.length === 1) return
    const message = ways.length === 0 ? `needs one of ${WAYS.join(', ')}` : `names ${ways.join(' and ')}: only one of them can be`
    context.addIssue({ code: 'custom', message })
  })

export type EncryptionSettings = z.infer<typeof encryptionSchema>
