import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, test } from 'vitest'
import { sqliteBackup } from '../../src/snapshots/engines/sqlite-backup.js'
import { findUnchanged } from '../../src/snapshots/find-unchanged.js'
import { readFingerprint } from '../../src/snapshots/fingerprint-file.js'
import { planRestore } from '../../src/snapshots/plan-restore.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { failureOf, openContext, projectOn, saidBy, type TestContext, temporaryFolder } from './snapshot-test.js'

/** Everything that FACTS.md lists for SQLite. */
const EVERYTHING = `
  PRAGMA user_version = 4711; PRAGMA application_id = 1234567;
  CREATE TABLE "User" (id INTEGER PRIMARY KEY AUTOINCREMENT, "full name" TEXT, score REAL, blob BLOB, "select" ANY, doubled GENERATED ALWAYS AS (id * 2) VIRTUAL);
  INSERT INTO "User" (id, "full name", score, blob, "select") VALUES
    (1, 'Ada ''quoted'' "double"' || char(10) || 'line', 1.5, x'00FF10', 12), (9007199254740993, NULL, -0.0, NULL, 'text'), (3, 'ünïcödé 🦄', 1e308, x'', x'AB');
  DELETE FROM "User" WHERE id = 3;
  CREATE TABLE kv (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
  INSERT INTO kv VALUES ('a', 1), ('b', 'two'), ('c', NULL);
  CREATE TABLE strict_one (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0)) STRICT;
  INSERT INTO strict_one VALUES (1, 10), (2, 20);
  CREATE TABLE "child.of;user" (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES "User"(id) ON DELETE CASCADE);
  INSERT INTO "child.of;user" VALUES (1, 1), (2, 1);
  CREATE INDEX partial_one ON "User" ("full name") WHERE score > 0;
  CREATE INDEX expression_one ON kv (lower(k));
  CREATE VIEW names AS SELECT "full name" FROM "User";
  CREATE TRIGGER no_delete BEFORE DELETE ON kv BEGIN SELECT raise(ABORT, 'no'); END;
  CREATE VIRTUAL TABLE notes USING fts5(title, body);
  INSERT INTO notes VALUES ('hello', 'full text search');
  CREATE TABLE text_in_integer (n INTEGER); INSERT INTO text_in_integer VALUES ('not a number'), (x'01');`

/** Everything a database shows of itself. */
function contentsOf(file: string): unknown {
  const handle = new Sqlite(file, { readonly: true })
  handle.defaultSafeIntegers(true)
  try {
    const master = handle.prepare('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name').all()
    const tables = handle.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
    const pragmas = ['user_version', 'application_id', 'auto_vacuum', 'page_size', 'encoding', 'journal_mode']
    return {
      master,
      rows: tables.map((name) => [
        name,
        handle
          .prepare(`SELECT * FROM "${String(name)}"`)
          .raw()
          .all(),
      ]),
      pragmas: pragmas.map((pragma) => [pragma, handle.pragma(pragma, { simple: true })]),
    }
  } finally {
    handle.close()
  }
}

const open: TestContext[] = []
afterEach(async () => {
  for (const context of open.splice(0)) await context.close()
})

async function setUp(prepare: (handle: Sqlite.Database) => void, before = '') {
  const root = temporaryFolder()
  const file = join(root, 'dev data.db')
  const handle = new Sqlite(file)
  handle.exec(before)
  prepare(handle)
  handle.close()
  const context = await openContext(projectOn('sqlite', `file:${file}`, root))
  open.push(context)
  return { root, file, context, store: openStore(join(root, '.safe-migrate', 'snapshots')) }
}

const VARIANTS: [name: string, before: string][] = [
  ['rollback journal', ''],
  ['write-ahead log', 'PRAGMA journal_mode = WAL;'],
  ['small pages, auto_vacuum, UTF-16', "PRAGMA page_size = 512; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA encoding = 'UTF-16le';"],
  ['large pages in a write-ahead log', 'PRAGMA page_size = 65536; PRAGMA journal_mode = WAL;'],
]

