import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, test } from 'vitest'
import { chooseEngine } from '../../src/snapshots/choose.js'
import { json } from '../../src/snapshots/engines/json.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import type { Snapshot } from '../../src/snapshots/snapshot.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { formatBytes } from '../../src/util/bytes.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { printDatabase } from './postgresql-test.js'
import { failureOf, openContext, projectOn, saidBy, type TestContext, temporaryFolder } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('snapshots of PostgreSQL as JSON')

function dataOf(snapshot: Snapshot): {
  readonly text: string
  readonly metadata: Record<string, unknown>
  readonly data: Record<string, unknown[]>
} {
  const text = readFileSync(join(snapshot.folder, 'data.json'), 'utf8')
  return { text, ...(JSON.parse(text) as { metadata: Record<string, unknown>; data: Record<string, unknown[]> }) }
}

/** Values whose text or whose JSON is not what one would think. */
const VALUES = String.raw`
CREATE SCHEMA other; CREATE EXTENSION citext; CREATE EXTENSION hstore;
CREATE TYPE "Kind" AS ENUM ('A', 'b c', '"'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN doc AS json; CREATE DOMAIN ids AS int[];
CREATE TABLE v (id int PRIMARY KEY, big bigint, n numeric, n2 numeric(10, 2), r real, d double precision, t text, c character(5), bp bpchar, vc character varying(9), ch "char", nm name,
  b bytea, yes boolean, u uuid, j json, jb jsonb, ts timestamp, tz timestamptz, da date, ti time, tt timetz, iv interval, k "Kind", p pair, dj doc, di ids, ip inet, m money, h hstore, ci citext, bits bit varying, rng int4range, x xml);
INSERT INTO v (id, big, n, n2, r, d, t, c, bp, vc, ch, nm, b, yes, u, j, jb, ts, tz, da, ti, tt, iv, k, p, dj, di, ip, m, h, ci, bits, rng, x) VALUES
 (1, 9223372036854775807, 12345678901234567890123.4567890, 1.10, 0.1, 0.1, E'a "b" \\ \n\r\t\b\f \u0001\u001f \\. 🦄', 'ab', 'ab  ', 'x ', 'y', 'n', '\x000aff5c', true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  E'{"b": 1,\n  "a" : 1.10, "a":2, "x":12345678901234567890.10}', '{"b":1,"a":12345678901234567890.10,"u":"\u2028\\n"}', '2024-01-02 03:04:05.678901', '2024-01-02 03:04:05.678901+05', '0044-03-15 BC', '24:00', '12:00+05:30', '-1 year 2 mons -3 days 04:05:06.7', 'b c', '(1,"a ""b"" \\")', ' {"k" : 1} ', '{1,NULL,3}', '10.0.0.1/8', '12.34', '"a"=>"1", "b"=>NULL', 'Ci', '10101', '[1,5)', '<a>é</a>'),
 (2, -9223372036854775808, 'NaN', 'NaN', 'NaN', '-Infinity', '', '', '', '', '', '', '', false, NULL, 'null', 'null', 'infinity', '-infinity', 'infinity', '00:00', '00:00+00', '0', '"', '(,)', 'null', '{}', '::1', '-0.01', '', '', '', 'empty', ''),
 (3, 0, 'Infinity', 0.00, '-0', '-0', '\N', 'null', 'NULL', 'null', NULL, NULL, '\x', NULL, NULL, '{"$json":null}', '{"$json":null}', '4713-01-01 00:00 BC', '0001-01-01 00:00:00 BC', '4714-11-24 BC', NULL, NULL, NULL, NULL, NULL, '{"$text":"x"}', '{{1,2},{3,4}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (4, NULL, 1e-20, NULL, 3.4e38, 5e-324, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '  [1, 2]', '{"$text":"x","y":{"$json":1}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '"\u0000 \ud800"', '[2:3]={7,8}', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (5, NULL, NULL, NULL, NULL, 1.7976931348623157e308, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '"$json"', '"$text"', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE arrays (id int PRIMARY KEY, t text[], i int[], b bytea[], n numeric[], j jsonb[], js json[], k "Kind"[], f float8[], c character(3)[], bp bpchar[], bx box[], p pair[], ts timestamp[], yes boolean[], d doc[], m money[]);
INSERT INTO arrays VALUES
 (1, ARRAY['a,b', NULL, 'NULL', '', '"', '\', '{}', E'\n'], '{{1,NULL},{3,4}}', ARRAY['\x00ff'::bytea, NULL, ''], '{1.10,NaN,NULL}', ARRAY['null'::jsonb, NULL, '{"a":1.10}', '"x"'], ARRAY[E'{"b":\n1}'::json, NULL], ARRAY['A', NULL, '"']::"Kind"[], '{NaN,Infinity,-0,0.1}', '{a,NULL,"b "}', ARRAY['a ', 'b'], '{(1,1),(0,0);(2,2),(1,1)}', ARRAY['(1,"x,y")'::pair, NULL], '{infinity,"0044-03-15 01:02:03.000001 BC"}', '{t,NULL,f}', ARRAY[' {"x":1}'::doc], '{"$1,234.50"}'),
 (2, '{}', '[0:1]={5,6}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '[3:4]={t,f}', '{}', '{}'), (3, NULL, '[1:2][0:1]={{1,2},{3,4}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE rules (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent int REFERENCES rules, doubled int GENERATED ALWAYS AS (parent * 2) STORED, "r" text, "line" text, "$json" jsonb);
INSERT INTO rules (parent, "r", "line", "$json") VALUES (NULL, 'x', 'y', '1'), (1, NULL, NULL, 'null'); UPDATE rules SET parent = 2 WHERE id = 1;
CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$; CREATE TRIGGER loud BEFORE INSERT ON rules FOR EACH ROW EXECUTE FUNCTION loud();
CREATE TABLE one (id int PRIMARY KEY, two int); CREATE TABLE two (id int PRIMARY KEY, one int REFERENCES one); INSERT INTO one VALUES (1, 1); INSERT INTO two VALUES (1, 1); ALTER TABLE one ADD FOREIGN KEY (two) REFERENCES two;
CREATE TABLE log (at int, what text) PARTITION BY LIST (at); CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1); CREATE TABLE log_2 PARTITION OF log DEFAULT; INSERT INTO log VALUES (1, 'a'), (2, 'b'), (NULL, 'c');
CREATE TABLE other.v (id int); INSERT INTO other.v VALUES (7); CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; CREATE TABLE none_of_it (id int);
CREATE SEQUENCE lonely; SELECT nextval('lonely'), nextval('lonely');`

