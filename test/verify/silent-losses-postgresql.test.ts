import { describe, expect, test } from 'vitest'
import type { LargeObjects } from '../../src/databases/fingerprint.js'
import { makeBudget } from '../../src/verify/expectations.js'
import { largeObjectDifferences } from '../../src/verify/large-object-differences.js'
import { alarms, type Experiment, experiment, openPostgresql } from './lab.js'

/** Losses that row counts never see (TAXONOMY.md): `[what, the column's type and values, migration, alarm]`. */
const columnLosses: readonly (readonly [string, string, readonly string[], string, string])[] = [
  [
    'text cut by a cast',
    'text',
    ["'abcdefgh'", "'abc'"],
    'ALTER COLUMN c TYPE varchar(5) USING c::varchar(5)',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  ['values replaced by a constant', 'integer', ['5', '0'], 'ALTER COLUMN c TYPE bigint USING 0', 'T.c: 1 of 2 values changed (id 1)'],
  [
    'numeric rounded to a lower scale',
    'numeric(10,4)',
    ['1.2345', '1.5000'],
    'ALTER COLUMN c TYPE numeric(10,2)',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  ['int to real', 'integer', ['2147483647', '12'], 'ALTER COLUMN c TYPE real', 'T.c: 1 of 2 values changed (id 1)'],
  [
    'bigint to double',
    'bigint',
    ['9007199254740993', '9007199254740992'],
    'ALTER COLUMN c TYPE double precision',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  ['bigint to numeric and rounded', 'numeric', ['12.4', '12.0'], 'ALTER COLUMN c TYPE bigint', 'T.c: 1 of 2 values changed (id 1)'],
  ['double to real', 'double precision', ['0.1', '0.5'], 'ALTER COLUMN c TYPE real', 'T.c: 1 of 2 values changed (id 1)'],
  ['double to integer', 'double precision', ['2.5', '3'], 'ALTER COLUMN c TYPE integer', 'T.c: 1 of 2 values changed (id 1)'],
  [
    'timestamp to a lower precision',
    'timestamp(3)',
    ["'2024-01-01 10:00:00.123'", "'2024-01-01 10:00:00.1'"],
    'ALTER COLUMN c TYPE timestamp(1)',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  [
    'timestamp to date',
    'timestamp(3)',
    ["'2024-01-01 10:00:00'", "'2024-01-01'"],
    'ALTER COLUMN c TYPE date',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  ['timestamp to time', 'timestamp(3)', ["'2024-01-01 10:00:00'", 'NULL'], 'ALTER COLUMN c TYPE time', 'T.c: 1 of 1 value changed (id 1)'],
  [
    'timestamptz to date',
    'timestamptz',
    ["'2024-01-01 10:00:00Z'", 'NULL'],
    'ALTER COLUMN c TYPE date',
    'T.c: 1 of 1 value changed (id 1)',
  ],
  [
    'time to a lower precision',
    'time',
    ["'10:00:00.123456'", "'10:00:00'"],
    'ALTER COLUMN c TYPE time(0)',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  [
    'json to jsonb drops duplicate keys',
    'json',
    [`'{"a": 1, "a": 2}'`, `'{"b":1}'`],
    'ALTER COLUMN c TYPE jsonb',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  [
    'json to jsonb drops the order of keys',
    'json',
    [`'{"b": 1, "a": 2}'`, `'{"a": 1, "b": 2}'`],
    'ALTER COLUMN c TYPE jsonb',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  [
    'arrays in jsonb put together otherwise',
    'jsonb',
    [`'[[1], 2]'`, `'[[1, 2]]'`],
    `ALTER COLUMN c TYPE jsonb USING '[[1, 2]]'`,
    'T.c: 1 of 2 values changed (id 1)',
  ],
  [
    'an empty list in jsonb becomes an object',
    'jsonb',
    [`'[]'`, `'{}'`],
    `ALTER COLUMN c TYPE jsonb USING '{}'`,
    'T.c: 1 of 2 values changed (id 1)',
  ],
  ['array to scalar', 'text[]', ["'{a,b}'", 'NULL'], 'ALTER COLUMN c TYPE text USING c[1]', 'T.c: 1 of 1 value changed (id 1)'],
  [
    'trailing blanks cut by varchar',
    'varchar(10)',
    ["'ab    '", "'ab'"],
    'ALTER COLUMN c TYPE varchar(3)',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  ['trailing blanks lost in char', 'varchar(10)', ["'ab '", "'ab'"], 'ALTER COLUMN c TYPE char(5)', 'T.c: 1 of 2 values changed (id 1)'],
  [
    'leading zeros lost in a number',
    'text',
    ["'007'", "'7'"],
    'ALTER COLUMN c TYPE integer USING c::integer',
    'T.c: 1 of 2 values changed (id 1)',
  ],
  [
    'column dropped and added under its name',
    'text',
    ["'a'", "'b'"],
    'DROP COLUMN c, ADD COLUMN c text',
    'T.c: 2 of 2 values are gone (now NULL) (id 1, 2)',
  ],
  [
    'column dropped and added with a default',
    'text',
    ["'a'", "'x'"],
    "DROP COLUMN c, ADD COLUMN c text DEFAULT 'x'",
    'T.c: 1 of 2 values changed (id 1)',
  ],
  [
    'bytea to text',
    'bytea',
    [`'\\xff00'`, 'NULL'],
    `ALTER COLUMN c TYPE text USING encode(substring(c FOR 1), 'escape')`,
    'T.c: 1 of 1 value changed (id 1)',
  ],
  ['bool inverted', 'boolean', ['true', 'NULL'], 'ALTER COLUMN c TYPE boolean USING NOT c', 'T.c: 1 of 1 value changed (id 1)'],
]

describe('silent losses on PostgreSQL', () => {
  test.each(columnLosses)('%s', async (_name, type, values, action, alarm) => {
    const setup = `CREATE TABLE "T" (id integer PRIMARY KEY, c ${type}, other text DEFAULT 'same'); INSERT INTO "T" VALUES ${values.map((value, index) => `(${index + 1}, ${value})`).join(', ')}`
    const { differences, digestsOnly } = await experiment(openPostgresql, { setup, migration: `ALTER TABLE "T" ${action}` })
    expect(alarms(differences)).toEqual([expect.stringContaining(alarm)])
    expect(alarms(digestsOnly)).toEqual([expect.stringContaining('T.c')])
  })

  test('timestamps shifted by the time zone of the session', async () => {
    const setup = `CREATE TABLE "T" (id integer PRIMARY KEY, c timestamp(3)); INSERT INTO "T" VALUES (1, '2024-07-01 12:00:00')`
    const shifted = await experiment(openPostgresql, {
      setup,
      migration: `SET TimeZone = 'Europe/Berlin'; ALTER TABLE "T" ALTER COLUMN c TYPE timestamptz(3)`,
    })
    expect(alarms(shifted.differences)).toEqual(['T.c: 1 of 1 value changed (id 1)'])
    const kept = await experiment(openPostgresql, {
      setup,
      migration: `SET TimeZone = 'UTC'; ALTER TABLE "T" ALTER COLUMN c TYPE timestamptz(3)`,
    })
    expect(alarms(kept.differences)).toEqual([])
  })

  test('foreign keys set to NULL by ON DELETE SET NULL, and the deleted rows', async () => {
    const { differences } = await experiment(openPostgresql, {
      setup: `CREATE TABLE "User" (id bigint PRIMARY KEY); CREATE TABLE "Post" (id bigint PRIMARY KEY, "authorId" bigint REFERENCES "User" ON DELETE SET NULL);
              INSERT INTO "User" SELECT generate_series(1, 10); INSERT INTO "Post" SELECT i, i FROM generate_series(1, 10) i`,
      migration: 'DELETE FROM "User" WHERE id > 3',
    })
    expect(alarms(differences)).toEqual([
      'Post.authorId: 7 of 10 values are gone (now NULL) (id 4, 5, 6, 7, 8, …)',
      'User: 7 of 10 rows are gone (id 4, 5, 6, 7, 8, …)',
    ])
    const values = differences.find((one) => one.kind === 'values-lost')?.values
    expect(values).toEqual([4, 5, 6, 7, 8].map((id) => ({ before: String(id), after: null })))
  })

  test('values swapped between rows, with and without a key', async () => {
    const data = `(id integer %, c text); INSERT INTO "T" VALUES (1, 'a'), (2, 'b'), (3, 'c')`
    const migration = `UPDATE "T" SET c = CASE id WHEN 1 THEN 'b' ELSE 'a' END WHERE id < 3`
    const keyed = await experiment(openPostgresql, { setup: `CREATE TABLE "T" ${data.replace('%', 'PRIMARY KEY')}`, migration })
    expect(alarms(keyed.differences)).toEqual(['T.c: 2 of 3 values changed (id 1, 2)'])
    expect(alarms(keyed.digestsOnly)).toEqual(['T.c: values changed'])
    const keyless = await experiment(openPostgresql, { setup: `CREATE TABLE "T" ${data.replace('%', '')}`, migration })
    expect(alarms(keyless.differences)).toEqual(['T: 2 of 3 rows changed or replaced (the table has no primary key to tell)'])
  })

  test('rows replaced by others, so that the count stays', async () => {
    const { differences } = await experiment(openPostgresql, {
      setup: `CREATE TABLE "T" (a integer, b text, c text, PRIMARY KEY (a, b)); INSERT INTO "T" VALUES (1, 'x', 'v'), (2, 'y, z', 'w')`,
      migration: `DELETE FROM "T" WHERE a = 2; INSERT INTO "T" VALUES (3, 'new', 'w')`,
    })
    expect(alarms(differences)).toEqual(['T: 1 of 2 rows is gone (a, b: 2, y, z)'])
    expect(differences.map((one) => one.kind)).toContain('rows-added')
  })

  test('a table dropped and created again under its name, a renamed one put in its place', async () => {
    const setup = `CREATE TABLE "A" (id integer PRIMARY KEY, v text); CREATE TABLE "B" (id integer PRIMARY KEY, v text); INSERT INTO "A" VALUES (1, 'a'), (2, 'a'); INSERT INTO "B" VALUES (1, 'b'), (2, 'b')`
    const recreated = await experiment(openPostgresql, {
      setup,
      migration: 'DROP TABLE "A"; CREATE TABLE "A" (id integer PRIMARY KEY, v text)',
    })
    expect(alarms(recreated.differences)).toEqual(['A: 2 of 2 rows are gone (id 1, 2)'])
    const replaced = await experiment(openPostgresql, { setup, migration: 'DROP TABLE "A"; ALTER TABLE "B" RENAME TO "A"' })
    expect(alarms(replaced.differences)).toEqual(['A: the table is gone, with 2 rows'])
  })

  test('an enum merged by USING CASE', async () => {
    const { differences } = await experiment(openPostgresql, {
      setup: `CREATE TYPE "S" AS ENUM ('new', 'old', 'done'); CREATE TABLE "T" (id integer PRIMARY KEY, s "S"); INSERT INTO "T" VALUES (1, 'new'), (2, 'old'), (3, 'done')`,
      migration: `CREATE TYPE "S_new" AS ENUM ('new', 'done'); ALTER TABLE "T" ALTER COLUMN s TYPE "S_new" USING (CASE s::text WHEN 'old' THEN 'done' ELSE s::text END)::"S_new"; DROP TYPE "S"; ALTER TYPE "S_new" RENAME TO "S"`,
    })
    expect(alarms(differences)).toEqual(['T.s: 1 of 3 values changed (id 2)'])
  })

  test('columns that go with a dropped type or extension', async () => {
    const { differences } = await experiment(openPostgresql, {
      setup: `CREATE TYPE "S" AS ENUM ('new'); CREATE TABLE "T" (id integer PRIMARY KEY, s "S"); INSERT INTO "T" VALUES (1, 'new'), (2, NULL)`,
      migration: 'DROP TYPE "S" CASCADE',
    })
    expect(alarms(differences)).toEqual(['T.s: the column is gone, with 1 value'])
  })

  test('partitions detached are still there; dropped ones are not', async () => {
    const setup = `CREATE TABLE "E" (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE "E1" PARTITION OF "E" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      CREATE TABLE "E2" PARTITION OF "E" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); INSERT INTO "E" SELECT i, date '2024-01-01' + i FROM generate_series(1, 700) i`
    const detached = await experiment(openPostgresql, { setup, migration: 'ALTER TABLE "E" DETACH PARTITION "E1"' })
    expect(alarms(detached.differences)).toEqual([])
    expect(detached.differences.map((one) => one.message)).toContain('The partition E1 of E is gone')
    const dropped = await experiment(openPostgresql, { setup, migration: 'ALTER TABLE "E" DETACH PARTITION "E1"; DROP TABLE "E1"' })
    expect(alarms(dropped.differences)).toEqual([
      'E: 365 of 700 rows are gone (id, at: 1, 2024-01-02; 2, 2024-01-03; 3, 2024-01-04; 4, 2024-01-05; 5, 2024-01-06; …)',
    ])
  })

  test('orphans let in behind the back of a foreign key', async () => {
    const { differences } = await experiment(openPostgresql, {
      setup: `CREATE TABLE "P" (a integer, b text, PRIMARY KEY (a, b)); CREATE TABLE "C" (id integer PRIMARY KEY, a integer, b text, CONSTRAINT "C_fkey" FOREIGN KEY (a, b) REFERENCES "P" MATCH FULL);
              INSERT INTO "P" VALUES (1, 'x'), (2, 'y'); INSERT INTO "C" VALUES (1, 1, 'x'), (2, 2, 'y'), (3, NULL, NULL)`,
      migration: `SET session_replication_role = replica; DELETE FROM "P" WHERE a = 2; UPDATE "C" SET b = NULL WHERE id = 1`,
      predictions: [{ effect: 'rows-lost', schema: 'public', table: 'P', column: null, count: 1 }],
    })
    expect(alarms(differences)).toEqual([
      'C.b: 1 of 2 values is gone (now NULL) (id 1)',
      'C: 2 rows (a, b) reference nothing in public.P(a, b)',
    ])
  })

  const FILES = `CREATE TABLE "T" (id integer PRIMARY KEY, file oid, n integer); CREATE TABLE "U" (id integer PRIMARY KEY); INSERT INTO "T" SELECT i, lo_from_bytea(0, decode(repeat('01', 300000 * i), 'hex')) FROM generate_series(1, 3) i;
    CREATE FUNCTION unlink() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM lo_unlink(OLD.file); RETURN NEW; END'; CREATE TRIGGER t AFTER DELETE OR UPDATE OF n ON "T" FOR EACH ROW EXECUTE FUNCTION unlink()`
  test.each([
    ['deleted by a trigger', 'UPDATE "T" SET n = id WHERE id < 3', '2 of 3 large objects are gone'],
    [
      'overwritten at the end of the second piece',
      `SELECT lo_put(file, 299999, 'x') FROM "T" WHERE id = 1`,
      'Large objects have other contents than before',
    ],
    [
      'cut behind the back of its functions',
      `DELETE FROM pg_largeobject WHERE pageno = 0`,
      'Large objects have other contents than before',
    ],
    ['replaced by others', `UPDATE "T" SET n = 1, file = lo_from_bytea(0, 'new') WHERE id = 1`, '1 of 3 large objects is gone'],
  ])('large objects that are %s; what others add meanwhile is nothing', async (_, migration, alarm) => {
    const meanwhile = `INSERT INTO "U" VALUES (lo_from_bytea(0, 'theirs')::bigint % 1000)`
    const { differences, digestsOnly } = await experiment(openPostgresql, { setup: FILES, migration, meanwhile })
    expect(alarms(differences)).toContain(alarm)
    expect(alarms(digestsOnly)).toContain(alarm)
  })

  const UNLINKED = { effect: 'large-objects-lost', schema: 'pg_catalog', table: 'pg_largeobject', column: null, count: null } as const
  test.each([
    ['DELETE FROM pg_largeobject WHERE pageno > 9', ['Large objects have other contents than before, as predicted']],
    [
      'SELECT lo_unlink(file) FROM "T" WHERE id = 1',
      ['1 of 3 large objects is gone, as predicted', expect.stringContaining('not what is in them, as one digest covers all')],
    ],
  ])('large objects: an accepted %s is no alarm, and what it leaves uncompared is said', async (migration, said) => {
    const { differences } = await experiment(openPostgresql, { setup: FILES, migration, predictions: [UNLINKED] })
    expect(alarms(differences)).toEqual([])
    expect(differences.map(({ message }) => message)).toEqual(said)
  })

  test('large objects that could not be read afterwards are told as uncompared', () => {
    const then: LargeObjects = { count: 2, highest: 8, hidden: 0, digest: '1' }
    const between = (largeObjects: Partial<LargeObjects>) => {
      const empty = { takenAt: '', tables: [], objects: [], sequences: [], violations: [] }
      const sides = { before: { ...empty, largeObjects: then }, after: { ...empty, largeObjects: { ...then, ...largeObjects } } }
      const expected = { findings: [], isTouched: () => true, mentions: () => true }
      return largeObjectDifferences(sides, { expected, budget: makeBudget([]) }).map(({ message }) => message)
    }
    expect(between({ digest: null })).toEqual([expect.stringContaining('as verify says')])
    expect(between({ ...then, hidden: 1, digest: '2' })).toEqual([expect.stringContaining('as this user may not read 1 of 2')])
    expect(between(then)).toEqual([])
  })

  test('large objects that somebody else deletes while the migrations touch nothing that holds their ids', async () => {
    const { differences } = await experiment(openPostgresql, {
      setup: FILES,
      meanwhile: 'DELETE FROM "T" WHERE id = 1',
      migration: 'INSERT INTO "U" VALUES (1)',
      touched: ['U'],
    })
    expect(alarms(differences)).toEqual([])
    expect(differences.map(({ message }) => message)).toContain(
      '1 of 3 large objects is gone; the migrations touch nothing that holds their ids, so somebody else did it',
    )
  })

  const notAlarming: readonly (readonly [string, Omit<Experiment, 'touched'>])[] = [
    [
      'a column is added with a default',
      { setup: base(), migration: `ALTER TABLE "T" ADD COLUMN extra text DEFAULT 'x', ADD COLUMN more integer` },
    ],
    ['a column is renamed', { setup: base(), migration: 'ALTER TABLE "T" RENAME COLUMN c TO "Other Name"' }],
    [
      'the key column is renamed and widened',
      { setup: base(), migration: 'ALTER TABLE "T" RENAME COLUMN id TO "theId"; ALTER TABLE "T" ALTER COLUMN "theId" TYPE bigint' },
    ],
    ['a table is renamed', { setup: base(), migration: 'ALTER TABLE "T" RENAME TO "Tee"; ALTER TABLE "Tee" RENAME COLUMN n TO m' }],
    [
      'types are widened',
      {
        setup: base(),
        migration:
          'ALTER TABLE "T" ALTER COLUMN n TYPE bigint, ALTER COLUMN c TYPE text, ALTER COLUMN d TYPE numeric(20,6), ALTER COLUMN r TYPE double precision, ALTER COLUMN at TYPE timestamp(6), ALTER COLUMN f TYPE char(20)',
      },
    ],
    ['numbers become text and numeric', { setup: base(), migration: 'ALTER TABLE "T" ALTER COLUMN n TYPE text, ALTER COLUMN d TYPE text' }],
    [
      'integers become numeric and double',
      { setup: base(), migration: 'ALTER TABLE "T" ALTER COLUMN n TYPE numeric(12,2), ALTER COLUMN id TYPE double precision' },
    ],
    [
      'text of whole numbers becomes integer',
      {
        setup: `CREATE TABLE "T" (id text PRIMARY KEY, c text); INSERT INTO "T" VALUES ('1', '12'), ('2', '-5')`,
        migration: 'ALTER TABLE "T" ALTER COLUMN c TYPE integer USING c::integer, ALTER COLUMN id TYPE integer USING id::integer',
      },
    ],
    [
      'json becomes jsonb with nothing to lose but blanks',
      {
        setup: `CREATE TABLE "T" (id integer PRIMARY KEY, c json); INSERT INTO "T" VALUES (1, '{"a":1,"b":[1,2]}')`,
        migration: 'ALTER TABLE "T" ALTER COLUMN c TYPE jsonb',
      },
    ],
    [
      'an enum is recreated as Prisma does it',
      {
        setup: `CREATE TYPE "S" AS ENUM ('a', 'b'); CREATE TABLE "T" (id integer PRIMARY KEY, s "S" DEFAULT 'a', l "S"[]); INSERT INTO "T" VALUES (1, 'a', '{a,b}'), (2, 'a', NULL)`,
        migration: `BEGIN; CREATE TYPE "S_new" AS ENUM ('a', 'b', 'c'); ALTER TABLE "T" ALTER COLUMN s DROP DEFAULT; ALTER TABLE "T" ALTER COLUMN s TYPE "S_new" USING (s::text::"S_new"); ALTER TABLE "T" ALTER COLUMN l TYPE "S_new"[] USING (l::text::"S_new"[]); ALTER TYPE "S" RENAME TO "S_old"; ALTER TYPE "S_new" RENAME TO "S"; DROP TYPE "S_old"; ALTER TABLE "T" ALTER COLUMN s SET DEFAULT 'a'; COMMIT;`,
      },
    ],
    [
      'a column is copied under its name through another',
      {
        setup: base(),
        migration:
          'ALTER TABLE "T" ADD COLUMN tmp text; UPDATE "T" SET tmp = c; ALTER TABLE "T" DROP COLUMN c; ALTER TABLE "T" RENAME COLUMN tmp TO c',
      },
    ],
    [
      'a column is copied to a new name and dropped',
      { setup: base(), migration: 'ALTER TABLE "T" ADD COLUMN name text; UPDATE "T" SET name = c; ALTER TABLE "T" DROP COLUMN c' },
    ],
    [
      'a table is copied to a new one and dropped',
      { setup: base(), migration: 'CREATE TABLE "Copy" AS SELECT * FROM "T"; DROP TABLE "T"; ALTER TABLE "Copy" ADD PRIMARY KEY (id)' },
    ],
    ['a new column is back-filled', { setup: base(), migration: 'ALTER TABLE "T" ADD COLUMN m integer; UPDATE "T" SET m = n * 2' }],
    ['NULLs are filled', { setup: base(), migration: 'UPDATE "T" SET n = 0 WHERE n IS NULL; ALTER TABLE "T" ALTER COLUMN n SET NOT NULL' }],
    [
      'rows are inserted while values stay',
      { setup: base(), migration: `INSERT INTO "T" (id, c) SELECT i, 'new' FROM generate_series(1000, 1100) i` },
    ],
    ['a table is rewritten and reordered', { setup: base(), migration: 'CREATE INDEX x ON "T" (c); CLUSTER "T" USING x' }],
    [
      'a partition is attached, another split',
      {
        setup: `CREATE TABLE "E" (id integer, n integer) PARTITION BY RANGE (n); CREATE TABLE "E1" PARTITION OF "E" FOR VALUES FROM (0) TO (100); CREATE TABLE "X" (id integer, n integer); INSERT INTO "E" SELECT i, i FROM generate_series(1, 50) i; INSERT INTO "X" SELECT i, i + 200 FROM generate_series(1, 50) i`,
        migration: `ALTER TABLE "E" ATTACH PARTITION "X" FOR VALUES FROM (200) TO (300); ALTER TABLE "E" DETACH PARTITION "E1"; CREATE TABLE "Ea" PARTITION OF "E" FOR VALUES FROM (0) TO (25); CREATE TABLE "Eb" PARTITION OF "E" FOR VALUES FROM (25) TO (100); INSERT INTO "E" SELECT * FROM "E1"; DROP TABLE "E1"`,
      },
    ],
    [
      'the primary key is replaced by another',
      {
        setup: base(),
        migration:
          'ALTER TABLE "T" DROP CONSTRAINT "T_pkey"; ALTER TABLE "T" ADD COLUMN uid uuid DEFAULT gen_random_uuid(); ALTER TABLE "T" ADD PRIMARY KEY (uid)',
      },
    ],
    [
      'a table without columns and one without rows',
      {
        setup: `CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; CREATE TABLE empty (id integer PRIMARY KEY, c text)`,
        migration: 'ALTER TABLE nothing ADD COLUMN a integer; ALTER TABLE empty DROP COLUMN c',
      },
    ],
  ]

  test.each(notAlarming)('no alarm when %s', async (_name, what) => {
    const { differences } = await experiment(openPostgresql, what)
    expect(alarms(differences)).toEqual([])
  })
})

function base(): string {
  return `CREATE TABLE "T" (id integer PRIMARY KEY, c varchar(20), n integer, d numeric(10,2), r real, at timestamp(3), f char(5));
    INSERT INTO "T" SELECT i, 'value ' || i, nullif(i % 7, 0), i * 1.25, i * 0.1, timestamp '2024-01-01' + i * interval '1 hour 1 ms', 'x' || i % 9 FROM generate_series(1, 200) i;`
}
