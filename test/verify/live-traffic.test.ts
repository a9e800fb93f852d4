import { describe, expect, test } from 'vitest'
import { alarms, type Experiment, experiment, openPostgresql, openSqlite } from './lab.js'

const SETUP = `CREATE TABLE "T" (id integer PRIMARY KEY, a text, b text, n integer); INSERT INTO "T" VALUES (1, 'a', 'b', 1), (2, 'a', 'b', 2), (3, 'a', 'b', 3), (4, 'a', 'b', 4)`
const others = ({ differences }: Awaited<ReturnType<typeof experiment>>) =>
  differences.filter((one) => one.cause === 'others').map((one) => one.message)

/** Another session writes to a table that the migration touches, after the database was read and before Prisma is started. */
describe('live traffic on PostgreSQL', () => {
  const harmless: readonly (readonly [string, Omit<Experiment, 'setup'>, readonly string[]])[] = [
    [
      'values that another session changed are its own',
      { meanwhile: `UPDATE "T" SET a = 'new', b = NULL WHERE id < 3`, migration: 'ALTER TABLE "T" ADD COLUMN extra text DEFAULT 1' },
      [
        'T.a: 2 values changed; their rows were last written before the migrations began, so somebody else did it',
        'T.b: 2 values changed; their rows were last written before the migrations began, so somebody else did it',
      ],
    ],
    [
      'also where the migration changes other rows, as predicted',
      {
        meanwhile: `UPDATE "T" SET a = 'new' WHERE id = 1`,
        migration: `UPDATE "T" SET a = 'mine' WHERE id = 2`,
        predictions: [{ effect: 'values-changed', schema: 'public', table: 'T', column: 'a', count: 1 }],
      },
      ['T.a: 1 value changed; its row was last written before the migrations began, so somebody else did it'],
    ],
    [
      'in a transaction with savepoints',
      { meanwhile: `BEGIN; SAVEPOINT s; UPDATE "T" SET n = 9 WHERE id = 1; RELEASE s; COMMIT`, migration: 'CREATE INDEX i ON "T" (a)' },
      ['T.n: 1 value changed; its row was last written before the migrations began, so somebody else did it'],
    ],
  ]
  test.each(harmless)('%s', async (_name, what, told) => {
    const outcome = await experiment(openPostgresql, { setup: SETUP, ...what })
    expect(alarms(outcome.differences)).toEqual([])
    expect(others(outcome)).toEqual(told)
  })

  const UPDATE = `UPDATE "T" SET b = 'theirs' WHERE id = 1`
  const real: readonly (readonly [string, Omit<Experiment, 'setup'>, readonly string[]])[] = [
    [
      'a row that both wrote is not put down to the other session',
      { meanwhile: UPDATE, migration: `UPDATE "T" SET a = upper(a)` },
      ['T.a: 4 of 4 values changed (id 1, 2, 3, 4)', 'T.b: 1 of 4 values changed (id 1)'],
    ],
    [
      'nor a row that ALTER TABLE wrote again',
      { meanwhile: UPDATE, migration: `ALTER TABLE "T" ALTER COLUMN b TYPE text USING left(b, 1)` },
      ['T.b: 1 of 4 values changed (id 1)'],
    ],
    [
      'nor a column that took the name of another, which no row shows',
      { meanwhile: UPDATE, migration: `ALTER TABLE "T" DROP COLUMN a, ADD COLUMN a text DEFAULT 'x'` },
      ['T.a: 4 of 4 values changed (id 1, 2, 3, 4)'],
    ],
    [
      'nor a table that took the name of another',
      {
        meanwhile: `CREATE TABLE "Next" (id integer PRIMARY KEY, a text, b text, n integer); INSERT INTO "Next" SELECT id, 'z', b, n FROM "T"`,
        migration: `DROP TABLE "T"; ALTER TABLE "Next" RENAME TO "T"`,
      },
      ['T.a: 4 of 4 values changed (id 1, 2, 3, 4)'],
    ],
    ['nor rows that are gone', { meanwhile: UPDATE, migration: 'DELETE FROM "T" WHERE id = 2' }, ['T: 1 of 4 rows is gone (id 2)']],
  ]
  test.each(real)('%s', async (_name, what, expected) => {
    const { differences } = await experiment(openPostgresql, { setup: SETUP, ...what })
    expect(alarms(differences).map((message) => message.replace(/; other.*/, ''))).toEqual(expect.arrayContaining([...expected]))
  })

  test('renamed values of an enum are the migration’s, although no row was written', async () => {
    const { differences } = await experiment(openPostgresql, {
      setup: `CREATE TYPE "E" AS ENUM ('a', 'b'); CREATE TABLE "T" (id integer PRIMARY KEY, e "E"); INSERT INTO "T" VALUES (1, 'a'), (2, 'b')`,
      migration: `ALTER TYPE "E" RENAME VALUE 'a' TO 'z'`,
    })
    expect(alarms(differences)).toEqual(['T.e: 1 of 2 values changed (id 1)'])
  })
})

