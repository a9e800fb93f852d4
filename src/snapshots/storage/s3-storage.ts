import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import type { S3Settings } from '../../config/storage.js'
import { isSnapshotId } from '../snapshot-id.js'
import { s3Error, sdkMissing } from './s3-error.js'
import type { SnapshotStorage, StoredObject } from './storage.js'

/** Milliseconds until a connection stands, and between two signs of life of one. */
const CONNECT = 10_000
const SILENCE = 60_000
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MOST_PARTS = 10_000
const PART_BYTES = 8 << 20

interface Sdk {
  readonly client: S3Client
  readonly s3: typeof import('@aws-sdk/client-s3')
  readonly Upload: typeof import('@aws-sdk/lib-storage').Upload
}

/** A bucket that speaks S3. Credentials come from the SDK's own chain: environment, profile, role. */
export function openS3Storage(settings: S3Settings): SnapshotStorage {
  const { bucket: Bucket, prefix } = settings
  const label = `s3://${Bucket}${prefix === undefined ? '' : `/${prefix}`}`
  const base = prefix === undefined ? '' : `${prefix}/`
  const keyOf = (id: string, path: string) => `${base}${id}/${path}`
  let sdk: Promise<Sdk> | undefined
  const using = async <T>(what: string, work: (loaded: Sdk) => Promise<T>): Promise<T> => {
    sdk ??= loadSdk(settings)
    const loaded = await sdk
    return work(loaded).catch((error: unknown) => Promise.reject(s3Error(label, what, error)))
  }
  return {
    label,
    listIds: () =>
      using('listed', async ({ client, s3 }) => {
        const ids: string[] = []
        const pages = s3.paginateListObjectsV2({ client }, { Bucket, Prefix: base, Delimiter: '/' })
        for await (const page of pages) for (const { Prefix = '' } of page.CommonPrefixes ?? []) ids.push(Prefix.slice(base.length, -1))
        return ids.filter(isSnapshotId)
      }),
    listObjects: (id) =>
      using('listed', async ({ client, s3 }) => {
        const objects: StoredObject[] = []
        const start = keyOf(id, '')
        for await (const page of s3.paginateListObjectsV2({ client }, { Bucket, Prefix: start }))
          for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
            objects.push({ path: Key.slice(start.length), bytes: Size, changedAt: LastModified ?? new Date() })
        return objects
      }),
    readText: (id, path) =>
      using('read', async ({ client, s3 }) => {
        try {
          const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: keyOf(id, path) }))
          return (await Body?.transformToString('utf-8')) ?? null
        } catch (error) {
          if (error instanceof s3.NoSuchKey) return null
          throw error
        }
      }),
    read: (id, path) =>
      using(`read (${id}/${path})`, async ({ client, s3 }) => {
        const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: keyOf(id, path) }))
        if (!(Body instanceof Readable)) throw new Error('it has no content')
        // A connection that breaks in the middle: the same words as at its beginning.
        const lost = Body
        return lost.on('error', (error) => Object.assign(error, { storage: label }))
      }),
    write: (id, path, file, onBytes = () => {}) =>
      using('written', async ({ client, Upload }) => {
        const { size } = await stat(file)
        const Body = createReadStream(file, { highWaterMark: 1 << 20 })
        // Aborts the parts that it wrote when it fails.
        const upload = new Upload({
          client,
          params: { Bucket, Key: keyOf(id, path), Body, ContentLength: size },
          partSize: Math.max(PART_BYTES, Math.ceil(size / (MOST_PARTS - 1))),
          queueSize: 2,
        })
        let written = 0
        upload.on('httpUploadProgress', ({ loaded = written }) => {
          // The parts of a file end in any order.
          onBytes(Math.max(0, loaded - written))
          written = Math.max(written, loaded)
        })
        await upload.done().finally(() => Body.destroy())
      }),
    remove: (id, path) =>
      using('removed', async ({ client, s3 }) => {
        await client.send(new s3.DeleteObjectCommand({ Bucket, Key: keyOf(id, path) }))
      }),
    removeInterrupted: (before) =>
      using('cleaned up', async ({ client, s3 }) => {
        const { Uploads = [] } = await client.send(new s3.ListMultipartUploadsCommand({ Bucket, Prefix: base })).catch(orNotImplemented)
        for (const { Key = '', UploadId, Initiated } of Uploads)
          if (isSnapshotId(Key.slice(base.length).split('/')[0] ?? '') && Initiated !== undefined && Initiated < before)
            await client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
      }),
  }
}

/** A service that cannot list them may have none, and is no reason to stop. */
function orNotImplemented(error: unknown): { readonly Uploads?: [] } {
  if (error instanceof Error && error.name === 'NotImplemented') return {}
  throw error
}

async function loadSdk({ region, endpoint, forcePathStyle }: S3Settings): Promise<Sdk> {
  const [s3, { Upload }] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]).catch((error: unknown) =>
    Promise.reject(sdkMissing(error)),
  )
  const client = new s3.S3Client({
    // Not every service that speaks S3 knows the newer checksums, and every file has its SHA-256 in the manifest.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT, socketTimeout: SILENCE },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
  })
  return { client, s3, Upload }
}
