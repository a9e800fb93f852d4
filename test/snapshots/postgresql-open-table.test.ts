import { describe, expect, test } from 'vitest'
import { findEngine } from '../../src/snapshots/engines/index.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { failureOf } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('tables of PostgreSQL snapshots')

const SCHEMA = String.raw`
CREATE SCHEMA "o.S"; CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE "Role" AS ENUM ('A', 'B'); CREATE DOMAIN short AS varchar(5); CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
CREATE TABLE "User" (id bigint PRIMARY KEY, "Full Name" text, role "Role", roles "Role"[], s short, p pair, n numeric(10, 2), ci citext, h hstore, gone int, g int GENERATED ALWAYS AS (3 + 4) STORED, viaf int GENERATED ALWAYS AS (twice(5)) STORED);
ALTER TABLE "User" DROP COLUMN gone;
INSERT INTO "User" (id, "Full Name", role, roles, s, p, n, ci, h) VALUES (9007199254740993, E'a\tb\nc\\.', 'B', '{A,B}', 'abc', '(1,x)', 1.50, 'Ci', 'a=>1'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE "o.S"."User" (id int, t text); INSERT INTO "o.S"."User" VALUES (7, 'other');
CREATE TABLE "we""ird;
name" ("co""l" int); INSERT INTO "we""ird;
name" VALUES (5);
CREATE TABLE log (at int, what text, extra int) PARTITION BY LIST (at); CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1); CREATE TABLE log_2 (extra int, junk int, what text, at int); ALTER TABLE log_2 DROP COLUMN junk; ALTER TABLE log ATTACH PARTITION log_2 FOR VALUES IN (2);
INSERT INTO log VALUES (1, 'x', 10), (2, 'y', 20), (2, 'z', 30);
CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2);
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; CREATE TABLE empty_one (id int);`

const MIGRATION = `ALTER TABLE "User" ALTER role TYPE text, ALTER roles TYPE text[]; DROP TYPE "Role"; ALTER TABLE "User" DROP COLUMN viaf; DROP FUNCTION twice; UPDATE "User" SET n = round(n);
  DROP TYPE pair CASCADE; DROP EXTENSION hstore CASCADE; DROP TABLE log; CREATE TABLE log (id int)`

describe.skipIf(server === null).each(['pg-dump', 'pg-template', 'copy', 'json'])('a table of a %s snapshot beside the live ones', (id) => {
  const there = server as PostgresqlServer
  const setUp = postgresqlSuite(there)
  const engine = findEngine(id)

  test('shows names, types and values of then, whatever became of the types', async () => {
    const { name, context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: id })
    await there.query(name, MIGRATION)
    const user = await engine.openTable(context, snapshot, { schema: 'public', name: 'User' })
    // What only a function that is gone can compute is not in a dump.
    const columns = ['id', 'Full Name', 'role', 'roles', 's', 'p', 'n', 'ci', 'h', 'g']
    expect(user.columns).toEqual(id === 'pg-template' ? [...columns, 'viaf'] : columns)
    const lists = columns.map((column) => `"${column}"`).join(', ')
    expect(await user.connection.query(`SELECT ${lists} FROM ${user.sqlName} ORDER BY id DESC`)).toEqual([
      {
        id: '9007199254740993',
        'Full Name': 'a\tb\nc\\.',
        role: 'B',
        roles: ['A', 'B'],
        s: 'abc',
        p: '(1,x)',
        n: '1.50',
        ci: 'Ci',
        h: '"a"=>"1"',
        g: 7,
      },
      { id: '2', 'Full Name': null, role: null, roles: null, s: null, p: null, n: null, ci: null, h: null, g: 7 },
    ])
    const differing = await user.connection.query(
      `SELECT s.id, s.n, l.n AS now FROM ${user.sqlName} s JOIN "User" l ON l.id = s.id WHERE l.n IS DISTINCT FROM s.n`,
    )
    expect(differing).toEqual([{ id: '9007199254740993', n: '1.50', now: '2.00' }])
    await user.close()
    // The live table is what it was.
    expect(await there.query(name, 'SELECT count(*)::int AS n FROM "User"')).toEqual([{ n: 2 }])
  })

  test.each([
    [{ schema: 'o.S', name: 'User' }, [{ id: 7, t: 'other' }]],
    [{ schema: 'public', name: 'we"ird;\nname' }, [{ 'co"l': 5 }]],
    [
      { schema: 'public', name: 'log' },
      [
        { at: 1, what: 'x', extra: 10 },
        { at: 2, what: 'y', extra: 20 },
        { at: 2, what: 'z', extra: 30 },
      ],
    ],
    [{ schema: 'public', name: 'parent' }, [{ id: 1 }]],
    [{ schema: 'public', name: 'child' }, [{ id: 2 }]],
    [{ schema: 'public', name: 'nothing' }, [{}]],
    [{ schema: 'public', name: 'empty_one' }, []],
  ])('finds exactly %j', async (table, rows) => {
    const { name, context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: id })
    await there.query(name, MIGRATION)
    const opened = await engine.openTable(context, snapshot, table)
    const found = await opened.connection.query(`SELECT * FROM ${opened.sqlName}`)
    expect(found).toHaveLength(rows.length)
    expect(found).toEqual(expect.arrayContaining(rows))
    await opened.close()
  })

  test('says so when there is no such table', async () => {
    const { context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: id })
    const error = await failureOf(engine.openTable(context, snapshot, { schema: 'public', name: 'user' }))
    expect(error.message).toMatch(/has no table user/)
  })
})
