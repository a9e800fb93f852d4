import { describe, expect, test } from 'vitest'
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

  test('counts, keys and NULLs; a table that is left out is only counted', async () => {
    const { connection, run, close } = await open()
    await run(
      `CREATE TABLE "T" (a integer, b text, c text, PRIMARY KEY (b, a)); INSERT INTO "T" VALUES (1, 'x', NULL), (2, 'y', ''); CREATE TABLE "S" (id integer PRIMARY KEY); INSERT INTO "S" VALUES (1)`,
    )
    const { tables } = await connection.database.fingerprint(connection, { skip: ['S'] })
    expect(
      tables.map(({ name, rows, key, columns, skipped }) => [name, rows, key?.columns, columns.map((column) => column.nonNull), skipped]),
    ).toEqual([
      ['S', 1, undefined, [], true],
      ['T', 2, ['b', 'a'], [2, 2, 1], undefined],
    ])
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
