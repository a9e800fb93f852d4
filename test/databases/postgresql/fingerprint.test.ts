import { describe, expect, test } from 'vitest'
import type { Fingerprint } from '../../../src/databases/fingerprint.js'
import { toPostgresql } from '../../../src/databases/postgresql/connection.js'
import { postgresql } from '../../../src/databases/postgresql/postgresql.js'
import { postgresqlServer } from '../../helpers/postgresql-server.js'
import { alarms, experiment, openPostgresql } from '../../verify/lab.js'

/** One value of every kind of type that PostgreSQL has. */
const TYPES: Readonly<Record<string, string>> = {
  smallint: '-5',
  integer: '5',
  bigint: '9007199254740993',
  'numeric(40,10)': '12345678901234567890.0123456789',
  numeric: `'NaN'`,
  real: '0.1',
  'double precision': `'-Infinity'`,
  money: '12.34',
  text: `E'a\\n\\tb'`,
  'varchar(10)': `'x'`,
  'char(10)': `'y'`,
  name: `'n'`,
  '"char"': `'c'`,
  bytea: `'\\x00ff'`,
  boolean: 'true',
  date: `'0044-03-15 BC'`,
  'timestamp(3)': `'infinity'`,
  timestamptz: `'2024-06-01 12:00+02'`,
  time: `'10:11:12.123456'`,
  timetz: `'10:11:12+03'`,
  interval: `'1 mon -1 day'`,
  uuid: `'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'`,
  json: `'{"a": 1, "a": 2}'`,
  jsonb: `'{"b": [1e3, null]}'`,
  xml: `'<a/>'`,
  point: `'(1,2)'`,
  box: `'((0,0),(1,1))'`,
  circle: `'<(0,0),1>'`,
  inet: `'10.0.0.1/8'`,
  cidr: `'10.0.0.0/8'`,
  macaddr: `'08:00:2b:01:02:03'`,
  'bit(3)': `B'101'`,
  varbit: `B'1'`,
  tsvector: `'a b'`,
  tsquery: `'a & b'`,
  int4range: `'[1,5)'`,
  int4multirange: `'{[1,2),[5,6)}'`,
  'text[]': `'{a,NULL,"b c"}'`,
  'integer[][]': `'{{1,2},{3,4}}'`,
  regclass: `'pg_class'`,
  oid: '42',
  pg_lsn: `'0/1'`,
  mood: `'ok'`,
  'mood[]': `'{ok}'`,
  pair: `'(1,x)'`,
  positive: '3',
}
const OWN_TYPES = `CREATE TYPE mood AS ENUM ('ok', 'no'); CREATE TYPE pair AS (a integer, b text); CREATE DOMAIN positive AS integer CHECK (value > 0)`

