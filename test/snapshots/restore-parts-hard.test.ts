import { describe, expect, test } from 'vitest'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { numbersOf, partsSuite } from './parts-suite.js'
import { failureOf, saidBy } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('hard cases of restores of parts')

describe.skipIf(server === null)('hard cases of parts', () => {
  const setUp = partsSuite(server as PostgresqlServer)

  test.each(['sqlite-backup', 'pg-dump'] as const)('%s: tables that reference each other', async (engine) => {
    const there = await setUp(
      engine,
      `CREATE TABLE team (id INTEGER PRIMARY KEY, captain INTEGER); CREATE TABLE player (id INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES team(id));
       ${engine === 'pg-dump' ? 'ALTER TABLE team ADD FOREIGN KEY (captain) REFERENCES player(id)' : 'DROP TABLE team; CREATE TABLE team (id INTEGER PRIMARY KEY, captain INTEGER REFERENCES player(id))'};
       INSERT INTO team VALUES (1, NULL), (2, NULL); INSERT INTO player VALUES (10, 1), (20, 2); UPDATE team SET captain = id * 10`,
    )
    const snapshot = await there.take()
    await there.query('UPDATE team SET captain = NULL; DELETE FROM player; DELETE FROM team')
    const { plan } = await there.restore(snapshot, { only: ['player', 'team'], mode: 'missing' })
    expect(numbersOf(plan)).toEqual({ team: { inserted: 2 }, player: { inserted: 2 } })
    expect(await there.query('SELECT * FROM team ORDER BY id')).toEqual([
      { id: 1, captain: 10 },
      { id: 2, captain: 20 },
    ])
  })

  test('a cycle in which nothing may be NULL or deferred; the constraints are afterwards what they were', async () => {
    const there = await setUp(
      'pg-dump',
      `CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a(id));
       INSERT INTO a VALUES (1, 5); INSERT INTO b VALUES (5, 1); ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b(id)`,
    )
    const snapshot = await there.take()
    await there.query(
      'ALTER TABLE a DROP CONSTRAINT a_b; DELETE FROM b; DELETE FROM a; ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b(id)',
    )
    await there.restore(snapshot, { only: ['a', 'b'] })
    expect(await there.query('SELECT a.id, b.id AS other FROM a JOIN b ON b.id = a.b AND b.a = a.id')).toEqual([{ id: 1, other: 5 }])
    expect(
      await there.query("SELECT count(*)::int AS n FROM pg_constraint WHERE contype = 'f' AND (condeferrable OR condeferred)"),
    ).toEqual([{ n: 0 }])
  })

  test.each([
    [
      'sqlite-backup',
      `CREATE TRIGGER no_insert BEFORE INSERT ON t BEGIN SELECT raise(ABORT, 'no'); END; CREATE TRIGGER stamp AFTER UPDATE ON t BEGIN UPDATE t SET v = 'stamped' WHERE id = NEW.id; END`,
    ],
    [
      'pg-dump',
      `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'; CREATE TRIGGER no_insert BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no(); CREATE TRIGGER off BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION no(); ALTER TABLE t DISABLE TRIGGER off`,
    ],
  ] as const)('%s: triggers do not fire on restored rows, and are there afterwards', async (engine, triggers) => {
    const there = await setUp(
      engine,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'); ${triggers}`,
    )
    const catalog =
      engine === 'pg-dump'
        ? 'SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1'
        : "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
    const before = await there.query(catalog)
    const snapshot = await there.take()
    await there.query("DELETE FROM t WHERE id = 1; UPDATE t SET v = 'c'")
    await there.restore(snapshot, { only: ['t'] })
    expect(await there.query('SELECT * FROM t ORDER BY id')).toEqual([
      { id: 1, v: 'a' },
      { id: 2, v: 'b' },
    ])
    expect(await there.query(catalog)).toEqual(before)
    await expect(there.query("INSERT INTO t VALUES (3, 'x')")).rejects.toThrow('no')
  })

  test('identity, generated, enum, renamed, added and dropped columns; values that do not fit any more stop it', async () => {
    const there = await setUp(
      'pg-dump',
      `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n numeric(10, 3), m mood, moods mood[], twice int GENERATED ALWAYS AS (2 * 3) STORED, old text, j json);
       INSERT INTO t (n, m, moods, old, j) VALUES (1.500, 'ok', '{sad,ok}', 'x', '{"a": 1.0}'), (NULL, NULL, NULL, NULL, NULL)`,
    )
    const snapshot = await there.take()
    await there.query(
      `DELETE FROM t; ALTER TABLE t RENAME m TO feeling; ALTER TABLE t DROP old; ALTER TABLE t ADD added int NOT NULL DEFAULT 7; ALTER TABLE t ALTER n TYPE numeric(12, 4); SELECT setval('t_id_seq', 1, false)`,
    )
    const { plan } = await there.restore(snapshot, { only: ['t'] })
    expect(plan.notices.join('\n')).toMatch(/t\.old is not there any more[\s\S]*t\.added was not there before/)
    expect(await there.query('SELECT id, n::text, feeling, moods::text, twice, added, j::text FROM t ORDER BY id')).toEqual([
      { id: 1, n: '1.5000', feeling: 'ok', moods: '{sad,ok}', twice: 6, added: 7, j: '{"a": 1.0}' },
      { id: 2, n: null, feeling: null, moods: null, twice: 6, added: 7, j: null },
    ])
    expect(await there.query('INSERT INTO t (n) VALUES (1) RETURNING id')).toEqual([{ id: 3 }])
    await there.query('DELETE FROM t; ALTER TABLE t ALTER n TYPE numeric(10, 0)')
    expect(saidBy(await failureOf(there.restore(snapshot, { only: ['t'] })))).toMatch(
      /1 values of t\.n do not fit[\s\S]*Nothing was changed/,
    )
  })

  test.each(['sqlite-backup', 'pg-dump'] as const)(
    '%s: without a key only replace; other rows with the same unique value are named',
    async (engine) => {
      const there = await setUp(
        engine,
        `CREATE TABLE log (what TEXT); INSERT INTO log VALUES ('a'); CREATE TABLE u (id INTEGER PRIMARY KEY, email TEXT UNIQUE); INSERT INTO u VALUES (1, 'a@x')`,
      )
      const snapshot = await there.take()
      expect(saidBy(await failureOf(there.plan(snapshot, { only: ['log'], mode: 'missing' })))).toMatch(
        /log has no primary key[\s\S]*--mode replace/,
      )
      await there.query('UPDATE u SET id = 2')
      expect(saidBy(await failureOf(there.plan(snapshot, { only: ['u'], mode: 'missing' })))).toMatch(/same email now[\s\S]*--key u=email/)
      expect(numbersOf(await there.plan(snapshot, { only: ['u'], mode: 'missing', keys: { '': 'email' } }))).toEqual({
        u: { unchanged: 1, remapped: 1 },
      })
      await there.restore(snapshot, { only: ['u'] })
      expect(await there.query('SELECT * FROM u')).toEqual([{ id: 1, email: 'a@x' }])
    },
  )

  test.each(['sqlite-backup', 'pg-dump'] as const)('%s: unique values that rows have exchanged', async (engine) => {
    const there = await setUp(
      engine,
      `CREATE TABLE item (id INTEGER PRIMARY KEY, list INTEGER NOT NULL, place INTEGER NOT NULL, UNIQUE (list, place)); INSERT INTO item VALUES (1, 1, 1), (2, 1, 2), (3, 1, 3)`,
    )
    const snapshot = await there.take()
    await there.query('UPDATE item SET place = place + 100; UPDATE item SET place = 104 - place WHERE place > 100')
    const { plan } = await there.restore(snapshot, { only: ['item'] })
    expect(numbersOf(plan)).toEqual({ item: { overwritten: 2, unchanged: 1 } })
    expect(await there.query('SELECT place FROM item ORDER BY id')).toEqual([{ place: 1 }, { place: 2 }, { place: 3 }])
  })

  test('tables of one name in two schemas', async () => {
    const there = await setUp(
      'pg-dump',
      'CREATE TABLE t (id int PRIMARY KEY); CREATE SCHEMA other; CREATE TABLE other.t (id int PRIMARY KEY); INSERT INTO t VALUES (1); INSERT INTO other.t VALUES (2)',
    )
    const snapshot = await there.take()
    await there.query('DELETE FROM t; DELETE FROM other.t')
    expect(saidBy(await failureOf(there.plan(snapshot, { only: ['t'] })))).toMatch(/other\.t.*public\.t|public\.t.*other\.t/)
    await there.restore(snapshot, { only: ['other.t'] })
    expect(await there.query('SELECT * FROM t UNION ALL SELECT * FROM other.t')).toEqual([{ id: 2 }])
  })

  test('an id below those that its sequence gives, and what references a row from another schema', async () => {
    const there = await setUp(
      'copy',
      'CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (0); CREATE SCHEMA other; CREATE TABLE other.c (t int REFERENCES t)',
    )
    const snapshot = await there.take()
    await there.query('INSERT INTO t VALUES (7); INSERT INTO other.c VALUES (7)')
    const error = await failureOf(there.restore(snapshot, { only: ['t'] }))
    expect(error.next[0]).toContain('--only t,other.c')
    await there.query('DELETE FROM t WHERE id = 0')
    await there.query('DELETE FROM other.c')
    await there.restore(snapshot, { only: ['t'] })
    await there.query('INSERT INTO t DEFAULT VALUES')
    expect(await there.query('SELECT id FROM t ORDER BY id')).toEqual([{ id: 0 }, { id: 1 }])
  })

  test.each([
    ['sqlite-backup', 'confirm', "INSERT INTO t VALUES (3, 'new')"],
    ['sqlite-backup', 'onFingerprint', "UPDATE t SET v = 'newer' WHERE id = 1"],
    ['pg-dump', 'onFingerprint', "UPDATE t SET v = 'newer' WHERE id = 1"],
  ] as const)('%s: what somebody writes after %s is not lost', async (engine, moment, sql) => {
    const there = await setUp(engine, `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')`)
    const snapshot = await there.take()
    await there.query("UPDATE t SET v = 'changed'")
    const write = async () => void (await there.query(sql))
    if (moment === 'onFingerprint') Object.assign(there.context, { onFingerprint: write })
    const error = await failureOf(there.restore(snapshot, { only: ['t'] }, moment === 'confirm' ? write : undefined))
    expect(saidBy(error)).toMatch(/Somebody has written to the tables in the meantime\. Nothing was changed/)
    expect(Number((await there.query("SELECT count(*) AS n FROM t WHERE v LIKE 'new%'"))[0]?.n)).toBe(1)
  })

  test.each(['sqlite-backup', 'pg-dump'] as const)(
    '%s: a hundred thousand rows by sets, not one by one',
    async (engine) => {
      const numbers =
        engine === 'pg-dump'
          ? 'generate_series(1, 100000) AS n(i)'
          : '(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n)'
      const there = await setUp(
        engine,
        `CREATE TABLE big (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, v TEXT, boss INTEGER REFERENCES big(id)); CREATE INDEX big_boss ON big (boss); INSERT INTO big SELECT i, 'user' || i, 'value ' || i, CASE WHEN i > 1 THEN i / 2 END FROM ${numbers}`,
      )
      const snapshot = await there.take()
      await there.query("UPDATE big SET boss = NULL; DELETE FROM big WHERE id % 2 = 0; UPDATE big SET v = 'changed' WHERE id % 3 = 0")
      const start = performance.now()
      const { plan } = await there.restore(snapshot, { only: ['big'], mode: 'upsert', keys: { big: 'email' } })
      expect(numbersOf(plan)).toEqual({ big: { inserted: 50_000, overwritten: 49_999, unchanged: 1 } })
      expect(performance.now() - start).toBeLessThan(60_000) // it plans twice, and keeps what is there first; one by one it took minutes
      expect(
        Number((await there.query("SELECT count(*) AS n FROM big WHERE v = 'value ' || id AND (boss = id / 2 OR id = 1)"))[0]?.n),
      ).toBe(100_000)
    },
    120_000,
  )
})
