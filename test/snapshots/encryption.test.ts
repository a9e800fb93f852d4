import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { EncryptionSettings } from '../../src/config/encryption.js'
import { chooseEngine } from '../../src/snapshots/choose.js'
import { openSnapshot, withReadable } from '../../src/snapshots/encryption/open-snapshot.js'
import { findUnchanged } from '../../src/snapshots/find-unchanged.js'
import { readFingerprint } from '../../src/snapshots/fingerprint-file.js'
import { readManifest, writeManifest } from '../../src/snapshots/read-manifest.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import type { Snapshot } from '../../src/snapshots/snapshot.js'
import { openStore, type Store } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { hashFiles } from '../../src/snapshots/verify-files.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { ignoreProgress } from '../../src/util/progress.js'
import { sha256OfFile } from '../../src/util/sha256.js'
import { age, hasAge, makeIdentity } from '../helpers/age-tool.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { failureOf, openContext, projectOn, saidBy, type TestContext, temporaryFolder } from './snapshot-test.js'
import { startChild } from './start-child.js'

const MARKER = 'a-marker-that-must-not-be-readable'
const PASSPHRASE = 'correct horse battery staple'
const VARIABLE = 'SAFE_MIGRATE_TEST_PASSPHRASE'

interface Place {
  readonly root: string
  readonly file: string
  readonly store: Store
  context(encryption: EncryptionSettings | null): Promise<TestContext>
}

