import { describe, expect, onTestFinished, test } from 'vitest'
import { findInequalities } from '../../src/snapshots/equal-fingerprints.js'
import type { Progress } from '../../src/util/progress.js'
import { openPostgresql, openSqlite } from '../verify/lab.js'

describe.each([
  ['PostgreSQL', openPostgresql],
  ['SQLite', openSqlite],
] as const)('fingerprint on %s', (_name, open) => {
  test('the same data give the same digests, whatever the order of the rows', async () => {
    const one = await open()
    await one.run(
      `CREATE TABLE "T" (id integer PRIMARY KEY, v text); INSERT INTO "T" VALUES (1, 'a'), (2, NULL), (3, ''); CREATE TABLE "K" (v text, n integer); INSERT INTO "K" VALUES ('x', 1), ('x', 1), ('y', NULL)`,
    )
    const first = await one.connection.database.fingerprint(one.connection)
    await one.run(
      `DELETE FROM "T"; INSERT INTO "T" VALUES (3, ''), (1, 'a'), (2, NULL); DELETE FROM "K"; INSERT INTO "K" VALUES ('y', NULL), ('x', 1), ('x', 1)`,
    )
    const second = await one.connection.database.fingerprint(one.connection)
    expect(second.tables).toEqual(first.tables)
    await one.run(`DELETE FROM "K" WHERE n = 1; INSERT INTO "K" VALUES ('x', 2), ('x', 0)`)
    const third = await one.connection.database.fingerprint(one.connection)
    const digest = (fingerprint: typeof first) => fingerprint.tables.find((table) => table.name === 'K')?.columns[1]?.digest
    expect(digest(third)).not.toBe(digest(first))
    await one.close()
  })

  test('counts, keys and NULLs; of a table at the level counts, rows and keys only', async () => {
    const { connection, run, close } = await open()
    await run(
      `CREATE TABLE "T" (a integer, b text, c text, PRIMARY KEY (b, a)); INSERT INTO "T" VALUES (1, 'x', NULL), (2, 'y', ''); CREATE TABLE "S" (id integer PRIMARY KEY); INSERT INTO "S" VALUES (1)`,
    )
    const all = await connection.database.fingerprint(connection)
    expect(
      all.tables.map(({ name, rows, key, columns, level }) => [name, rows, key?.columns, columns.map((one) => one.nonNull), level]),
    ).toEqual([
      ['S', 1, ['id'], [1], undefined],
      ['T', 2, ['b', 'a'], [2, 2, 1], undefined],
    ])
    const some = await connection.database.fingerprint(connection, { levelOf: ({ name }) => (name === 'T' ? 'counts' : 'columns') })
    expect(some.tables[0]).toEqual(all.tables[0])
    const [, t] = some.tables
    expect([t?.level, t?.rows, t?.isOverBudget]).toEqual(['counts', 2, undefined])
    expect(t?.key).toEqual(all.tables[1]?.key)
    expect(t?.columns.map(({ nonNull, isUncounted, digest }) => [nonNull, isUncounted, digest])).toEqual([
      [2, true, null],
      [2, true, null],
      [2, true, null],
    ])
    // What is compared with an earlier one is read no closer than then.
    const after = await connection.database.fingerprint(connection, { reference: some })
    expect(after.tables).toEqual(some.tables)
    await close()
  })

  test('when the time is up, the largest tables are read for their rows and keys only', async () => {
    const { connection, run, close } = await open()
    await run(
      `CREATE TABLE "Big" (id integer PRIMARY KEY, a text, b text); CREATE TABLE "Small" (id integer PRIMARY KEY, a text); INSERT INTO "Small" VALUES (1, 'x')`,
    )
    await run(
      `INSERT INTO "Big" WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 480000) SELECT i, 'a' || i, 'b' || i FROM n`,
    )
    const whole = await connection.database.fingerprint(connection)
    const limited = await connection.database.fingerprint(connection, { budget: 25 })
    const [big, small] = limited.tables
    expect([big?.rows, big?.level, big?.isOverBudget]).toEqual([480_000, 'counts', true])
    expect(big?.key).toEqual(whole.tables[0]?.key)
    expect(small).toEqual(whole.tables[1])
    expect((await connection.database.fingerprint(connection, { budget: 600_000 })).tables).toEqual(whole.tables)
    await close()
  })

  test('it writes nothing and reports its progress', async () => {
    const { connection, run, close } = await open()
    await run(
      'CREATE TABLE "A" (id integer PRIMARY KEY); CREATE TABLE "B" (id integer PRIMARY KEY); INSERT INTO "A" VALUES (1), (2); INSERT INTO "B" VALUES (3)',
    )
    const seen: Progress[] = []
    const first = await connection.database.fingerprint(connection, { onProgress: (progress) => seen.push(progress) })
    const rows = seen.filter(({ step }) => step === 'Reading every row')
    expect(rows.map(({ detail }) => detail?.split('.').at(-1))).toEqual(expect.arrayContaining(['A', 'B']))
    expect(rows.at(-1)).toMatchObject({ done: 3, total: 3, unit: 'rows' })
    const { takenAt: _, ...rest } = await connection.database.fingerprint(connection, { reference: first })
    const { takenAt: __, ...expected } = first
    expect(rest).toEqual(expected)
    await close()
  })

  test('foreign keys that find nothing are counted', async () => {
    const { connection, run, close } = await open()
    await run(
      'CREATE TABLE "P" (id integer PRIMARY KEY); CREATE TABLE "C" (id integer PRIMARY KEY, p integer REFERENCES "P" (id)); INSERT INTO "P" VALUES (1); INSERT INTO "C" VALUES (1, 1), (2, NULL)',
    )
    expect((await connection.database.fingerprint(connection)).violations).toEqual([])
    const off = connection.database.id === 'sqlite' ? 'PRAGMA foreign_keys = OFF' : 'SET session_replication_role = replica'
    await run(`${off}; DELETE FROM "P"`)
    expect((await connection.database.fingerprint(connection)).violations).toEqual([
      expect.objectContaining({ table: 'C', columns: ['p'], rows: 1 }),
    ])
    await close()
  })
})

