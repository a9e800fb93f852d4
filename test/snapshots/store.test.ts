import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, test } from 'vitest'
import { MANIFEST_FORMAT } from '../../src/snapshots/manifest.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import type { Snapshot } from '../../src/snapshots/snapshot.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { failureOf, openContext, projectOn, saidBy, type TestContext, temporaryFolder } from './snapshot-test.js'
import { startChild } from './start-child.js'

const open: TestContext[] = []
const undo: (() => void)[] = []
afterEach(async () => {
  for (const context of open.splice(0)) await context.close()
  for (const step of undo.splice(0)) step()
})

async function setUp(rows = 100, root = temporaryFolder()) {
  const file = join(root, 'shop.db')
  const handle = new Sqlite(file)
  handle.exec(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows}) INSERT INTO t SELECT i, randomblob(500) FROM c`,
  )
  handle.close()
  const context = await openContext(projectOn('sqlite', `file:${file}`, root))
  open.push(context)
  return { root, file, context, store: openStore(join(root, 'snapshots')) }
}

/** Flips one bit in the middle of a file. */
function flipBit(file: string, at = 0.5): void {
  const bytes = readFileSync(file)
  const position = Math.floor(bytes.length * at)
  bytes[position] = (bytes[position] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

function editManifest(snapshot: Snapshot, edit: (manifest: Record<string, unknown>) => void): void {
  const file = join(snapshot.folder, 'manifest.json')
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
  edit(manifest)
  writeFileSync(file, JSON.stringify(manifest))
}

const DAMAGES: [what: string, damage: (snapshot: Snapshot) => void, said: RegExp][] = [
  [
    'a flipped bit in the data',
    (s) => flipBit(join(s.folder, 'database.sqlite')),
    /database\.sqlite is not as it was written \(SHA-256 differs\)/,
  ],
  ['a flipped bit in the fingerprint', (s) => flipBit(join(s.folder, 'fingerprint.json')), /fingerprint\.json is not as it was written/],
  ['a missing file', (s) => rmSync(join(s.folder, 'fingerprint.json')), /fingerprint\.json is missing/],
  [
    'a longer file',
    (s) => writeFileSync(join(s.folder, 'database.sqlite'), 'x', { flag: 'a' }),
    /database\.sqlite is longer than it was written/,
  ],
  ['an additional file', (s) => writeFileSync(join(s.folder, 'database.sqlite-wal'), 'x'), /database\.sqlite-wal does not belong to it/],
  [
    'an additional folder',
    (s) => {
      mkdirSync(join(s.folder, 'more'))
      writeFileSync(join(s.folder, 'more', 'x'), '')
    },
    /more\/x does not belong to it/,
  ],
  ['no manifest', (s) => rmSync(join(s.folder, 'manifest.json')), /manifest\.json cannot be read/],
  ['a manifest that is no JSON', (s) => writeFileSync(join(s.folder, 'manifest.json'), '{ "format": 1, '), /manifest\.json is not JSON/],
  [
    'a manifest of a newer format',
    (s) => editManifest(s, (m) => (m.format = MANIFEST_FORMAT + 1)),
    /written by a newer safe-migrate \(format 2\)[\s\S]*npm install safe-migrate@latest/,
  ],
  [
    'a changed number in the manifest',
    (s) => editManifest(s, (m) => (m.bytes = 1)),
    /manifest\.json is not as it was written \(checksum\)/,
  ],
  ['a manifest without its files', (s) => editManifest(s, (m) => delete m.files), /lacks what it needs/],
  ['the manifest of another snapshot', (s) => editManifest(s, (m) => (m.id = 'another')), /not as it was written/],
]

describe('a damaged snapshot', () => {
  test.each(DAMAGES)('is refused: %s', async (_what, damage, said) => {
    const { context, store, file } = await setUp()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    await verifySnapshot(context, snapshot)
    damage(snapshot)
    const before = readFileSync(file)
    expect(saidBy(await failureOf(verifySnapshot(context, snapshot)))).toMatch(said)
    const error = await failureOf(restoreSnapshot(context, snapshot, { store }))
    expect(error.code).toBe('snapshot')
    expect(error.next.length).toBeGreaterThan(0)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect((await store.list()).usable.filter((one) => one.id !== snapshot.id)).toEqual([])
  })

  test('is not listed as usable when its manifest is not sound', async () => {
    const { context, store } = await setUp()
    const good = await takeSnapshot(context, { store, reason: 'manual' })
    const bad = await takeSnapshot(context, { store, reason: 'manual' })
    flipBit(join(bad.folder, 'manifest.json'))
    const list = await store.list()
    expect(list.usable.map((one) => one.id)).toEqual([good.id])
    expect(list.unusable.map((one) => one.id)).toEqual([bad.id])
    expect((await store.find('latest', { targetIdentity: context.project.target.identity })).id).toBe(good.id)
    expect((await failureOf(store.find(bad.id, { targetIdentity: '' }))).message).toContain(bad.id)
  })
})

describe('the store', () => {
  test('finds by id, by the beginning of one, and the latest of this database', async () => {
    const { context, store } = await setUp()
    const { identity } = context.project.target
    const first = await takeSnapshot(context, { store, reason: 'manual' })
    const second = await takeSnapshot(context, { store, reason: 'deploy' })
    expect((await store.list()).usable.map((one) => one.id)).toEqual([second.id, first.id])
    expect(first.id).toMatch(/^\d{8}t\d{9}z-shop$/)
    expect((await store.find('latest', { targetIdentity: identity })).id).toBe(second.id)
    expect((await store.find(first.id, { targetIdentity: identity })).id).toBe(first.id)
    expect((await store.find(first.id.slice(0, -5), { targetIdentity: identity })).id).toBe(first.id)
    expect(saidBy(await failureOf(store.find(first.id.slice(0, 8), { targetIdentity: identity })))).toContain(
      'the beginning of 2 snapshots',
    )
    expect(saidBy(await failureOf(store.find('latest', { targetIdentity: 'another' })))).toMatch(
      /no snapshot of this database[\s\S]*snapshot create/,
    )
    expect(saidBy(await failureOf(store.find('nope', { targetIdentity: identity })))).toMatch(/no snapshot "nope"[\s\S]*snapshot list/)
  })

  test('gives every snapshot a name of its own', async () => {
    const { context, store } = await setUp()
    const owner = { id: '20260101t000000000z-shop', engine: 'sqlite-backup', targetIdentity: context.project.target.identity }
    const partials = await Promise.all([store.begin(owner), store.begin(owner), store.begin(owner)])
    expect(new Set(partials.map((one) => one.id)).size).toBe(3)
    expect((await store.list()).usable).toEqual([])
    expect((await store.list()).unusable.map((one) => one.partial?.isBeingWritten)).toEqual([true, true, true])
    for (const partial of partials) await partial.discard()
    expect((await store.list()).unusable).toEqual([])
  })

  test('reading a store that is not there makes nothing', async () => {
    const root = temporaryFolder()
    expect(await openStore(join(root, 'none')).list()).toEqual({ usable: [], unusable: [] })
    expect(readdirSync(root)).toEqual([])
  })

  test('is private whatever the umask, and git does not pick it up', async () => {
    const before = process.umask(0)
    undo.push(() => process.umask(before))
    const { root, context, store } = await setUp()
    execFileSync('git', ['init', '-q', root])
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    for (const name of readdirSync(snapshot.folder)) expect(statSync(join(snapshot.folder, name)).mode & 0o777).toBe(0o600)
    expect(statSync(snapshot.folder).mode & 0o777).toBe(0o700)
    expect(statSync(store.folder).mode & 0o777).toBe(0o700)
    expect(execFileSync('git', ['-C', root, 'status', '--porcelain', '--untracked-files=all'], { encoding: 'utf8' })).not.toContain(
      'snapshots',
    )
  })

  test('a snapshot whose process was killed is never usable, and is removed by the next one', async () => {
    const { root, file, context, store } = await setUp(40_000)
    const child = await startChild('take', 'sqlite', `file:${file}`, root, 'Copying the database')
    expect(await child.whenThere).toBe('there')
    await child.kill()
    const { usable, unusable } = await store.list()
    expect(usable).toEqual([])
    expect(unusable).toHaveLength(1)
    expect(unusable[0]?.why).toContain('was not completed')
    await takeSnapshot(context, { store, reason: 'manual' })
    expect((await store.list()).usable).toHaveLength(1)
    expect((await store.list()).unusable).toEqual([])
    expect(readdirSync(store.folder).filter((name) => name.startsWith('.partial'))).toEqual([])
  })

  test('one that is being written by another process is left alone', async () => {
    const { root, file, context, store } = await setUp(40_000)
    const child = await startChild('take', 'sqlite', `file:${file}`, root, 'Copying the database')
    undo.push(() => child.process.kill('SIGKILL'))
    expect(await child.whenThere).toBe('there')
    await takeSnapshot(context, { store, reason: 'manual' })
    const { unusable } = await store.list()
    expect(unusable).toHaveLength(1)
    expect(unusable[0]?.why).toContain(`is being written by process ${child.process.pid}`)
    expect((await store.list()).usable).toHaveLength(1)
  })

  test('a folder that this user may not read, or write to, is an error with a way out', async () => {
    const root = temporaryFolder()
    const store = openStore(join(root, 'snapshots'))
    mkdirSync(store.folder)
    writeFileSync(join(store.folder, '.gitignore'), '*\n')
    chmodSync(root, 0o755)
    // Root may do anything.
    const become = (user: number) => process.getuid?.() === 0 && process.seteuid?.(user)
    undo.push(() => {
      become(0)
      chmodSync(store.folder, 0o700)
    })
    for (const [mode, work] of [
      [0, () => store.list()],
      [0o555, () => store.begin({ id: 'one', engine: 'copy', targetIdentity: 'here' })],
    ] as const) {
      chmodSync(store.folder, mode)
      become(65_534)
      expect(saidBy(await failureOf(work()))).toMatch(/may not read or write[\s\S]*sudo chown/)
      become(0)
    }
  })

  test.skipIf(process.getuid?.() !== 0)('a disk that is too small is noticed before, and one that fills up leaves nothing', async () => {
    const root = temporaryFolder()
    const disk = join(root, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk])
    undo.push(() => execFileSync('umount', [disk]))
    const { context } = await setUp(20_000, root)
    const store = openStore(join(disk, 'snapshots'))
    const early = await failureOf(takeSnapshot(context, { store, reason: 'manual' }))
    expect(saidBy(early)).toMatch(/not enough room[\s\S]*needs at least 1\d MB, and 6\.\d MB are free[\s\S]*larger disk/)
    expect(existsSync(store.folder)).toBe(false)
    // As when another program fills the disk meanwhile: the estimate says that there is room.
    const { sqliteBackup } = await import('../../src/snapshots/engines/sqlite-backup.js')
    const estimate = sqliteBackup.estimateBytes
    Object.assign(sqliteBackup, { estimateBytes: async () => 0 })
    undo.push(() => Object.assign(sqliteBackup, { estimateBytes: estimate }))
    const late = await failureOf(takeSnapshot(context, { store, reason: 'manual' }))
    expect(saidBy(late)).toMatch(/The disk became full while[\s\S]*half written is removed/)
    expect(readdirSync(store.folder)).toEqual(['.gitignore'])
  })

  test.skipIf(process.getuid?.() !== 0)('what is to stay free stays free, and nothing half-made is left', async () => {
    const root = temporaryFolder()
    const disk = join(root, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', disk])
    undo.push(() => execFileSync('umount', [disk]))
    const { context } = await setUp(150_000, root)
    const store = openStore(join(disk, 'snapshots'))
    const slow = { ...context, reserve: 150_000_000, onProgress: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300) }
    const early = await failureOf(takeSnapshot(slow, { store, reason: 'manual' }))
    expect(saidBy(early)).toMatch(/needs at least \d+ MB, 150 MB are to stay free, and 2\d\d MB are free[\s\S]*the setting reserve/)
    // As when others fill the disk meanwhile: the estimate says that there is room.
    const { sqliteBackup } = await import('../../src/snapshots/engines/sqlite-backup.js')
    const estimate = sqliteBackup.estimateBytes
    Object.assign(sqliteBackup, { estimateBytes: async () => 0 })
    undo.push(() => Object.assign(sqliteBackup, { estimateBytes: estimate }))
    const late = await failureOf(takeSnapshot(slow, { store, reason: 'manual' }))
    expect(saidBy(late)).toMatch(/was running full while[\s\S]*150 MB are to stay free/)
    expect(readdirSync(store.folder)).toEqual(['.gitignore'])
  })
})
