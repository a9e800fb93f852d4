import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { packFiles } from '../../src/snapshots/files/pack-files.js'
import { restoreFiles } from '../../src/snapshots/files/restore-files.js'
import { pruneSnapshots } from '../../src/snapshots/prune-snapshots.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { openFolderStorage } from '../../src/snapshots/storage/folder-storage.js'
import { fetchSnapshot, storeSnapshot } from '../../src/snapshots/storage/stored-snapshots.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { holdProgress, type Progress, startStep } from '../../src/util/progress.js'
import { makeIdentity } from '../helpers/age-tool.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { expectProgress, listSteps } from '../helpers/progress.js'
import { ENGINES, partsSuite } from './parts-suite.js'
import { openContext, projectOn, temporaryFolder } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('progress of snapshots')

const TABLES = `CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id));
CREATE INDEX b_a ON b (a_id); INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, NULL); INSERT INTO b VALUES (1, 1), (2, 1)`

/** What each engine names while it works; all of these come to their end. */
const STEPS: Readonly<Record<(typeof ENGINES)[number], { readonly take: readonly string[]; readonly restore: readonly string[] }>> = {
  'sqlite-backup': { take: ['Copying the database', 'Counting rows'], restore: ['Restoring the database', 'Reading every row'] },
  'pg-dump': {
    take: ['Dumping the database', 'Reading the snapshot back'],
    restore: ['Restoring the dump', 'Reading every row'],
  },
  'pg-template': { take: ['Copying the database', 'Reading every row'], restore: ['Copying the snapshot', 'Reading every row'] },
  json: { take: ['Reading every row'], restore: ['Restoring rows', 'Reading every row'] },
  copy: {
    take: ['Copying the rows'], // each file is read back while others are written
    restore: ['Restoring rows', 'Building indexes', 'Checking constraints', 'Reading every row'],
  },
}

describe.skipIf(server === null).each(ENGINES)('progress of %s', (engine) => {
  const setUp = partsSuite(server as PostgresqlServer)
  const start = async () => {
    const there = await setUp(engine, TABLES)
    const seen: Progress[] = []
    Object.assign(there.context, { onProgress: (progress: Progress) => seen.push(progress) })
    return { ...there, seen, of: (work: () => Promise<unknown>) => collect(seen, work) }
  }

  test('take, verify and restore: each step begins, never goes back, never passes its total, and ends there', async () => {
    const { context, store, take, of, query } = await start()
    const taken = await of(take)
    expectProgress(taken)
    expect(listSteps(taken)).toEqual(expect.arrayContaining([...STEPS[engine].take, 'Computing checksums', 'Verifying the snapshot']))
    const [snapshot] = (await store.list()).usable
    if (snapshot === undefined) throw new Error('none')
    const verified = await of(() => verifySnapshot(context, snapshot))
    expectProgress(verified)
    expect(listSteps(verified)).toContain('Verifying the snapshot')
    await query('DELETE FROM b')
    const restored = await of(() => restoreSnapshot(context, snapshot, { store }))
    expectProgress(restored)
    expect(restored).toContainEqual(expect.objectContaining({ step: 'Reading every row', done: 5, total: 5, unit: 'rows' }))
    expect(listSteps(restored)).toEqual(expect.arrayContaining([...STEPS[engine].restore]))
    await of(take)
    const rules = { policy: { keepLast: 1, afterSnapshot: false }, holds: new Map<string, string>(), now: new Date(), dryRun: false }
    const pruned = await of(() => pruneSnapshots(context, { store, ...rules }))
    expectProgress(pruned)
    expect(listSteps(pruned)).toEqual(['Removing snapshots'])
  })

  test('rows of some tables: each step names the table at hand', async () => {
    const { take, restore, of, query } = await start()
    const snapshot = await take()
    await query("UPDATE a SET v = 'other'; DELETE FROM b WHERE id = 1; INSERT INTO b VALUES (9, 2)")
    const seen = await of(() => restore(snapshot, { only: ['a', 'b'] }))
    const steps = [
      'Finding rows again',
      'Finding what differs',
      'Removing rows',
      'Putting values back',
      'Putting rows back',
      'Comparing with the snapshot',
    ]
    expect(listSteps(seen)).toEqual(expect.arrayContaining(steps))
    for (const name of steps) {
      const tables = seen.filter(({ step }) => step === name).map(({ detail }) => detail?.split('.').at(-1))
      expect(new Set(tables), name).toEqual(new Set(['a', 'b']))
    }
    for (const { done = 0, total = 0 } of seen) expect(done).toBeLessThanOrEqual(total)
  })
})