describe('fingerprint on PostgreSQL', () => {
  test('over several connections and in parts, the digests are those of one connection and one pass', async () => {
    const { connection, run, close } = await openPostgresql()
    // As large a file as makes two parts, by rows that are padded where they are not compressed.
    await run(`CREATE TABLE "Large" (id integer PRIMARY KEY, v text, p text); ALTER TABLE "Large" ALTER p SET STORAGE PLAIN;
      INSERT INTO "Large" SELECT i, CASE WHEN i % 3 > 0 THEN 'v' || i END, repeat('p', 3900) FROM generate_series(1, 18000) i; ANALYZE "Large"`)
    await run(
      `CREATE TABLE "Other" (a integer, b char(20)); INSERT INTO "Other" SELECT i, i FROM generate_series(1, 500000) i; ANALYZE "Other"`,
    )
    const postgres = toPostgresql(connection)
    const alone = async () => {
      // In a transaction of the caller's that names no moment, nobody else can see what it sees.
      await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      const found = await postgresql.fingerprint(connection)
      await connection.query('ROLLBACK')
      return found
    }
    const own: string[] = []
    const watched = {
      ...postgres,
      query: (sql: string) => {
        own.push(sql)
        return connection.query(sql)
      },
    }
    const found = await postgresql.fingerprint(watched)
    // The largest comes first, and the other connection begins with the next.
    expect(own.filter((sql) => sql.includes('"Other"'))).toHaveLength(1)
    expect(own.filter((sql) => sql.includes('ctid >=')).length).toBeLessThan(2)
    expect(found.tables).toEqual((await alone()).tables)
    expect(postgres.isInTransaction()).toBe(false)
    await close()
  })

  test('who waits for an exclusive lock holds up no second connection for ever', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(`CREATE TABLE "T" (id integer PRIMARY KEY); INSERT INTO "T" SELECT generate_series(1, 600000); ANALYZE "T"`)
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE "T" IN ACCESS SHARE MODE')
    const [row] = await connection.query('SELECT pg_export_snapshot() AS moment')
    const waiting = run('ALTER TABLE "T" ADD COLUMN v text')
    const found = await postgresql.fingerprint(connection, { moment: String(row?.moment) })
    expect(found.tables.map(({ rows, columns }) => [rows, columns.length])).toEqual([[600_000, 1]])
    await connection.query('COMMIT')
    await waiting
    await close()
  })

  test('char(n) has the digest of its text, and blanks at the end are no part of it', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(
      `CREATE DOMAIN code AS char(8); CREATE TABLE "T" (id integer PRIMARY KEY, a char(8), b code, c text); INSERT INTO "T" VALUES (1, 'xä', 'xä', 'xä'), (2, '', '', ''), (3, NULL, NULL, NULL)`,
    )
    const digests = async () => (await postgresql.fingerprint(connection)).tables[0]?.columns.slice(1).map(({ digest }) => digest)
    const [a, b, c] = (await digests()) ?? []
    expect([a, b]).toEqual([c, c])
    await run(`UPDATE "T" SET a = 'xa' WHERE id = 1`)
    expect((await digests())?.[0]).not.toBe(c)
    await close()
  })

  test('a column that says NOT NULL is counted where that is not so', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(
      `CREATE TABLE "P" (id integer NOT NULL, v integer NOT NULL) PARTITION BY RANGE (id); CREATE TABLE "P1" PARTITION OF "P" FOR VALUES FROM (0) TO (10); INSERT INTO "P" VALUES (1, 1), (2, 2)`,
    )
    const before = await postgresql.fingerprint(connection)
    await run(`ALTER TABLE "P" DETACH PARTITION "P1"; ALTER TABLE "P1" ALTER v DROP NOT NULL; UPDATE "P1" SET v = NULL WHERE id = 1`)
    const after = await postgresql.fingerprint(connection, { reference: before })
    expect(after.tables.find(({ name }) => name === 'P')?.columns.map(({ nonNull }) => nonNull)).toEqual([2, 1])
    await close()
  })

  test('every type is digested, whatever the session says; a change of each is seen', async () => {
    const names = Object.keys(TYPES)
    const columns = names.map((type, index) => `c${index} ${type}`).join(', ')
    const { connection, run, close } = await openPostgresql()
    await run(
      `${OWN_TYPES}; CREATE TABLE t (id integer PRIMARY KEY, ${columns}); INSERT INTO t VALUES (1, ${Object.values(TYPES).join(', ')}), (2${', NULL'.repeat(names.length)})`,
    )
    const before = await connection.database.fingerprint(connection)
    expect(before.tables[0]?.columns.filter((column) => column.digest === null || column.nonNull < 1)).toEqual([])
    for (const setting of [
      `DateStyle = 'German'`,
      `TimeZone = 'Asia/Kathmandu'`,
      `IntervalStyle = 'iso_8601'`,
      'extra_float_digits = -10',
      `bytea_output = 'escape'`,
      'search_path = pg_catalog',
      `client_encoding = 'LATIN1'`,
    ])
      await connection.query(`SET ${setting}`)
    expect((await connection.database.fingerprint(connection, { reference: before })).tables).toEqual(before.tables)
    await run(
      `UPDATE t SET ${names.map((_, index) => `c${index} = NULL`).join(', ')} WHERE id = 1; UPDATE t AS a SET (${names.map((_, index) => `c${index}`).join(', ')}) = (SELECT ${Object.values(
        TYPES,
      )
        .map((value, index) => `${value}::${names[index]}`)
        .join(', ')}) WHERE id = 2`,
    )
    const moved = await connection.database.fingerprint(connection, { reference: before })
    const same = moved.tables[0]?.columns.filter((column, index) => index > 0 && column.digest === before.tables[0]?.columns[index]?.digest)
    expect(same).toEqual([])
    await close()
  })

  test('within a transaction of the caller it uses that snapshot, and the transaction goes on', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(`CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)`)
    await connection.query(`SET TimeZone = 'Asia/Tokyo'; BEGIN ISOLATION LEVEL REPEATABLE READ`)
    const [snapshot] = await connection.query('SELECT pg_export_snapshot() AS id')
    await run('INSERT INTO t VALUES (2)')
    expect((await connection.database.fingerprint(connection)).tables[0]?.rows).toBe(1)
    expect(toPostgresql(connection).isInTransaction()).toBe(true)
    expect(await connection.query('SHOW TimeZone')).toEqual([{ TimeZone: 'Asia/Tokyo' }])
    const other = await postgresql.connect(connection.target)
    await other.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '${String(snapshot?.id)}'`)
    expect((await postgresql.fingerprint(other)).tables[0]?.rows).toBe(1)
    await other.close()
    await connection.query('COMMIT')
    expect((await connection.database.fingerprint(connection)).tables[0]?.rows).toBe(2)
    await close()
  })

  test('a table with as many columns as PostgreSQL allows', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(
      `DO $$ BEGIN EXECUTE (SELECT 'CREATE TABLE wide (' || string_agg('c' || i || ' integer', ', ') || ')' FROM generate_series(1, 1600) i); END $$; INSERT INTO wide (c1, c1600) VALUES (1, 2)`,
    )
    const [table] = (await connection.database.fingerprint(connection)).tables
    expect(table?.columns.map((column) => column.nonNull)).toEqual([1, ...Array<number>(1598).fill(0), 1])
    await close()
  }, 120_000)

  test('a value that cannot be cast back leaves that column undecided, and rows decide', async () => {
    const { differences, after } = await experiment(openPostgresql, {
      setup: `CREATE TABLE t (id integer PRIMARY KEY, n integer, keep text); INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b')`,
      migration: `ALTER TABLE t ALTER COLUMN n TYPE text USING CASE WHEN n = 20 THEN 'many' ELSE n::text END`,
    })
    expect(after.tables[0]?.columns.map(({ digest, problem }) => [digest === null, problem])).toEqual([
      [false, undefined],
      [true, 'invalid input syntax for type numeric'],
      [false, undefined],
    ])
    expect(alarms(differences)).toEqual(['t.n: 1 of 2 values changed (id 2)'])
  })

  test('rows that a policy hides are an error, not a smaller number', async () => {
    const { connection, run, close } = await openPostgresql()
    const role = `reader_${process.pid}_${Date.now()}`
    await run(
      `CREATE TABLE t (id integer PRIMARY KEY, mine boolean); INSERT INTO t VALUES (1, true), (2, false); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (mine); CREATE ROLE ${role} LOGIN PASSWORD 'reader'; GRANT SELECT ON t TO ${role}`,
    )
    const url = new URL(connection.target.url.reveal())
    url.username = role
    url.password = 'reader'
    const reader = await postgresql.connect(postgresql.readTarget(url.href, { fileBase: '/', root: '/' }))
    await expect(postgresql.fingerprint(reader)).rejects.toMatchObject({
      message: 'The table public.t cannot be read as a whole.',
      why: expect.stringContaining('Row level security'),
    })
    await reader.close()
    await run(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    await close()
  })

  test('several schemas, inheritance, foreign tables, unlogged tables; none of the server itself', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(`CREATE SCHEMA "Other.Schema"; CREATE TABLE "Other.Schema".t (id integer); CREATE TABLE t (id integer); INSERT INTO "Other.Schema".t VALUES (1);
      CREATE UNLOGGED TABLE u (id integer); CREATE TABLE parent (id integer); CREATE TABLE child (extra text) INHERITS (parent); INSERT INTO child VALUES (1, 'x'); INSERT INTO parent VALUES (2);
      CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE remote (line text) SERVER files OPTIONS (filename '/etc/hostname')`)
    const found = await connection.database.fingerprint(connection)
    expect(found.tables.map(({ schema, name, rows }) => [schema, name, rows])).toEqual([
      ['Other.Schema', 't', 1],
      ['public', 'child', 1],
      ['public', 'parent', 1],
      ['public', 't', 0],
      ['public', 'u', 0],
    ])
    expect(found.unread).toEqual([{ schema: 'public', name: 'remote', why: expect.stringContaining('foreign table') }])
    await close()
  })

  test('objects and sequences', async () => {
    const { connection, run, close } = await openPostgresql()
    await run(`CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('ok', 'it''s'); CREATE DOMAIN positive AS integer CHECK (value > 0);
      CREATE TABLE t (id serial PRIMARY KEY, "User" citext UNIQUE DEFAULT 'x', n integer CHECK (n > 0), m mood); CREATE INDEX t_n ON t (n) WHERE n > 5; INSERT INTO t (n) VALUES (1);
      CREATE VIEW v AS SELECT id FROM t; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one; CREATE UNIQUE INDEX mv_one ON mv (one); CREATE FUNCTION f(a integer, b text) RETURNS integer LANGUAGE sql AS 'select a';
      CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf(); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
      ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t FOR SELECT USING (n > 1); CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer); CREATE PUBLICATION pub FOR TABLE t; CREATE STATISTICS st ON id, n FROM t`)
    const { objects, sequences }: Fingerprint = await connection.database.fingerprint(connection)
    const names = objects.map(({ type, name }) => `${type} ${name}`)
    expect(names.sort()).toEqual(
      [
        'aggregate total(integer)',
        'check constraint t_n_check',
        'default User',
        'default id',
        'domain positive',
        'enum mood',
        'extension citext',
        'function f(a integer, b text)',
        'function tf()',
        'index mv_one',
        'index t_n',
        'materialized view mv',
        'policy p',
        'primary key t_pkey',
        'publication pub',
        'row security t',
        'rule r',
        'sequence t_id_seq',
        'statistics st',
        'trigger tr',
        'unique constraint t_User_key',
        'view v',
      ].sort(),
    )
    expect(sequences).toEqual([{ id: expect.any(String), schema: 'public', name: 't_id_seq', lastValue: '1' }])
    await close()
  })

  test('two databases with the same data, made in different ways, have the same digests', async () => {
    const server = await postgresqlServer()
    const { connection, run, close } = await openPostgresql()
    await run(
      `${OWN_TYPES}; CREATE TABLE t (gone text, id integer PRIMARY KEY, m mood, p positive); ALTER TABLE t DROP COLUMN gone; INSERT INTO t VALUES (1, 'ok', 5)`,
    )
    const name = await server.createDatabase()
    await server.query(
      name,
      `CREATE TYPE dummy AS ENUM ('x'); ${OWN_TYPES}; CREATE TABLE t (id integer PRIMARY KEY, m mood, p positive); INSERT INTO t VALUES (1, 'ok', 5)`,
    )
    const other = await postgresql.connect(postgresql.readTarget(server.url(name), { fileBase: '/', root: '/' }))
    const reference = await connection.database.fingerprint(connection)
    const copy = await postgresql.fingerprint(other, { reference })
    expect(copy.tables[0]?.columns.map((column) => column.digest)).toEqual(reference.tables[0]?.columns.map((column) => column.digest))
    expect(copy.tables[0]?.key).toEqual(reference.tables[0]?.key)
    await other.close()
    await server.dropDatabase(name)
    await close()
  })
})