describe.skipIf(server === null)('json of PostgreSQL', () => {
  const there = server as PostgresqlServer
  const setUp = postgresqlSuite(there)

  test('every value comes back as it was', async () => {
    const { name, context, store } = await setUp(VALUES)
    const before = await printDatabase(there, name)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'json' })
    await verifySnapshot(context, snapshot)
    await there.query(name, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA other CASCADE')
    await restoreSnapshot(context, snapshot, { store })
    expect(await printDatabase(there, name)).toBe(before)
  })

  test('the file is JSON: metadata with counts, then the rows of every table', async () => {
    const { context, store, root } = await setUp(VALUES)
    writeFileSync(
      join(root, 'schema.prisma'),
      'datasource db {\n provider = "postgresql"\n}\nmodel Log {\n at Int?\n text String? @map("what")\n @@map("log")\n @@ignore\n}\nmodel Value {\n id Int @id\n count BigInt? @map("big")\n @@map("v")\n}\nmodel Two {\n one Int @id @map("id")\n @@map("two")\n}',
    )
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'json' })
    const { text, metadata, data } = dataOf(snapshot)
    expect(metadata).toMatchObject({ format: 1, provider: 'postgresql', tool: expect.stringMatching(/^safe-migrate \d/) })
    expect(metadata.counts).toMatchObject({ Value: 5, Two: 1, 'other.v': 1, nothing: 1, none_of_it: 0, arrays: 3, rules: 2 })
    expect(text).toContain('\n{"id":1,"count":"9223372036854775807","n":"12345678901234567890123.4567890",')
    expect(data.Value).toHaveLength(5)
    expect(data['other.v']).toEqual([{ id: 7 }])
    expect(data.nothing).toEqual([{}])
    expect(data.none_of_it).toEqual([])
    // A field may be called like another column: then both keep the names of their columns.
    expect(data.Two).toEqual([{ id: 1, one: 1 }])
    expect(statSync(join(snapshot.folder, 'data.json')).mode & 0o777).toBe(0o600)
  })

  test('text in no known encoding is refused', async () => {
    const { context, store, name } = await setUp('')
    await context.withoutConnection(async () => {
      await there.query('postgres', `DROP DATABASE ${name}`)
      await there.query('postgres', `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`)
    })
    const error = await failureOf(takeSnapshot(context, { store, reason: 'manual', engine: 'json' }))
    expect(saidBy(error)).toMatch(/its encoding is SQL_ASCII[\s\S]*--engine copy/)
    expect((await store.list()).usable).toEqual([])
  })

  test('is only taken when asked for, and says what is better for a large database', async () => {
    const { context, name } = await setUp('CREATE TABLE big (v text); ALTER TABLE big ALTER v SET STORAGE PLAIN')
    expect((await chooseEngine(context, 'manual')).engine.id).not.toBe('json')
    expect((await chooseEngine(context, 'manual', 'json')).why).toBe('json writes every row as text that people can read; asked for')
    await there.query(name, "INSERT INTO big SELECT repeat('x', 7900) FROM generate_series(1, 25000)")
    const { why } = await chooseEngine(context, 'manual', 'json')
    expect(why).toContain(`(about ${formatBytes(25_000 * 8192)} here: copy and pg-dump are faster, and much smaller)`)
  })

  test('a changed row is refused, and nothing is restored from it', async () => {
    const { name, context, store } = await setUp("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'one')")
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'json' })
    const file = join(snapshot.folder, 'data.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"one"', '"eno"'))
    const error = await failureOf(restoreSnapshot(context, snapshot, { store }))
    expect(saidBy(error)).toMatch(/data\.json/)
    expect(await there.query(name, 'SELECT v FROM t')).toEqual([{ v: 'one' }])
  })
})