async function collect(seen: Progress[], work: () => Promise<unknown>): Promise<readonly Progress[]> {
  seen.length = 0
  await work()
  return [...seen]
}

test('files: packed and unpacked, by their bytes', async () => {
  const [root, folder] = [temporaryFolder(), temporaryFolder()]
  mkdirSync(join(root, 'images/inner'), { recursive: true })
  writeFileSync(join(root, 'images/one'), 'x'.repeat(1000))
  writeFileSync(join(root, 'images/inner/two'), 'y'.repeat(500))
  const seen: Progress[] = []
  await packFiles(root, ['images'], folder, (progress) => seen.push(progress))
  const snapshot = { id: 'one', folder, manifest: { filePaths: ['images'] } }
  await restoreFiles(root, snapshot, join(temporaryFolder(), 'kept'), (progress) => seen.push(progress))
  expectProgress(seen)
  expect(listSteps(seen)).toEqual(['Packing the files', 'Unpacking the files'])
  expect(seen.filter(({ step }) => step === 'Packing the files').at(-1)).toMatchObject({ done: 1500, total: 1500 })
  expect(seen.at(-1)).toMatchObject({ done: 1500, total: 1500 })
})

test('one large file moves the bar while it is encrypted, copied elsewhere, fetched and decrypted', async () => {
  const root = temporaryFolder()
  const handle = new Sqlite(join(root, 'live.db'))
  handle.exec('CREATE TABLE t (v BLOB); INSERT INTO t VALUES (randomblob(4000000))')
  handle.close()
  const { recipient } = await makeIdentity(join(root, 'identity.txt'))
  const context = await openContext(projectOn('sqlite', `file:${join(root, 'live.db')}`, root))
  onTestFinished(() => context.close())
  const seen: Progress[] = []
  Object.assign(context, {
    encryption: { recipients: [recipient], identityFile: 'identity.txt' },
    onProgress: (progress: Progress) => seen.push(progress),
  })
  const store = openStore(join(root, 'snapshots'))
  const taken = await takeSnapshot(context, { store, reason: 'manual' })
  const storage = openFolderStorage(temporaryFolder())
  await storeSnapshot(storage, taken, context.onProgress)
  await (await store.withdraw(taken)).discard()
  await verifySnapshot(context, await fetchSnapshot(context, storage, taken, store))
  for (const step of ['Encrypting', `Copying the snapshot to ${storage.label}`, 'Fetching', 'Decrypting']) {
    const moves = seen.filter((one) => one.step.startsWith(step))
    expectProgress(moves)
    expect(new Set(moves.map(({ done }) => done)).size, step).toBeGreaterThan(4)
  }
})

test('a step never passes its total; one beside another waits until that is over', () => {
  const seen: Progress[] = []
  const step = startStep((progress) => seen.push(progress), 'Counting', 10, 'rows')
  step.add(8)
  step.add(8)
  step.end()
  expect(seen.map(({ done }) => done)).toEqual([0, 8, 10, 10])
  const told: string[] = []
  const beside = holdProgress(({ step: name }) => told.push(name))
  beside.onProgress({ step: 'one' })
  beside.onProgress({ step: 'two' })
  expect(told).toEqual([])
  beside.release()
  beside.onProgress({ step: 'three' })
  expect(told).toEqual(['two', 'three'])
})