test('large objects that the user may not read are counted, and kept apart', async () => {
  const { connection, run, close } = await openPostgresql()
  onTestFinished(close)
  const none = await connection.database.fingerprint(connection)
  await run(`SELECT lo_from_bytea(7, 'own'), lo_from_bytea(8, 'other'); GRANT SELECT ON LARGE OBJECT 7 TO PUBLIC`)
  const read = () => connection.database.fingerprint(connection)
  const whole = await read()
  expect(whole.largeObjects).toMatchObject({ count: 2, hidden: 0, highest: 8 })
  await connection.query('SET ROLE pg_monitor')
  const before = await read()
  expect(before.largeObjects).toMatchObject({ count: 2, hidden: 1 })
  await run(`SELECT lo_put(8, 0, 'x')`)
  expect((await read()).largeObjects).toEqual(before.largeObjects)
  await run(`SELECT lo_put(7, 0, 'x')`)
  expect((await read()).largeObjects?.digest).not.toBe(before.largeObjects?.digest)
  await connection.query('RESET ROLE')
  const options = { digests: true, definitions: true, sequences: true }
  expect(findInequalities(whole, await read(), options)).toEqual(['the contents of large objects differ'])
  await run('SELECT lo_unlink(7)')
  expect(findInequalities(whole, await read(), options)).toEqual(['large objects: 1 instead of 2'])
  expect(findInequalities(none, await read(), options)).toEqual(['large objects: 1 instead of 0'])
})

test('what the time limit left of the tables does not end what comes after them; large objects that are too many for it are counted', async () => {
  const { connection, run, close } = await openPostgresql()
  onTestFinished(close)
  await run('SELECT count(lo_create(i)) FROM generate_series(1, 100000) i; CREATE TABLE t (id int PRIMARY KEY)')
  const limited = await connection.database.fingerprint(connection, { budget: 40 })
  expect(limited.largeObjects).toEqual({ count: 100_000, highest: 100_000, hidden: 0, digest: null })
  const whole = await connection.database.fingerprint(connection, { budget: 600_000 })
  expect(whole.largeObjects?.digest).toMatch(/^-?\d+$/)
})

test('a key of one column is told by the digest of the key: that of the column was another one in earlier versions', async () => {
  const { connection, run, close } = await openPostgresql()
  onTestFinished(close)
  await run(`CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a')`)
  const now = await connection.database.fingerprint(connection)
  const [table] = now.tables
  if (!table) throw new Error('no table')
  const then = (column: string) => ({
    ...now,
    tables: [{ ...table, columns: table.columns.map((one) => (one.name === column ? { ...one, digest: '1' } : one)) }],
  })
  const options = { digests: true, definitions: true, sequences: true }
  expect(findInequalities(then('id'), now, options)).toEqual([])
  expect(findInequalities(then('v'), now, options)).toEqual(['the values of t.v differ'])
  const keyed = { ...now, tables: [{ ...table, key: { columns: ['id'], digest: '1' } }] }
  expect(findInequalities(keyed, now, options)).toEqual(['the keys of table t differ'])
})