describe('sqlite-backup', () => {
  test.each(VARIANTS.flatMap(([name, before]) => (['sqlite-backup', 'json'] as const).map((engine) => [engine, name, before] as const)))(
    '%s brings everything back (%s)',
    async (engine, _name, before) => {
      const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING), before)
      const contents = contentsOf(file)
      const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
      await verifySnapshot(context, snapshot)
      const other = new Sqlite(file)
      other.exec('DROP TABLE kv; UPDATE "User" SET "full name" = NULL; DELETE FROM notes; PRAGMA user_version = 1; CREATE TABLE more (id)')
      other.close()
      const { replacedSnapshot } = await restoreSnapshot(context, snapshot, { store })
      expect(contentsOf(file)).toEqual(contents)
      expect(replacedSnapshot?.manifest.reason).toBe('before restore')
      // And what the restore replaced can be had back too.
      if (replacedSnapshot === null) throw new Error('nothing was kept')
      await restoreSnapshot(context, replacedSnapshot, { store })
      const now = new Sqlite(file, { readonly: true })
      expect(now.prepare('SELECT count(*) FROM more').pluck().get()).toBe(0)
      expect(now.prepare('SELECT count("full name") FROM "User"').pluck().get()).toBe(0)
      now.close()
    },
  )

  test('the snapshot is one file, private, and the same as the database page by page', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    const copy = join(snapshot.folder, 'database.sqlite')
    const pages = (path: string) => createHash('sha256').update(readFileSync(path).subarray(100)).digest('hex')
    expect(pages(copy)).toBe(pages(file))
    expect(snapshot.manifest.files.map((one) => one.path)).toEqual(['database.sqlite', 'fingerprint.json'])
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(statSync(snapshot.folder).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(store.folder, '.gitignore'), 'utf8')).toBe('*\n')
  })

  test('copies one moment while another process writes to a write-ahead log', async () => {
    const { file, context, store } = await setUp((handle) => {
      handle.exec('CREATE TABLE a (id INTEGER PRIMARY KEY, n); CREATE TABLE b (id INTEGER PRIMARY KEY, n)')
      const fill = handle.prepare(
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 50000) INSERT INTO a SELECT i, printf('%0200d', i) FROM c",
      )
      fill.run()
      handle.exec('INSERT INTO b SELECT * FROM a')
    }, 'PRAGMA journal_mode = WAL;')
    const { execa } = await import('execa')
    const script = `const D=require('better-sqlite3');const d=new D(process.argv[1],{timeout:9000});let i=1e6;
      for(;;){i++;d.exec('BEGIN;INSERT INTO a VALUES('+i+',1);INSERT INTO b VALUES('+i+',1);COMMIT');if(i===1e6+1)console.log('go')}`
    const writer = execa(process.execPath, ['-e', script, file], { reject: false })
    await new Promise((resolve) => writer.stdout.once('data', resolve))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    writer.kill('SIGKILL')
    await writer
    const counts = snapshot.manifest.tables.map((table) => table.rows)
    expect(counts[0]).toBe(counts[1])
    expect(counts[0]).toBeGreaterThan(50000)
    await verifySnapshot(context, snapshot)
  }, 60_000)

  test.each([
    ['512 → 4096', 512, 4096, 'DELETE'],
    ['4096 → 1024', 4096, 1024, 'DELETE'],
    ['512 → 8192 in a write-ahead log', 512, 8192, 'WAL'],
  ])('restores over a database with other pages: %s', async (_name, then, now, mode) => {
    const { file, context, store } = await setUp(
      (handle) => handle.exec(EVERYTHING),
      `PRAGMA page_size = ${then}; PRAGMA journal_mode = ${mode};`,
    )
    const contents = contentsOf(file)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    await context.withoutConnection(async () => {
      const handle = new Sqlite(file)
      handle.exec(
        `PRAGMA journal_mode = DELETE; PRAGMA page_size = ${now}; VACUUM; PRAGMA journal_mode = ${mode}; DROP TABLE "child.of;user"`,
      )
      expect(handle.pragma('page_size', { simple: true })).toBe(now)
      handle.close()
    })
    await restoreSnapshot(context, snapshot, { store })
    expect(contentsOf(file)).toEqual(contents)
  })

  test('creates the file again when it is gone, and does not mix it with a journal left behind', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING), 'PRAGMA journal_mode = WAL;')
    const contents = contentsOf(file)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    await context.withoutConnection(async () => {
      // A write-ahead log with a commit in it, without its database.
      const handle = new Sqlite(file)
      handle.exec("PRAGMA wal_autocheckpoint = 0; INSERT INTO kv VALUES ('left', 'behind')")
      copyFileSync(`${file}-wal`, `${file}.saved-wal`)
      handle.close()
      rmSync(file)
      copyFileSync(`${file}.saved-wal`, `${file}-wal`)
    })
    const { replacedSnapshot } = await restoreSnapshot(context, snapshot, { store })
    expect(replacedSnapshot).toBeNull()
    expect(contentsOf(file)).toEqual(contents)
    expect(context.connection.serverVersion).toMatch(/^3\./)
  })

  test('says who is in the way when another process holds the database, and leaves it as it was', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    const reader = new Sqlite(file)
    reader.exec('BEGIN; DELETE FROM strict_one')
    const before = createHash('sha256').update(readFileSync(file)).digest('hex')
    const error = await failureOf(sqliteBackup.restore(context, snapshot, { isKept: true }))
    reader.exec('ROLLBACK')
    reader.close()
    expect(saidBy(error)).toMatch(/another process has been using it for 10 seconds[\s\S]*as it was[\s\S]*Stop the programs/)
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(before)
  }, 30_000)

  test('does not overwrite what somebody writes while the snapshot of now is taken', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    const handle = new Sqlite(file)
    Object.assign(context, { onFingerprint: async () => void handle.exec("INSERT INTO kv VALUES ('late', 1)") })
    expect(saidBy(await failureOf(restoreSnapshot(context, snapshot, { store })))).toMatch(/Somebody has written[\s\S]*table kv has 4/)
    expect(handle.prepare("SELECT v FROM kv WHERE k = 'late'").pluck().get()).toBe(1)
    handle.close()
  })

  test('does not overwrite what is no database', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    await context.withoutConnection(async () => {
      writeFileSync(file, 'this is precious text, not a database'.repeat(100))
      const error = await failureOf(sqliteBackup.restore({ ...context, withoutConnection: (work) => work() }, snapshot, { isKept: true }))
      expect(saidBy(error)).toMatch(/no readable database[\s\S]*mv "/)
      expect(readFileSync(file, 'utf8')).toMatch(/^this is precious/)
      rmSync(file)
    })
  })

  test('an empty database is a snapshot too', async () => {
    const { file, context, store } = await setUp(() => {})
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    const handle = new Sqlite(file)
    handle.exec('CREATE TABLE t (id)')
    handle.close()
    await restoreSnapshot(context, snapshot, { store })
    const now = new Sqlite(file)
    expect(now.prepare('SELECT count(*) FROM sqlite_master').pluck().get()).toBe(0)
    now.close()
  })

  test('shows a table of the snapshot beside the live one', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    const handle = new Sqlite(file)
    handle.exec('UPDATE "User" SET "full name" = NULL WHERE id = 1')
    handle.close()
    const opened = await sqliteBackup.openTable(context, snapshot, { schema: null, name: 'User' })
    const rows = await opened.connection.query(
      `SELECT s.id FROM ${opened.sqlName} s JOIN main."User" l ON l.id = s.id WHERE l."full name" IS NOT s."full name"`,
    )
    expect(rows).toEqual([{ id: 1n }])
    expect(opened.columns).toEqual(['id', 'full name', 'score', 'blob', 'select', 'doubled'])
    await expect(opened.connection.query(`DELETE FROM ${opened.sqlName}`)).rejects.toThrow()
    await opened.close()
    await verifySnapshot(context, snapshot)
  })

  test('a cut off copy is refused, and nothing is restored from it', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    const before = contentsOf(file)
    truncateSync(join(snapshot.folder, 'database.sqlite'), 8192)
    const error = await failureOf(restoreSnapshot(context, snapshot, { store }))
    expect(saidBy(error)).toMatch(/database\.sqlite is cut off \(8192 of \d+ bytes\)[\s\S]*snapshot list/)
    expect(contentsOf(file)).toEqual(before)
    expect(existsSync(file)).toBe(true)
  })

  test('values are not digested when it is taken, and compared with the file itself when it is needed', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const { id, manifest, folder, fingerprint } = await takeSnapshot(context, { store, reason: 'manual' })
    expect(manifest.tables.map(({ name, rows, digest }) => [name, rows, digest])).toContainEqual(['kv', 3, null])
    expect(fingerprint.rowsIn).toBe(join(folder, 'database.sqlite'))
    expect(await readFingerprint({ id, folder })).toEqual(fingerprint)
    const find = () => findUnchanged(context, store, { exact: true, engine: 'auto' })
    expect((await find())?.how).toBe('every row and every definition was compared')
    const handle = new Sqlite(file)
    handle.exec("UPDATE kv SET v = 'three' WHERE k = 'c'")
    handle.close()
    expect(await find()).toBeNull()
    const [change, ...others] = (await planRestore(context, { id, folder, manifest })).changed
    expect([change?.name, change?.keysDiffer, change?.columns, others]).toEqual(['kv', false, ['v'], []])
  })

  test('where the time is limited, or the snapshot encrypted, every value is digested at once', async () => {
    const { context, store } = await setUp((handle) => handle.exec(EVERYTHING))
    const { fingerprint, manifest } = await takeSnapshot({ ...context, reading: { budget: 600_000 } }, { store, reason: 'manual' })
    expect(fingerprint.rowsIn).toBeUndefined()
    expect(manifest.tables.find(({ name }) => name === 'kv')?.digest).toMatch(/^[0-9a-f]{64}$/)
  })

  const ROWS = `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n);
    WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000) INSERT INTO t SELECT i, printf('%0100d', i), i FROM c;`

  test('of a damaged table no snapshot is taken, as nothing could be restored from it', async () => {
    const { file, context, store } = await setUp((handle) => handle.exec(ROWS))
    const bytes = readFileSync(file)
    bytes.fill(0xff, 4096 * 9, 4096 * 10)
    writeFileSync(file, bytes)
    const error = await failureOf(takeSnapshot(context, { store, reason: 'deploy' }))
    expect(saidBy(error)).toMatch(/The copy of SQLite database .* fails SQLite's integrity check[\s\S]*Restore an earlier snapshot/)
    expect(await store.list()).toEqual({ usable: [], unusable: [] })
  })

  test('an index that is not that of its table is no reason to have no snapshot, nor to refuse a restore; verifying tells', async () => {
    const { file, context, store } = await setUp((handle) => {
      handle.unsafeMode()
      handle.exec(`${ROWS} CREATE INDEX i ON t (n); CREATE TEMP TABLE kept AS SELECT * FROM sqlite_master WHERE name = 'i';
        PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'i'; PRAGMA writable_schema = RESET; UPDATE t SET n = n + 1;
        PRAGMA writable_schema = ON; INSERT INTO sqlite_master SELECT * FROM kept; PRAGMA writable_schema = RESET`)
    })
    const snapshot = await takeSnapshot(context, { store, reason: 'deploy' })
    const handle = new Sqlite(file)
    handle.exec('DROP TABLE t')
    handle.close()
    await restoreSnapshot(context, snapshot, { store })
    const now = new Sqlite(file, { readonly: true })
    expect(now.prepare('SELECT count(*), sum(n) FROM t NOT INDEXED').raw().get()).toEqual([2000, 2_003_000])
    now.close()
    expect(saidBy(await failureOf(verifySnapshot(context, snapshot)))).toMatch(/fails SQLite's integrity check[\s\S]*missing from index i/)
  })
})
