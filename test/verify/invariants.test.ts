import { describe, expect, it } from 'vitest'
import type { Invariant } from '../../src/config/invariants.js'
import { checkInvariants, compareInvariants, describeBroken, type InvariantReading, readInvariants } from '../../src/verify/invariants.js'
import { openPostgresql, openSqlite } from './lab.js'

const OPTIONS = { timeout: 5_000, showValues: true }
const SHOP = `
CREATE TABLE "User" (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE "Invoice" (id INTEGER PRIMARY KEY, "userId" INTEGER, total NUMERIC, big BIGINT);
INSERT INTO "User" VALUES (1, 'Ada'), (2, 'Bob');
INSERT INTO "Invoice" VALUES (1, 1, 10.10, 9007199254740993), (2, 2, 5, 1), (3, 9, NULL, 0);`

const must = (text: Invariant['must'], sql: string, name: string = text): Invariant => ({ name, sql, must: text })

describe.each([
  ['sqlite', openSqlite],
  ['postgresql', openPostgresql],
] as const)('invariants on %s', (database, open) => {
  /** What the invariants say of a change. */
  async function judge(invariants: readonly Invariant[], change: string, setup = SHOP) {
    const { connection, run, close } = await open()
    try {
      await run(setup)
      const before = await readInvariants(connection, invariants, OPTIONS)
      // As the journal keeps them.
      const kept: InvariantReading[] = JSON.parse(JSON.stringify(before))
      await run(change)
      const after = await readInvariants(connection, invariants, OPTIONS)
      return { before, after, differences: compareInvariants(kept, after) }
    } finally {
      await close()
    }
  }

  it('rows that may not be: none before, more than before, fewer than before', async () => {
    const sql = `SELECT i.id, i.total FROM "Invoice" i LEFT JOIN "User" u ON u.id = i."userId" WHERE u.id IS NULL ORDER BY i.id; -- orphans\n ; `
    const { before, differences } = await judge([must('return no rows', sql, 'orphans')], 'DELETE FROM "User" WHERE id = 1')
    expect(before).toMatchObject([{ rows: 1, samples: ['{"id":"3","total":null}'], problem: null }])
    expect(differences).toMatchObject([
      {
        kind: 'invariant-broken',
        name: 'orphans',
        count: 1,
        weight: 'loss',
        cause: 'unpredicted',
        message: 'The invariant “orphans” is broken: 2 rows where none may be, 1 of them before the run',
        rows: [expect.stringContaining('"id":"1"'), '{"id":"3","total":null}'],
      },
    ])
    const same = await judge([must('return no rows', sql, 'orphans')], 'INSERT INTO "User" VALUES (7, NULL)')
    expect(same.differences).toMatchObject([
      { weight: 'notice', message: 'The invariant “orphans” was broken before the run: 1 row where none may be, 1 now' },
    ])
    expect((await judge([must('return no rows', sql)], `INSERT INTO "User" VALUES (9, 'Zoe')`)).differences).toEqual([])
    const many = await judge(
      [must('return no rows', 'SELECT id FROM "Invoice" WHERE id > 3')],
      `INSERT INTO "Invoice" (id) SELECT a.id * 10 + b.id + 100 FROM "Invoice" a, "Invoice" b`,
    )
    expect(many.differences).toMatchObject([{ count: 9, message: expect.stringContaining('9 rows where none may be') }])
    expect(many.after[0]?.samples).toHaveLength(5)
    expect(describeBroken(many.after[0] as InvariantReading)).toBe('9 rows where none may be')
  })

  it('values of one row are compared exactly: beyond 2^53, decimals, NULL, texts', async () => {
    const invariants = [
      must('not shrink', 'SELECT sum(total) AS total, max(big) AS big, count(*) AS n FROM "Invoice"'),
      must('stay equal', 'SELECT max(big) AS big, max(total) AS total FROM "Invoice"'),
      must('stay equal', 'SELECT name FROM "User" WHERE id = 1', 'name'),
      must('not shrink', 'SELECT sum(total) AS none FROM "Invoice" WHERE id = 3', 'none'),
    ]
    const rounded = await judge(
      invariants,
      `UPDATE "Invoice" SET big = 9007199254740992 WHERE id = 1; UPDATE "User" SET name = 'ada'; UPDATE "Invoice" SET total = 0 WHERE id = 3`,
    )
    expect(rounded.differences.map(({ message }) => message)).toEqual([
      'The invariant “not shrink” is broken: it must not shrink: big was 9007199254740993 and is 9007199254740992',
      'The invariant “stay equal” is broken: it must stay equal: big was 9007199254740993 and is 9007199254740992',
      'The invariant “name” is broken: it must stay equal: name is another value',
    ])
    expect(rounded.differences[2]).toMatchObject({ keys: ['name'], values: [{ before: 'Ada', after: 'ada' }] })
    const grown = await judge(invariants.slice(0, 1), `INSERT INTO "Invoice" VALUES (4, 1, 0.0000001, 2)`)
    expect(grown.differences).toEqual([])
    const emptied = await judge(invariants.slice(0, 1), 'DELETE FROM "Invoice"')
    expect(emptied.differences[0]?.message).toMatch(
      /total was 15.1\d* and is NULL; big was 9007199254740993 and is NULL; n was 3 and is 0$/,
    )
  })

  it('the same number in another type is the same number', async () => {
    const invariants = [must('stay equal', 'SELECT x FROM "T"')]
    const change = database === 'sqlite' ? `UPDATE "T" SET x = '12'` : 'ALTER TABLE "T" ALTER COLUMN x TYPE numeric(10,2)'
    const { before, after, differences } = await judge(invariants, change, 'CREATE TABLE "T" (x INTEGER); INSERT INTO "T" VALUES (12)')
    expect([before[0]?.values[0]?.text, after[0]?.values[0]?.text]).toEqual(database === 'sqlite' ? ['12', '12'] : ['12', '12.00'])
    expect(differences).toEqual([])
  })

  it('what cannot be asked any more is broken, with the reason', async () => {
    const { differences } = await judge(
      [must('not shrink', 'SELECT sum(total) AS total FROM "Invoice"'), must('stay equal', 'SELECT count(*) AS n FROM "User"')],
      'ALTER TABLE "Invoice" DROP COLUMN total; DROP TABLE "User"',
    )
    expect(differences.map(({ message }) => message)).toEqual([
      expect.stringMatching(/“not shrink” is broken: it cannot be checked any more: .*total/),
      expect.stringMatching(/“stay equal” is broken: it cannot be checked any more: .*User/),
    ])
  })

  it('is checked without being run, says what its answer lacks, and can do nothing but read', async () => {
    const { connection, run, close } = await open()
    try {
      await run(SHOP)
      const wrong = [
        must('return no rows', 'SELECT nope FROM "User"', 'column'),
        must('return no rows', 'DELETE FROM "User" RETURNING id', 'delete'),
        must('return no rows', `SELECT 1) AS x; DELETE FROM "User"; SELECT * FROM (SELECT 2`, 'several'),
        must('return no rows', 'SELEC', 'syntax'),
      ]
      const division = must(
        'return no rows',
        database === 'sqlite' ? `SELECT json('{') AS x` : 'SELECT 1 / (id - 1) AS x FROM "User"',
        'only when run',
      )
      expect((await checkInvariants(connection, [...wrong, division], 5_000)).map(({ name }) => name)).toEqual([
        'column',
        'delete',
        'several',
        'syntax',
      ])
      const readings = await readInvariants(connection, [...wrong, division], OPTIONS)
      expect(readings.filter(({ problem }) => problem === null)).toEqual([])
      expect(await connection.query('SELECT count(*) AS n FROM "User"')).toEqual([{ n: database === 'sqlite' ? 2n : '2' }])
      const answers = await readInvariants(
        connection,
        [
          must('not shrink', 'SELECT id FROM "User"', 'two rows'),
          must('stay equal', 'SELECT id FROM "User" WHERE id = 5', 'no row'),
          must('not shrink', 'SELECT name FROM "User" WHERE id = 1', 'text'),
        ],
        OPTIONS,
      )
      expect(answers.map(({ problem }) => problem)).toEqual([
        'it must return one row, and returned 2 rows',
        'it must return one row, and returned 0 rows',
        'it must return numbers, and name is none',
      ])
    } finally {
      await close()
    }
  })

  it('sees the moment of the transaction that is open, ends in time, and leaves values out that may not be shown', async () => {
    const { connection, run, close } = await open()
    try {
      await run(SHOP)
      await connection.query(database === 'sqlite' ? 'BEGIN' : 'BEGIN ISOLATION LEVEL REPEATABLE READ')
      const count = [must('stay equal', 'SELECT count(*) AS n FROM "User"')]
      await connection.query('SELECT count(*) FROM "User"')
      if (database === 'postgresql') await run('DELETE FROM "User"')
      const failing = [must('return no rows', 'SELECT nope', 'fails'), ...count]
      expect((await readInvariants(connection, failing, OPTIONS)).map(({ values }) => values[0]?.text)).toEqual([undefined, '2'])
      await connection.query('ROLLBACK')
      const slow =
        database === 'sqlite'
          ? 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'
          : 'SELECT pg_sleep(30)'
      const [late] = await readInvariants(connection, [must('return no rows', slow)], { ...OPTIONS, timeout: 300 })
      expect(late?.problem).toContain('canceling statement due to statement timeout')
      const [hidden] = await readInvariants(connection, [must('return no rows', `SELECT 'secret' AS x`)], {
        timeout: 5_000,
        showValues: false,
      })
      expect(hidden).toMatchObject({ rows: 1, samples: [] })
    } finally {
      await close()
    }
  })
})