function makePlace(rows = 3): Place {
  const root = temporaryFolder()
  const file = join(root, 'live.db')
  const handle = new Sqlite(file)
  handle.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows})
    INSERT INTO t SELECT i, '${MARKER}' || hex(randomblob(400)) FROM c`)
  handle.close()
  return {
    root,
    file,
    store: openStore(join(root, 'snapshots')),
    context: async (encryption) => {
      const context = await openContext(projectOn('sqlite', `file:${file}`, root))
      onTestFinished(() => context.close())
      return Object.defineProperty(context, 'encryption', { value: encryption })
    },
  }
}

function take(context: TestContext, store: Store, engine = 'auto') {
  return takeSnapshot(context, { store, reason: 'manual', engine })
}

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function opened(store: Store): string[] {
  return readdirSync(store.folder).filter((name) => name.startsWith('.opened-'))
}

afterEach(() => {
  delete process.env[VARIABLE]
})

describe('an encrypted snapshot', () => {
  test.each(['recipients', 'passphraseVariable', 'passphraseFile'] as const)(
    '%s: nothing readable is left, and it comes back',
    async (how) => {
      const place = makePlace()
      const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
      process.env[VARIABLE] = PASSPHRASE
      writeFileSync(join(place.root, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 })
      const settings = {
        recipients: { recipients: [recipient], identityFile: 'identity.txt' },
        passphraseVariable: { passphraseVariable: VARIABLE },
        passphraseFile: { passphraseFile: 'passphrase' },
      }[how]
      // Under a limit values are digested, as those of an encrypted one always are.
      const plain = await take({ ...(await place.context(null)), reading: { budget: 600_000 } }, place.store)
      const context = await place.context(settings)
      const snapshot = await take(context, place.store)
      expect(snapshot.fingerprint).toEqual({ ...plain.fingerprint, takenAt: snapshot.fingerprint.takenAt })
      expect(snapshot.choice.why).toMatch(how === 'recipients' ? /encrypted for 1 recipient$/ : /encrypted with the passphrase$/)
      expect(readdirSync(snapshot.folder).filter((name) => !name.endsWith('.age'))).toEqual(['manifest.json'])
      const digest = String(plain.manifest.tables[0]?.digest)
      for (const secret of [MARKER, PASSPHRASE, digest]) {
        expect(filesBelow(snapshot.folder).filter((file) => readFileSync(file).includes(secret))).toEqual([])
        expect(filesBelow(plain.folder).some((file) => readFileSync(file).includes(secret))).toBe(secret !== PASSPHRASE)
      }
      for (const file of filesBelow(snapshot.folder)) expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(await verifySnapshot(context, snapshot)).toBeNull()

      await context.connection.query("UPDATE t SET v = 'lost'")
      const restored = await restoreSnapshot(context, snapshot, { store: place.store })
      expect(String((await context.connection.query('SELECT v FROM t WHERE id = 1'))[0]?.v)).toContain(MARKER)
      expect(restored.replacedSnapshot?.manifest.encryption?.how).toBe(how === 'recipients' ? 'recipients' : 'passphrase')
      expect(opened(place.store)).toEqual([])
    },
  )

  test('is opened into a private folder that no list shows, and that goes when the work fails', async () => {
    const place = makePlace()
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [recipient], identityFile: 'identity.txt' })
    const snapshot = await take(context, place.store)
    const work = withReadable(context, snapshot, async (readable) => {
      expect(statSync(readable.folder).mode & 0o777).toBe(0o700)
      expect(statSync(dirname(readable.folder)).mode & 0o777).toBe(0o700)
      expect((await readManifest(readable.folder)).encryption).toBeNull()
      expect((await readFingerprint(readable)).tables[0]?.rows).toBe(3)
      expect(await place.store.list()).toMatchObject({ usable: [{ id: snapshot.id }], unusable: [] })
      // Another reader must not take it away.
      await verifySnapshot(context, snapshot)
      expect(opened(place.store)).toHaveLength(1)
      throw new Error('the work failed')
    })
    await expect(work).rejects.toThrow('the work failed')
    expect(opened(place.store)).toEqual([])
  })

  test('only what is asked for is decrypted', async () => {
    const place = makePlace()
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [recipient], identityFile: 'identity.txt' })
    const { snapshot, close } = await openSnapshot(context, await take(context, place.store), ['fingerprint.json'])
    expect(readdirSync(snapshot.folder).sort()).toEqual(['fingerprint.json', 'manifest.json'])
    await close()
  })

  test('--if-changed: one that is not encrypted is no substitute, and neither is one that cannot be opened', async () => {
    const place = makePlace()
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    const [none, closed] = [await place.context(null), await place.context({ recipients: [recipient] })]
    const open = await place.context({ recipients: [recipient], identityFile: 'identity.txt' })
    const look = (context: TestContext, exact: boolean) => findUnchanged(context, place.store, { exact, engine: 'auto' })
    await take(none, place.store)
    expect(await look(none, true)).not.toBeNull()
    expect(await look(open, true)).toBeNull()
    await take(open, place.store)
    expect(await look(open, true)).not.toBeNull()
    expect(await look(closed, true)).toBeNull()
    expect(await look(none, false)).toBeNull()
  })
})

const server = await dumpablePostgresqlServer('encrypted snapshots of PostgreSQL')

describe.skipIf(server === null)('on PostgreSQL', () => {
  const setUp = postgresqlSuite(server as PostgresqlServer)
  const ROWS = `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, '${MARKER}' || i FROM generate_series(1, 1000) i`

  test.each(['copy', 'pg-dump'])('%s: comes back from an encrypted snapshot', async (engine) => {
    const { context, store } = await setUp(ROWS)
    const { recipient, file } = await makeIdentity(join(temporaryFolder(), 'identity.txt'))
    Object.defineProperty(context, 'encryption', { value: { recipients: [recipient], identityFile: file } })
    const snapshot = await take(context, store, engine)
    await context.connection.query('DELETE FROM t')
    const restored = await restoreSnapshot(context, snapshot, { store })
    expect(await context.connection.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1000 }])
    // What was renamed is on the server; the digests of its contents are not left readable.
    expect(restored.replacedSnapshot?.manifest.encryption).toEqual({ format: 'age', how: 'recipients' })
    expect(opened(store)).toEqual([])
  })

  test('pg-template is not chosen where encryption is configured, and is refused by name', async () => {
    const { context } = await setUp(ROWS)
    expect((await chooseEngine(context, 'dev')).engine.id).toBe('pg-template')
    const { recipient } = await makeIdentity(join(temporaryFolder(), 'identity.txt'))
    Object.defineProperty(context, 'encryption', { value: { recipients: [recipient] } })
    const chosen = await chooseEngine(context, 'dev')
    expect(chosen.engine.id).not.toBe('pg-template')
    expect(chosen.rejected).toContainEqual({ id: 'pg-template', why: expect.stringContaining('cannot encrypt it') })
    expect(saidBy(await failureOf(chooseEngine(context, 'dev', 'pg-template')))).toContain('leaves its copy on the server')
  })
})

describe('the real age', () => {
  test.runIf(hasAge())('decrypts every file, and what it encrypts can be read: recipients', async () => {
    const place = makePlace()
    const identity = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [identity.recipient], identityFile: 'identity.txt' })
    const snapshot = await take(context, place.store)
    const plain = await decryptAll(place, snapshot, (from, to) => age(['-d', '-i', identity.file, '-o', to, from]))
    await replaceAll(snapshot, plain, (from, to) => age(['-r', identity.recipient, '-o', to, from]))
    expect(await verifySnapshot(context, snapshot)).toBeNull()
  })

  test.runIf(hasAge())('decrypts every file, and what it encrypts can be read: passphrase', async () => {
    const place = makePlace()
    process.env[VARIABLE] = PASSPHRASE
    const context = await place.context({ passphraseVariable: VARIABLE })
    const snapshot = await take(context, place.store)
    const key = join(snapshot.folder, 'key.age')
    await decryptAll(place, snapshot, (from, to) => age(['-d', '-i', key, '-o', to, from], PASSPHRASE))
    const clear = join(place.root, 'key.txt')
    age(['-d', '-o', clear, key], PASSPHRASE)
    rmSync(key)
    age(['-p', '-o', key, clear], PASSPHRASE)
    await rewriteHashes(snapshot)
    expect(await verifySnapshot(context, snapshot)).toBeNull()
  })
})

/** @returns folder with the plaintext, which is what an unencrypted snapshot is */
async function decryptAll(place: Place, { id, folder }: Snapshot, decrypt: (from: string, to: string) => void): Promise<string> {
  const plain = join(place.root, 'by-hand', id)
  mkdirSync(plain, { recursive: true })
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.age') && one !== 'key.age'))
    decrypt(join(folder, name), join(plain, name.slice(0, -4)))
  const manifest = await readManifest(plain)
  expect(manifest.files.length).toBeGreaterThan(1)
  for (const { path, sha256 } of manifest.files) expect(await sha256OfFile(join(plain, path))).toBe(sha256)
  return plain
}

async function replaceAll(snapshot: Snapshot, plain: string, encrypt: (from: string, to: string) => void): Promise<void> {
  for (const name of readdirSync(plain)) {
    rmSync(join(snapshot.folder, `${name}.age`))
    encrypt(join(plain, name), join(snapshot.folder, `${name}.age`))
  }
  await rewriteHashes(snapshot)
}

async function rewriteHashes({ folder, manifest }: Snapshot): Promise<void> {
  const { checksum: _, ...rest } = manifest
  rmSync(join(folder, 'manifest.json'))
  const files = await hashFiles(folder, ignoreProgress)
  writeFileSync(join(folder, 'manifest.json'), writeManifest({ ...rest, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }))
}

describe('what cannot be used is refused before anything is done, and no secret is printed', () => {
  const SECRET = 'AGE-SECRET-KEY-1THISISNOTONE'
  test.each<[string, EncryptionSettings, (root: string) => void, RegExp]>([
    [
      'a recipient with a wrong character',
      { recipients: ['age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'] },
      () => {},
      /which is no age recipient/,
    ],
    ['a variable that is not set', { passphraseVariable: VARIABLE }, () => {}, /is not set/],
    ['an empty variable', { passphraseVariable: VARIABLE }, () => (process.env[VARIABLE] = '  '), /is empty/],
    ['a file that is not there', { passphraseFile: 'secret' }, () => {}, /cannot be read: ENOENT/],
    ['a folder', { passphraseFile: 'secret' }, (root) => mkdirSync(join(root, 'secret'), { mode: 0o700 }), /cannot be read: EISDIR/],
    ['an empty file', { passphraseFile: 'secret' }, (root) => writeFileSync(join(root, 'secret'), '\n', { mode: 0o600 }), /It is empty/],
    [
      'a file that others may read',
      { passphraseFile: 'secret' },
      (root) => {
        writeFileSync(join(root, 'secret'), SECRET)
        chmodSync(join(root, 'secret'), 0o640)
      },
      /chmod 600/,
    ],
    [
      'an identity that is none',
      { passphraseVariable: VARIABLE, identityFile: 'secret' },
      (root) => {
        process.env[VARIABLE] = PASSPHRASE
        writeFileSync(join(root, 'secret'), SECRET, { mode: 0o600 })
      },
      /holds no age identity/,
    ],
  ])('%s', async (_name, settings, prepare, message) => {
    const place = makePlace()
    prepare(place.root)
    const error = await failureOf(take(await place.context(settings), place.store))
    expect(error.code).toBe('config')
    expect(saidBy(error)).toMatch(message)
    expect(saidBy(error)).not.toContain(SECRET)
    expect(saidBy(error)).not.toContain(PASSPHRASE)
    expect(await place.store.list()).toEqual({ usable: [], unusable: [] })
  })
})

describe('an encrypted snapshot that cannot be opened', () => {
  test('wrong identity, wrong passphrase: said with the setting; the database is as it was', async () => {
    const place = makePlace()
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    await makeIdentity(join(place.root, 'other.txt'))
    const ofRecipient = await take(await place.context({ recipients: [recipient] }), place.store)
    const wrong = await place.context({ recipients: [recipient], identityFile: 'other.txt' })
    const said = saidBy(await failureOf(restoreSnapshot(wrong, ofRecipient, { store: place.store })))
    expect(said).toMatch(new RegExp(`${ofRecipient.id} could not be decrypted: what encryption.identityFile .* does not open it`))
    process.env[VARIABLE] = PASSPHRASE
    const context = await place.context({ passphraseVariable: VARIABLE })
    const ofPassphrase = await take(context, place.store)
    process.env[VARIABLE] = 'another'
    const other = saidBy(await failureOf(restoreSnapshot(context, ofPassphrase, { store: place.store })))
    expect(other).toMatch(new RegExp(`${ofPassphrase.id} could not be decrypted: what encryption.passphraseVariable .* does not open it`))
    expect((await place.store.list()).usable).toHaveLength(2)
    expect(opened(place.store)).toEqual([])
  })

  test('without an identity: taking works, verifying says what it did not read, restoring is refused with what to set', async () => {
    const place = makePlace()
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [recipient] })
    const snapshot = await take(context, place.store)
    expect(snapshot.choice.why).toContain('nothing here can decrypt it')
    expect(await verifySnapshot(context, snapshot)).toMatch(/what is in them was not read.*encryption.identityFile/)
    const error = await failureOf(restoreSnapshot(context, snapshot, { store: place.store }))
    expect(saidBy(error)).toMatch(/nothing here can decrypt it[\s\S]*Set encryption.identityFile/)
    expect((await place.store.list()).usable).toHaveLength(1)
  })

  test('one flipped bit, one missing file, one left unencrypted: each a refusal', async () => {
    const place = makePlace()
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [recipient] })
    const damage: [RegExp, (folder: string) => void][] = [
      [/database.sqlite.age is not as it was written/, (folder) => flip(join(folder, 'database.sqlite.age'))],
      [/manifest.json.age is missing/, (folder) => rmSync(join(folder, 'manifest.json.age'))],
      [/database.sqlite does not belong to it/, (folder) => writeFileSync(join(folder, 'database.sqlite'), 'x')],
    ]
    for (const [message, harm] of damage) {
      const snapshot = await take(context, place.store)
      harm(snapshot.folder)
      expect(saidBy(await failureOf(verifySnapshot(context, snapshot)))).toMatch(message)
    }
  })

  test('what was encrypted for us by somebody else is not taken for the snapshot', async () => {
    const place = makePlace()
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [recipient], identityFile: 'identity.txt' })
    const [one, two] = [await take(context, place.store), await take(context, place.store)]
    for (const name of readdirSync(one.folder).filter((file) => file.endsWith('.age')))
      writeFileSync(join(two.folder, name), readFileSync(join(one.folder, name)))
    await rewriteHashes(two)
    expect(saidBy(await failureOf(verifySnapshot(context, two)))).toMatch(/belongs to snapshot|contradicts itself/)
  })
})

function flip(file: string): void {
  const bytes = readFileSync(file)
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

describe('killed', () => {
  // Some 25 MB.
  const ROWS = 30_000

  test('while it is encrypted: nothing half-visible, and the next one takes away what was left', async () => {
    const place = makePlace(ROWS)
    const { recipient } = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [recipient], identityFile: 'identity.txt' })
    process.env.TEST_RECIPIENT = recipient
    onTestFinished(() => {
      delete process.env.TEST_RECIPIENT
    })
    for (const moment of ['Encrypting the snapshot', 'database.sqlite.age', 'fingerprint.json.age', 'manifest.json.age'] as const) {
      const child = await startChild('take', 'sqlite', `file:${place.file}`, place.root, moment)
      if (moment === 'Encrypting the snapshot') expect(await child.whenThere).toBe('there')
      else await waitForFile(place.store.folder, moment)
      await child.kill()
      const { usable, unusable } = await place.store.list()
      expect(usable.map(({ manifest }) => manifest.encryption)).toEqual(usable.map(() => ({ format: 'age', how: 'recipients' })))
      for (const snapshot of usable) await verifySnapshot(context, snapshot)
      expect(usable.length + unusable.length).toBeGreaterThan(0)
    }
    const snapshot = await take(context, place.store)
    expect((await place.store.list()).unusable).toEqual([])
    expect(filesBelow(place.store.folder).filter((file) => readFileSync(file).includes(MARKER))).toEqual([])
    expect(await verifySnapshot(context, snapshot)).toBeNull()
  }, 120_000)

  test('while it is open: the next one takes away what was decrypted', async () => {
    const place = makePlace(ROWS)
    const { recipient, file } = await makeIdentity(join(place.root, 'identity.txt'))
    const context = await place.context({ recipients: [recipient], identityFile: 'identity.txt' })
    const snapshot = await take(context, place.store)
    Object.assign(process.env, { TEST_RECIPIENT: recipient, TEST_IDENTITY: file })
    onTestFinished(() => {
      delete process.env.TEST_RECIPIENT
      delete process.env.TEST_IDENTITY
    })
    for (const moment of ['Decrypting the snapshot', 'Restoring the database']) {
      const child = await startChild('restore', 'sqlite', `file:${place.file}`, place.root, moment)
      expect(await child.whenThere).toBe('there')
      expect(opened(place.store)).toHaveLength(1)
      await child.kill()
      expect(filesBelow(place.store.folder).some((one) => readFileSync(one).includes(MARKER))).toBe(true)
      await withReadable(context, snapshot, async () => {}, ['fingerprint.json'])
      expect(opened(place.store)).toEqual([])
    }
    expect(spawnSync('grep', ['-rl', MARKER, place.store.folder], { encoding: 'utf8' }).stdout).toBe('')
  }, 120_000)
})

async function waitForFile(folder: string, name: string): Promise<void> {
  while (!filesBelow(folder).some((file) => file.includes('.partial-') && file.endsWith(`/${name}`)))
    await new Promise((resolve) => setTimeout(resolve, 2))
}
