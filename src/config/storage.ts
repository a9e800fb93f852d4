import { z } from 'zod'

/** Credentials must not be in it: they come from the environment or a profile. */
const endpoint = z.string().superRefine((text, context) => {
  const add = (message: string) => context.addIssue({ code: 'custom', message })
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) return add('must be a URL that begins with https:// or http://')
  const { username, password, search } = new URL(text)
  if (username !== '' || password !== '' || search !== '')
    add('must hold no user, password or parameters: credentials are read from the environment (AWS_ACCESS_KEY_ID, AWS_PROFILE)')
})

const s3Schema = z.strictObject({
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/, 'must be the name of a bucket alone'),
  /** Folder in the bucket. */
  prefix: z
    .string()
    .regex(/^[^/].*[^/]$|^[^/]$/, 'must neither begin nor end with /')
    .exactOptional(),
  /** Otherwise what the environment or the profile says. */
  region: z.string().min(1).exactOptional(),
  /** Of another service that speaks S3. */
  endpoint: endpoint.exactOptional(),
  /** Bucket in the path instead of the host name. */
  forcePathStyle: z.boolean().exactOptional(),
})

/** Where every snapshot is copied to. */
export const storageSchema = z
  .strictObject({
    s3: s3Schema.exactOptional(),
    /** A folder on another disk or in the network; relative to the project. */
    folder: z.string().min(1).exactOptional(),
  })
  .superRefine(({ s3, folder }, context) => {
    if ((s3 === undefined) === (folder === undefined)) context.addIssue({ code: 'custom', message: 'needs either s3 or folder' })
  })

export type StorageSettings = z.infer<typeof storageSchema>
export type S3Settings = z.infer<typeof s3Schema>
