import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { analyse } from '../../src/findings/analyse.js'
import { measureImpact } from '../../src/findings/impact.js'
import { openSqlite } from '../verify/lab.js'

async function judge(setup: string, sql: string) {
  const live = await openSqlite()
  try {
    await live.run(setup)
    const parsed = await sqlite.parse({ migration: '2', file: 'm/2/migration.sql', sql })
    const analysis = analyse([parsed], { catalog: await sqlite.readCatalog(live.connection) })
    const findings = await measureImpact(analysis, live.connection, { timeout: 5000 })
    await live.run(sql)
    const rows = async (query: string) => live.connection.query(query)
    return {
      findings,
      touched: analysis.touched,
      left: (await rows('SELECT * FROM t ORDER BY id')).map((row) => Object.values(row).join(' ')),
    }
  } finally {
    await live.close()
  }
}

describe('what a table says of conflicts itself', () => {
  const CHILD = 'CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t (id) ON DELETE CASCADE);'
  it('reaches the tables that reference it', async () => {
    const { touched } = await judge(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE); ${CHILD}`,
      "INSERT INTO t (a) VALUES ('x');",
    )
    expect(touched.kind === 'some' && touched.tables.map(({ table }) => table)).toEqual(['t', 'c'])
  })
  it('is no loss where the statement says otherwise', async () => {
    const setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1, 'x');"
    for (const verb of ['INSERT OR IGNORE', 'INSERT OR ABORT']) {
      const value = verb === 'INSERT OR IGNORE' ? 'x' : 'y'
      const { findings, left } = await judge(setup, `${verb} INTO t (a) VALUES ('${value}');`)
      expect(findings.filter(({ rule }) => rule === 'overwrite-rows')).toEqual([])
      expect(left).toContain('1 x')
    }
  })
  it('follows a column that gets another name', async () => {
    const { findings, left } = await judge(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES (1, 'x'), (2, 'y');",
      "ALTER TABLE t RENAME COLUMN a TO b; INSERT INTO t (b) VALUES ('x');",
    )
    expect(findings.find(({ rule }) => rule === 'overwrite-rows')?.impact).toMatchObject({ measured: true, rows: 1 })
    expect(left).toEqual(['2 y', '3 x'])
  })
  it('is no copy for the rows of a table that is dropped afterwards', async () => {
    const { findings, left } = await judge(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL ON CONFLICT IGNORE); CREATE TABLE o (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO o VALUES (1, 'x'), (2, NULL);",
      'INSERT INTO t (id, a) SELECT id, a FROM o; DROP TABLE o;',
    )
    expect(left).toEqual(['1 x'])
    expect(findings.find(({ rule }) => rule === 'drop-table')).toMatchObject({ severity: 'S1', impact: { rows: 2 } })
  })
})

it('says of an UPDATE that reads its own table what was counted: SQLite gives each row what the row before has just got', async () => {
  const setup = 'CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL); INSERT INTO t VALUES (1, 5), (2, 3), (3, 4);'
  const { findings, left } = await judge(setup, 'UPDATE t SET n = max(n, coalesce((SELECT p.n FROM t AS p WHERE p.id = t.id - 1), 0));')
  const [finding] = findings
  expect(finding?.impact).toMatchObject({ measured: true, values: 1 })
  expect(finding?.why).toContain('whose rows change one after the other')
  expect(left).toEqual(['1 5', '2 5', '3 5'])
})

it('the demo foresees only a part of its loss', async () => {
  const sql = readFileSync('prisma/migrations/20260215080000_level_prices/migration.sql', 'utf8')
  const setup =
    'CREATE TABLE t (id INTEGER); CREATE TABLE "Product" ("id" INTEGER PRIMARY KEY, "price" INTEGER NOT NULL); INSERT INTO "Product" VALUES (1, 5), (2, 3), (3, 4);'
  const { findings } = await judge(setup, sql)
  expect(findings.map(({ impact }) => impact)).toMatchObject([{ measured: true, values: 1 }])
})