describe('json of SQLite', () => {
  const open: TestContext[] = []
  afterEach(async () => {
    for (const context of open.splice(0)) await context.close()
  })

  async function setUp(sql: string) {
    const root = temporaryFolder()
    const file = join(root, 'dev.db')
    const handle = new Sqlite(file)
    handle.exec(sql)
    handle.close()
    const context = await openContext(projectOn('sqlite', `file:${file}`, root))
    open.push(context)
    return { file, context, store: openStore(join(root, 'snapshots')) }
  }

  const FORMS = ['INTEGER', 'BIGINT', 'REAL', 'TEXT', 'BLOB', 'NUMERIC', 'DATETIME', 'JSONB', '']
  const VALUES = [
    '0', '1', '-1', '9007199254740993', '-9223372036854775808', '9223372036854775807', '1.0', '1.5', '-0.0', '9e999', '-9e999', '5e-324', '1e21', '12345678901234567890.0',
    "'1'", "'9007199254740993'", "'12.0'", "'Infinity'", "'null'", "''", "'a \"b\" \\ ' || char(0) || char(1) || char(10) || 'c 🦄'", "char(65279) || 'bom'", "'{\"$text\":\"x\"}'", "'AP8='",
    "CAST(x'ff00fe' AS TEXT)", "CAST(x'eda080' AS TEXT)", "x'00ff'", "x''", 'NULL',
  ] // biome-ignore format: a list
  const EVERY = `CREATE TABLE every (id INTEGER PRIMARY KEY, ${FORMS.map((type, at) => `c${at} ${type}`).join(', ')});
    ${VALUES.map((value) => `INSERT INTO every (${FORMS.map((_, at) => `c${at}`).join(', ')}) VALUES (${FORMS.map(() => value).join(', ')});`).join('\n')}`

  /** Storage class and bytes of every value. */
  const exact = (file: string): unknown => {
    const handle = new Sqlite(file, { readonly: true })
    const list = FORMS.map(
      (_, at) => `typeof(c${at}) || ' ' || CASE typeof(c${at}) WHEN 'real' THEN printf('%!.20g', c${at}) ELSE hex(c${at}) END`,
    )
    const rows: unknown = handle
      .prepare(`SELECT ${list.join(', ')} FROM every ORDER BY id`)
      .raw()
      .all()
    handle.close()
    return rows
  }

  test.each(['UTF-8', 'UTF-16le', 'UTF-16be'])(
    'every value comes back as it was, whatever the column was declared as (%s)',
    async (encoding) => {
      const { file, context, store } = await setUp(`PRAGMA encoding = '${encoding}'; ${EVERY}`)
      const before = exact(file)
      const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'json' })
      await verifySnapshot(context, snapshot)
      const handle = new Sqlite(file)
      handle.exec('DELETE FROM every')
      handle.close()
      await restoreSnapshot(context, snapshot, { store })
      expect(exact(file)).toEqual(before)
      expect(dataOf(snapshot).metadata).toMatchObject({ provider: 'sqlite', counts: { every: VALUES.length } })
    },
  )

  test('hidden row numbers, marks of AUTOINCREMENT and statistics come back', async () => {
    const { file, context, store } = await setUp(`
      CREATE TABLE plain (v); INSERT INTO plain (rowid, v) VALUES (5, 'a'), (9, 'b'); CREATE INDEX by_v ON plain (v);
      CREATE TABLE "rowid" ("rowid" TEXT, oid); INSERT INTO "rowid" (_rowid_, "rowid", oid) VALUES (77, 'x', 'y');
      CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO counted VALUES (100); DELETE FROM counted;
      CREATE TABLE gone (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO gone DEFAULT VALUES; DROP TABLE gone;
      CREATE TABLE checked (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0), self INTEGER REFERENCES checked(id)); PRAGMA foreign_keys = OFF; INSERT INTO checked VALUES (1, 5, 99);
      CREATE TRIGGER loud BEFORE INSERT ON plain BEGIN SELECT raise(ABORT, 'fired'); END; ANALYZE;`)
    const contents = () => {
      const handle = new Sqlite(file, { readonly: true })
      const read = [
        'SELECT rowid, v FROM plain',
        'SELECT _rowid_, * FROM "rowid"',
        'SELECT * FROM sqlite_sequence',
        'SELECT * FROM sqlite_stat1 ORDER BY 1, 2',
        'SELECT * FROM checked',
      ].map((sql): unknown => handle.prepare(sql).raw().all())
      handle.close()
      return read
    }
    const before = contents()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'json' })
    await context.withoutConnection(async () => {
      const handle = new Sqlite(file)
      handle.exec('DELETE FROM plain; DELETE FROM sqlite_sequence; DROP TABLE checked; DELETE FROM sqlite_stat1')
      handle.close()
    })
    await restoreSnapshot(context, snapshot, { store })
    expect(contents()).toEqual(before)
  })

  test('shows a table of the snapshot beside the live one, virtual ones too', async () => {
    const { file, context, store } = await setUp(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, twice GENERATED ALWAYS AS (id * 2)); INSERT INTO t VALUES (1, 'then'); CREATE VIRTUAL TABLE notes USING fts5(body); INSERT INTO notes VALUES ('hello world')",
    )
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'json' })
    const handle = new Sqlite(file)
    handle.exec("UPDATE t SET v = 'now'; DELETE FROM notes")
    handle.close()
    const opened = await json.openTable(context, snapshot, { schema: null, name: 't' })
    expect(await opened.connection.query(`SELECT s.v, l.v AS now, s.twice FROM ${opened.sqlName} s JOIN main.t l USING (id)`)).toEqual([
      { v: 'then', now: 'now', twice: 2n },
    ])
    await opened.close()
    const notes = await json.openTable(context, snapshot, { schema: null, name: 'notes' })
    expect(await notes.connection.query(`SELECT body FROM ${notes.sqlName} WHERE body MATCH 'hello'`)).toEqual([{ body: 'hello world' }])
    await notes.close()
    const error = await failureOf(json.openTable(context, snapshot, { schema: null, name: 'T2' }))
    expect(error.message).toMatch(/has no table T2/)
    expect((await store.list()).usable.map(({ id }) => id)).toEqual([snapshot.id])
  })
})
