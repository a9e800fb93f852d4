import { createWriteStream, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { StorageSettings } from '../../src/config/storage.js'
import { pruneSnapshots } from '../../src/snapshots/prune-snapshots.js'
import { listEverywhere } from '../../src/snapshots/storage/everywhere.js'
import { openStorage, type SnapshotStorage } from '../../src/snapshots/storage/storage.js'
import {
  fetchSnapshot,
  isStoredWhole,
  listStored,
  removeStaleStored,
  removeStored,
  storeSnapshot,
} from '../../src/snapshots/storage/stored-snapshots.js'
import { openStore, type Store } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { sha256OfFile } from '../../src/util/sha256.js'
import { S3_ENVIRONMENT, type S3Server, startS3Server } from '../helpers/s3-server.js'
import { failureOf, openContext, projectOn, saidBy, type TestContext, temporaryFolder } from './snapshot-test.js'
import { startChild } from './start-child.js'

const SECRET = 'not-to-be-seen-anywhere'
let server: S3Server
beforeAll(async () => {
  Object.assign(process.env, S3_ENVIRONMENT)
  server = await startS3Server(temporaryFolder())
})
afterAll(() => server.close())
afterEach(() => {
  server.cut = null
  Object.assign(process.env, S3_ENVIRONMENT)
})

interface Kind {
  readonly settings: StorageSettings
  readonly storage: SnapshotStorage
  /** The file that holds an object. */
  fileOf(id: string, path: string): string
}

let prefixes = 0
/** A place of its own for each test. */
const KINDS: Readonly<Record<'folder' | 's3', () => Kind>> = {
  folder: () => {
    const folder = temporaryFolder()
    return { settings: { folder }, storage: open({ folder }), fileOf: (id, path) => join(folder, id, path) }
  },
  s3: () => {
    prefixes += 1
    const prefix = `shop/${prefixes}`
    const s3 = { bucket: server.bucket, prefix, endpoint: server.endpoint, forcePathStyle: true }
    return {
      settings: { s3 },
      storage: open({ s3 }),
      fileOf: (id, path) => join(server.folder, server.bucket, prefix, id, `${path}._S3rver_object`),
    }
  },
}

function open(settings: StorageSettings): SnapshotStorage {
  const storage = openStorage(settings, '/')
  if (storage === null) throw new Error('no storage')
  return storage
}

async function makeSnapshot(
  storage: SnapshotStorage | null,
): Promise<{ root: string; context: TestContext; store: Store; take: () => ReturnType<typeof takeSnapshot> }> {
  const root = temporaryFolder()
  const handle = new Sqlite(join(root, 'live.db'))
  handle.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two')")
  handle.close()
  const context = Object.defineProperty(await openContext(projectOn('sqlite', `file:${join(root, 'live.db')}`, root)), 'storage', {
    value: storage,
  })
  onTestFinished(() => context.close())
  const store = openStore(join(root, 'snapshots'))
  return { root, context, store, take: () => takeSnapshot(context, { store, reason: 'manual' }) }
}

describe.each(['folder', 's3'] as const)('storage in %s', (name) => {
  test('keeps to the contract', async () => {
    const { storage } = KINDS[name]()
    const folder = temporaryFolder()
    const [small, large] = [join(folder, 'small'), join(folder, 'large')]
    writeFileSync(small, 'ä small one')
    // Several parts.
    writeFileSync(large, Buffer.alloc(20 << 20, 'x'))
    const [A, B] = ['20260101t000000000z-shop', '20260102t000000000z-shop']
    // Of somebody else.
    await storage.write('photos', 'one', small)
    expect(await storage.listIds()).toEqual([])
    expect((await listStored(storage)).unusable).toEqual([])
    expect(await storage.listObjects(A)).toEqual([])
    expect(await storage.readText(A, 'manifest.json')).toBeNull()
    await expect(storage.read(A, 'data')).rejects.toMatchObject({ code: 'snapshot' })
    await storage.write(A, 'dump/data', small)
    await storage.write(A, 'large', large)
    await storage.write(B, 'data', small)
    expect([...(await storage.listIds())].sort()).toEqual([A, B])
    const objects = await storage.listObjects(A)
    expect(objects.map(({ path, bytes }) => [path, bytes]).sort()).toEqual([
      ['dump/data', 12],
      ['large', 20 << 20],
    ])
    for (const { changedAt } of objects) expect(Math.abs(changedAt.getTime() - Date.now())).toBeLessThan(600_000)
    expect(await text(await storage.read(A, 'dump/data'))).toBe('ä small one')
    expect(await storage.readText(A, 'dump/data')).toBe('ä small one')
    const back = join(folder, 'back')
    await pipeline(await storage.read(A, 'large'), createWriteStream(back))
    expect(await sha256OfFile(back)).toBe(await sha256OfFile(large))
    await storage.write(B, 'data', large)
    expect((await storage.listObjects(B)).map(({ bytes }) => bytes)).toEqual([20 << 20])
    await storage.remove(B, 'data')
    await storage.remove(B, 'data')
    expect(await storage.listIds()).toEqual([A])
    await storage.removeInterrupted(new Date())
    expect(await storage.listObjects(A)).toHaveLength(2)
  }, 30_000)

  test('a snapshot goes there with the manifest last, is listed, comes back and is verified', async () => {
    const { storage } = KINDS[name]()
    const written: string[] = []
    const watching: SnapshotStorage = {
      ...storage,
      write: (id, path, file) => {
        written.push(path)
        return storage.write(id, path, file)
      },
    }
    const { context, store, take } = await makeSnapshot(watching)
    const taken = await take()
    expect(written).toHaveLength(taken.manifest.files.length + 1)
    expect(written.at(-1)).toBe('manifest.json')
    expect(await listStored(storage)).toMatchObject({ usable: [{ id: taken.id, manifest: taken.manifest }], unusable: [] })
    await (await store.withdraw(taken)).discard()
    expect((await listEverywhere(store, storage)).usable).toMatchObject([{ id: taken.id, isHere: false, isStored: true }])
    const fetched = await fetchSnapshot(context, storage, taken, store)
    expect(fetched.folder).toBe(taken.folder)
    expect(await verifySnapshot(context, fetched)).toBeNull()
    expect((await listEverywhere(store, storage)).usable).toMatchObject([
      { isHere: true, isStored: true, places: [taken.folder, `${storage.label}/${taken.id}`] },
    ])
    expect(saidBy(await failureOf(fetchSnapshot(context, storage, taken, store)))).toContain('is here already')
  })

  test('without its manifest it is not usable; half a removal is none', async () => {
    const { storage } = KINDS[name]()
    const { take } = await makeSnapshot(storage)
    const { id, folder, manifest } = await take()
    const failing: SnapshotStorage = {
      ...storage,
      remove: (one, path) => (path === 'manifest.json' ? storage.remove(one, path) : Promise.reject(new Error('gone'))),
    }
    await expect(removeStored(failing, id)).rejects.toThrow('gone')
    const list = await listStored(storage)
    expect(list).toMatchObject({ usable: [], unusable: [{ id, isStale: false }] })
    // Somebody may be at it: only what is a day old goes.
    expect(await removeStaleStored(storage, list.unusable)).toEqual([])
    expect(await storage.listIds()).toEqual([id])
    expect(await removeStaleStored(storage, [{ id, why: '', isStale: true }])).toEqual([id])
    expect(await storage.listIds()).toEqual([])
    await storeSnapshot(storage, { id, folder, manifest }, () => {})
    expect((await listStored(storage)).usable).toHaveLength(1)
  })

  test('killed while it is copied there or fetched: never usable half-way, and the same command again does it', async () => {
    const { settings, storage } = KINDS[name]()
    const { root, context, store } = await makeSnapshot(storage)
    // Of several parts.
    const url = `file:${join(root, 'live.db')}`
    await context.connection.query('INSERT INTO t VALUES (3, randomblob(20971520))')
    const killAt = async (action: 'take' | 'fetch', step: string) => {
      process.env.TEST_STORAGE = JSON.stringify(settings)
      const child = await startChild(action, 'sqlite', url, root, step).finally(() => delete process.env.TEST_STORAGE)
      expect(await child.whenThere).toMatch(/^there$/m)
      await child.kill()
    }
    await killAt('take', `Copying the snapshot to ${storage.label}`)
    expect((await listStored(storage)).usable).toEqual([])
    const [taken] = (await listEverywhere(store, storage)).usable
    if (taken === undefined) throw new Error('nothing was taken')
    expect(taken).toMatchObject({ isHere: true, isStored: false })
    await storeSnapshot(storage, taken, () => {})
    expect(await isStoredWhole(storage, taken)).toBe(true)
    await storage.removeInterrupted(new Date())
    expect((await storage.listObjects(taken.id)).map(({ path }) => path).sort()).toEqual([
      'database.sqlite',
      'fingerprint.json',
      'manifest.json',
    ])

    await (await store.withdraw(taken)).discard()
    await killAt('fetch', `Fetching the snapshot from ${storage.label}`)
    expect(await store.list()).toMatchObject({ usable: [], unusable: [{ id: taken.id, partial: { isBeingWritten: false } }] })
    const fetched = await fetchSnapshot(context, storage, taken, store)
    expect(await verifySnapshot(context, fetched)).toBeNull()
    expect(await store.list()).toMatchObject({ usable: [{ id: taken.id }], unusable: [] })
  }, 60_000)

  test('altered, cut off or missing there: refused, and nothing of it stays here', async () => {
    const { storage, fileOf } = KINDS[name]()
    const { context, store, take } = await makeSnapshot(storage)
    const DATA = 'database.sqlite'
    const damage: [RegExp, (id: string) => Promise<void> | void][] = [
      [
        /is not as it was written \(SHA-256 differs\)/,
        (id) => {
          const bytes = readFileSync(fileOf(id, DATA))
          bytes[100] = (bytes[100] ?? 0) ^ 1
          writeFileSync(fileOf(id, DATA), bytes)
        },
      ],
      [/is cut off|did not come to its end/, (id) => truncateSync(fileOf(id, DATA), 1000)],
      [/could not be|cannot be used/, (id) => storage.remove(id, DATA)],
      [
        /not as it was written \(checksum\)/,
        (id) =>
          writeFileSync(fileOf(id, 'manifest.json'), readFileSync(fileOf(id, 'manifest.json'), 'utf8').replace('"manual"', '"deploy"')),
      ],
    ]
    for (const [message, harm] of damage) {
      const taken = await take()
      await (await store.withdraw(taken)).discard()
      await harm(taken.id)
      expect(saidBy(await failureOf(fetchSnapshot(context, storage, taken, store)))).toMatch(message)
      expect(await store.list()).toEqual({ usable: [], unusable: [] })
    }
  }, 60_000)

  test('prune: the same rules for all, wherever they are; a dry run says where', async () => {
    const { storage } = KINDS[name]()
    const { context, store, take } = await makeSnapshot(storage)
    const [first, second, third] = [await take(), await take(), await take()]
    await (await store.withdraw(first)).discard()
    const options = {
      store,
      holds: new Map([[second.id, 'a run needs it']]),
      now: new Date(),
      policy: { keepLast: 1, afterSnapshot: false },
    }
    const dry = await pruneSnapshots(context, { ...options, dryRun: true })
    expect(dry.snapshots.map(({ id, keep, places }) => [id, keep, places])).toEqual([
      [third.id, true, [third.folder, `${storage.label}/${third.id}`]],
      [second.id, true, [second.folder, `${storage.label}/${second.id}`]],
      [first.id, false, [`${storage.label}/${first.id}`]],
    ])
    expect(await storage.listIds()).toHaveLength(3)
    await pruneSnapshots(context, { ...options, dryRun: false })
    expect([...(await storage.listIds())].sort()).toEqual([second.id, third.id].sort())
    await pruneSnapshots(context, { ...options, holds: new Map(), dryRun: false })
    expect(await storage.listIds()).toEqual([third.id])
    expect((await store.list()).usable.map(({ id }) => id)).toEqual([third.id])
    expect(await isStoredWhole(storage, third)).toBe(true)
    await storage.remove(third.id, 'database.sqlite')
    expect(await isStoredWhole(storage, third)).toBe(false)
  })
})

describe('S3', () => {
  test('a connection that is cut while it writes: the snapshot stays here, nothing half-written counts there', async () => {
    const { storage } = KINDS.s3()
    const { store, take } = await makeSnapshot(storage)
    server.cut = ({ method, url = '' }) => method === 'PUT' && url.includes('database.sqlite')
    const error = await failureOf(take())
    const { usable } = await store.list()
    expect(usable).toHaveLength(1)
    expect(saidBy(error)).toContain(`Snapshot ${usable[0]?.id} was taken, but could not be copied to ${storage.label}`)
    server.cut = null
    expect((await listStored(storage)).usable).toEqual([])
  }, 60_000)

  test('parts that a killed process left go when they are a day old', async () => {
    const { storage } = KINDS.s3()
    const upload = (id: string, at: string, key = `shop/${prefixes}/20200101t000000000z-shop/data`) =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${at}</Initiated></Upload>`
    server.answers.set(
      'uploads=',
      `<ListMultipartUploadsResult>${upload('old', '2020-01-01T00:00:00.000Z')}${upload('new', new Date().toISOString())}${upload('others', '2020-01-01T00:00:00.000Z', `shop/${prefixes}/film.mp4`)}</ListMultipartUploadsResult>`,
    )
    server.answers.set('uploadId=', '')
    onTestFinished(() => server.answers.clear())
    await removeStaleStored(storage, [])
    const aborted = server.seen.filter((line) => line.startsWith('DELETE ') && line.includes('uploadId='))
    expect(aborted).toEqual([expect.stringMatching(/^DELETE .*uploadId=old/)])
  })

  test('a connection that is cut while it reads: said, and nothing of it stays', async () => {
    const { storage } = KINDS.s3()
    const { context, store, take } = await makeSnapshot(storage)
    const taken = await take()
    await (await store.withdraw(taken)).discard()
    server.cut = ({ method, url = '' }) => method === 'GET' && url.includes('database.sqlite')
    expect(saidBy(await failureOf(fetchSnapshot(context, storage, taken, store)))).toContain(taken.id)
    expect(await store.list()).toEqual({ usable: [], unusable: [] })
    server.cut = null
    await fetchSnapshot(context, storage, taken, store)
  }, 60_000)

  test('each way of not getting in: what it is, what to do, no credentials', async () => {
    const at = (more: object) => open({ s3: { bucket: server.bucket, endpoint: server.endpoint, forcePathStyle: true, ...more } })
    expect(saidBy(await failureOf(at({ bucket: 'another' }).listIds()))).toMatch(
      /s3:\/\/another could not be listed[\s\S]*NoSuchBucket[\s\S]*storage.s3.bucket/,
    )
    expect(saidBy(await failureOf(at({ endpoint: 'http://127.0.0.1:9' }).listIds()))).toMatch(/ECONNREFUSED[\s\S]*storage.s3.endpoint/)
    process.env.AWS_ACCESS_KEY_ID = SECRET
    const refused = saidBy(await failureOf(at({}).listIds()))
    expect(refused).toMatch(/InvalidAccessKeyId[\s\S]*AWS_PROFILE/)
    expect(refused).not.toContain(SECRET)
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
    Object.assign(process.env, {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_CONFIG_FILE: '/nonexistent',
    })
    expect(saidBy(await failureOf(at({}).listIds()))).toMatch(/CredentialsProviderError[\s\S]*AWS_ACCESS_KEY_ID/)
  }, 60_000)
})

test('a folder that is not there is not made: it may be a disk that is not mounted', async () => {
  const folder = join(temporaryFolder(), 'not-mounted')
  const { store, take } = await makeSnapshot(open({ folder }))
  expect(saidBy(await failureOf(take()))).toMatch(/was taken, but could not be copied[\s\S]*mount the disk/)
  expect(existsSync(folder)).toBe(false)
  expect((await store.list()).usable).toHaveLength(1)
})