describe.each([
  ['PostgreSQL', openPostgresql],
  ['SQLite', openSqlite],
] as const)('%s', (_name, open) => {
  test('rows that another session adds are no loss, in tables touched and not', async () => {
    const setup = `${SETUP}; CREATE TABLE "O" (id integer PRIMARY KEY); INSERT INTO "O" VALUES (1)`
    const { differences } = await experiment(open, {
      setup,
      meanwhile: `INSERT INTO "T" VALUES (5, 'a', 'b', 5); INSERT INTO "O" VALUES (2)`,
      migration: 'ALTER TABLE "T" ADD COLUMN extra text',
      touched: ['T'],
    })
    expect(alarms(differences)).toEqual([])
    expect(differences.map((one) => [one.table, one.kind, one.count])).toEqual(
      [
        ['T', 'rows-added', 1],
        ['O', 'rows-added', 1],
      ].sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
    )
  })

  test('rows without a key: NULLs that were filled are no loss, and hide none', async () => {
    const keyless = `CREATE TABLE "T" (a text, b text, n integer); INSERT INTO "T" VALUES ('x', NULL, 1), ('x', NULL, 1), (NULL, 'y', 2), (NULL, NULL, 3), ('z', 'z', 4)`
    const filled = await experiment(open, {
      setup: keyless,
      migration: `UPDATE "T" SET b = 'f' WHERE b IS NULL; UPDATE "T" SET a = 'g' WHERE a IS NULL`,
    })
    expect(alarms(filled.differences)).toEqual([])
    const lost = await experiment(open, {
      setup: keyless,
      migration: `UPDATE "T" SET b = 'f' WHERE b IS NULL; UPDATE "T" SET a = 'q' WHERE n = 4`,
    })
    expect(alarms(lost.differences)).toEqual(['T: 1 of 5 rows changed or replaced (the table has no primary key to tell)'])
    // Two rows that could each have become the one that is there: one of them did not.
    const one = await experiment(open, {
      setup: `CREATE TABLE "T" (a text, b text); INSERT INTO "T" VALUES ('x', NULL), (NULL, 'y')`,
      migration: `DELETE FROM "T"; INSERT INTO "T" VALUES ('x', 'y'), ('q', 'q')`,
    })
    expect(alarms(one.differences)).toEqual(['T: 1 of 2 rows changed or replaced (the table has no primary key to tell)'])
  })
})

test('rows without a key are compared in the type they had', async () => {
  const { differences } = await experiment(openPostgresql, {
    setup: `CREATE TABLE "T" (d numeric(10,2), at timestamp(3), r real, x bytea); INSERT INTO "T" VALUES (1.50, '2024-01-01', 0.1, 'a'), (7, NULL, 'NaN', '')`,
    migration: `SET TimeZone = 'UTC'; ALTER TABLE "T" ALTER COLUMN d TYPE double precision, ALTER COLUMN at TYPE timestamptz(3), ALTER COLUMN r TYPE double precision, ALTER COLUMN x TYPE text USING convert_from(x, 'UTF8'); INSERT INTO "T" (d) VALUES (9)`,
  })
  expect(alarms(differences)).toEqual([])
})
