import { describe, expect, test } from 'vitest'
import { REASONS } from '../../src/snapshots/salvage/salvage-part.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { numbersOf, SALVAGED, salvageSuite } from './salvage-suite.js'

const server = await dumpablePostgresqlServer('salvages')

const SHOP = `
CREATE TABLE "User" (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, "bossId" INTEGER REFERENCES "User"(id) ON DELETE SET NULL);
CREATE TABLE "Order" (id INTEGER PRIMARY KEY, "userId" INTEGER NOT NULL REFERENCES "User"(id) ON DELETE CASCADE, total NUMERIC(10,4));
CREATE TABLE "Line" ("orderId" INTEGER NOT NULL REFERENCES "Order"(id) ON DELETE CASCADE, place INTEGER NOT NULL, what TEXT, PRIMARY KEY ("orderId", place));
CREATE TABLE "Log" (at INTEGER, what TEXT);
INSERT INTO "User" VALUES (1, 'ada@x', 'Ada', NULL), (2, 'bob@x', 'Bob', 1), (3, 'cleo@x', NULL, 2), (4, 'dan@x', 'Dan', 1);
INSERT INTO "Order" VALUES (10, 1, 1.2345), (11, 2, 2.5), (12, 2, 3.25);
INSERT INTO "Line" VALUES (10, 1, 'a'), (11, 1, 'b'), (11, 2, 'c'), (12, 1, 'd');
INSERT INTO "Log" VALUES (1, 'x'), (1, 'x'), (2, NULL), (3, 'y');`

describe.skipIf(server === null).each(SALVAGED)('salvage from %s snapshots', (engine) => {
  const lose = salvageSuite(server as PostgresqlServer)
  const CASCADE = engine === 'copy' ? '' : 'PRAGMA foreign_keys = ON;'

  test('rows that a cascade took come back with their children and parents, in the new columns, and nothing else changes', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `${CASCADE} ALTER TABLE "User" ADD COLUMN role TEXT NOT NULL DEFAULT 'member'; DELETE FROM "User" WHERE id = 2`,
      since: `INSERT INTO "User" (id, email, name) VALUES (5, 'eve@x', 'Eve'); UPDATE "User" SET name = 'Ada L' WHERE id = 1; INSERT INTO "Order" VALUES (13, 5, 9)`,
    })
    expect(await there.query('SELECT * FROM "Line"')).toHaveLength(1)
    const { plan, done } = await there.salvage()
    expect(done).toBe('salvaged')
    expect(numbersOf(plan)).toEqual({ User: { rows: 1, bossId: 1 }, Order: { rows: 2 }, Line: { rows: 3 } })
    expect(plan.sideTables).toEqual([])
    expect(await there.query('SELECT id, name, "bossId", role FROM "User" ORDER BY id')).toEqual([
      { id: 1, name: 'Ada L', bossId: null, role: 'member' },
      { id: 2, name: 'Bob', bossId: 1, role: 'member' },
      { id: 3, name: null, bossId: 2, role: 'member' },
      { id: 4, name: 'Dan', bossId: 1, role: 'member' },
      { id: 5, name: 'Eve', bossId: null, role: 'member' },
    ])
    expect(await there.query('SELECT "orderId", place FROM "Line" ORDER BY 1, 2')).toHaveLength(4)
    expect((await there.salvage()).done).toBe('unchanged')
  })

  test('values that were overwritten go back where nobody wrote since; the others are aside, with the SQL to use them', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `UPDATE "User" SET name = 'none'`,
      since: `UPDATE "User" SET name = 'Robert' WHERE id = 2; DELETE FROM "User" WHERE id = 4`,
    })
    const { plan } = await there.salvage()
    expect(numbersOf(plan)).toEqual({ User: { name: 1, aside: [`1 name: ${REASONS.changed}`] } })
    expect(await there.query('SELECT id, name FROM "User" ORDER BY id')).toEqual([
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Robert' },
      { id: 3, name: 'none' },
    ])
    const [side] = plan.sideTables
    expect(side).toMatchObject({ of: 'User', what: 'values', rows: 1 })
    await there.query(side?.statements.join('\n') ?? '')
    expect(await there.query('SELECT name FROM "User" WHERE id = 2')).toEqual([{ name: 'Bob' }])
  })

  test('what the new type cannot hold is aside, exactly as it was', async () => {
    const migration =
      engine === 'copy'
        ? `ALTER TABLE "Order" ALTER COLUMN total TYPE NUMERIC(10,2)`
        : `CREATE TABLE n (id INTEGER PRIMARY KEY, "userId" INTEGER NOT NULL REFERENCES "User"(id) ON DELETE CASCADE, total INTEGER);
           INSERT INTO n SELECT id, "userId", CAST(total AS INTEGER) FROM "Order"; DROP TABLE "Order"; ALTER TABLE n RENAME TO "Order"`
    const there = await lose({ engine, sql: SHOP, migration })
    const { plan } = await there.salvage()
    const count = engine === 'copy' ? 1 : 3
    // On SQLite the DROP TABLE of the rebuild took the lines along.
    const lines = engine === 'copy' ? {} : { Line: { rows: 4 } }
    expect(numbersOf(plan)).toEqual({ Order: { aside: [`${count} total: ${REASONS.misfit}`] }, ...lines })
    const [side] = plan.sideTables
    await there.query(side?.statements.join('\n') ?? '')
    const [row] = await there.query('SELECT total FROM "Order" WHERE id = 10')
    expect(Number(row?.total)).toBe(1.2345)
  })

  test('a column that was dropped and added under another name: its values are aside, and the SQL fills the new one', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `ALTER TABLE "User" DROP COLUMN name; ALTER TABLE "User" ADD COLUMN "fullName" TEXT`,
      since: `UPDATE "User" SET "fullName" = 'Robert' WHERE id = 2`,
    })
    const { plan } = await there.salvage()
    expect(numbersOf(plan)).toEqual({ User: { aside: [`3 name: ${REASONS.column}`] } })
    await there.query(plan.sideTables[0]?.statements.join('\n') ?? '')
    expect(await there.query('SELECT id, "fullName" AS n FROM "User" ORDER BY id')).toEqual([
      { id: 1, n: 'Ada' },
      { id: 2, n: 'Robert' },
      { id: 3, n: null },
      { id: 4, n: 'Dan' },
    ])
  })

  test('a table that was dropped is aside as a whole', async () => {
    const there = await lose({ engine, sql: SHOP, migration: `DROP TABLE "Log"` })
    const { plan } = await there.salvage()
    expect(numbersOf(plan)).toEqual({ Log: { aside: [`4 rows: ${REASONS.table}`] } })
    await there.query(`CREATE TABLE "Log" (at INTEGER, what TEXT); ${plan.sideTables[0]?.statements.join('\n')}`)
    expect(await there.query('SELECT * FROM "Log" ORDER BY 1')).toEqual([
      { at: 1, what: 'x' },
      { at: 1, what: 'x' },
      { at: 2, what: null },
      { at: 3, what: 'y' },
    ])
  })

  test('a required column without default: rows cannot be inserted, and are aside', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `DELETE FROM "Log"; DROP TABLE "Line"; CREATE TABLE "Line" ("orderId" INTEGER NOT NULL, place INTEGER NOT NULL, what TEXT, unit TEXT NOT NULL, PRIMARY KEY ("orderId", place))`,
    })
    const { plan } = await there.salvage()
    expect(numbersOf(plan)).toEqual({ Line: { aside: [`4 rows: ${REASONS.required}`] }, Log: { rows: 4 } })
    const sql = plan.sideTables[0]?.statements.join('\n').replace('<unit>', "'kg'") ?? ''
    await there.query(sql)
    expect(await there.query('SELECT count(*) AS n FROM "Line" WHERE unit = \'kg\'')).toEqual([{ n: there.isPostgresql ? '4' : 4 }])
  })

  test('rows written since win: the same key, the same unique value, a parent that is gone', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `DELETE FROM "Line"; DELETE FROM "Order"; DELETE FROM "User" WHERE id IN (3, 4)`,
      since: `INSERT INTO "User" VALUES (3, 'new@x', 'New', NULL), (6, 'dan@x', 'Other Dan', NULL); DELETE FROM "User" WHERE id = 2; INSERT INTO "Line" SELECT 10, 1, 'z' WHERE 1 = 0`,
    })
    const { plan } = await there.salvage()
    expect(numbersOf(plan)).toEqual({
      User: { aside: expect.arrayContaining([`1 rows: ${REASONS.taken}`, `1 rows: ${REASONS.unique}`]) },
      Order: { rows: 1, aside: [`2 rows: ${REASONS.orphan}`] },
      Line: { rows: 1, aside: [`3 rows: ${REASONS.orphan}`] },
    })
    expect(await there.query('SELECT id, name FROM "User" ORDER BY id')).toEqual([
      { id: 1, name: 'Ada' },
      { id: 3, name: 'New' },
      { id: 6, name: 'Other Dan' },
    ])
    expect(plan.sideTables.map(({ of, what, rows }) => [of, what, rows])).toEqual(
      expect.arrayContaining([
        ['User', 'rows', 2],
        ['Order', 'rows', 2],
        ['Line', 'rows', 3],
      ]),
    )
  })

  test('rows that users have deleted since stay deleted', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `DELETE FROM "User" WHERE id = 4; UPDATE "User" SET name = 'none'`,
      since: `DELETE FROM "Line"; DELETE FROM "Order"; DELETE FROM "User" WHERE id = 3`,
    })
    const { plan } = await there.salvage()
    expect(numbersOf(plan)).toEqual({ User: { rows: 1, name: 2 } })
    expect(await there.query('SELECT id, name FROM "User" ORDER BY id')).toEqual([
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Bob' },
      { id: 4, name: 'Dan' },
    ])
    expect(await there.query('SELECT * FROM "Order"')).toEqual([])
  })

  test('without a key: as many equal rows as were lost; changed ones are aside', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `DELETE FROM "Log" WHERE at = 1`,
      since: `INSERT INTO "Log" VALUES (1, 'x'), (4, 'z')`,
    })
    expect(numbersOf((await there.salvage()).plan)).toEqual({ Log: { rows: 1 } })
    expect(await there.query('SELECT * FROM "Log" ORDER BY 1')).toHaveLength(5)
    const changed = await lose({ engine, sql: SHOP, migration: `UPDATE "Log" SET what = 'other' WHERE at = 3` })
    expect(numbersOf((await changed.salvage()).plan)).toEqual({ Log: { aside: [`1 rows: ${REASONS.replaced}`] } })
    expect(await changed.query('SELECT * FROM "Log" ORDER BY 1')).toHaveLength(4)
  })

  test('what was agreed to is left; with losses that nobody agreed to among them it is aside; all of it with --all', async () => {
    const agreed = [{ effect: 'rows-lost' as const, table: 'Log', column: null, count: 1 }]
    const some = await lose({ engine, sql: SHOP, migration: `DELETE FROM "Log" WHERE at > 1`, agreed })
    expect(numbersOf((await some.salvage()).plan)).toEqual({ Log: { aside: [`2 rows: ${REASONS.replaced}`] } })
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `DELETE FROM "Line" WHERE place = 2; UPDATE "User" SET name = upper(name)`,
      agreed: [{ effect: 'rows-lost', table: 'Line', column: null, count: 1 }],
    })
    expect(numbersOf((await there.salvage()).plan)).toEqual({ User: { name: 3 } })
    expect(numbersOf((await there.salvage({ all: true })).plan)).toEqual({ Line: { rows: 1 } })
  })

  test('where what the migration left is not known, nothing is written over and nothing deleted is made again', async () => {
    const there = await lose({ engine, sql: SHOP, migration: `DELETE FROM "Log" WHERE at = 3; UPDATE "User" SET name = 'none'` })
    expect(numbersOf((await there.salvage({ withoutAfter: true })).plan)).toEqual({
      User: { aside: [`3 name: ${REASONS.unknown}`] },
      Log: { aside: [`1 rows: ${REASONS.unknown}`] },
    })
    expect(await there.query(`SELECT * FROM "User" WHERE name = 'none'`)).toHaveLength(4)
  })

  test('cycles of foreign keys, and rows that reference each other', async () => {
    const there = await lose({
      engine,
      sql: `CREATE TABLE "A" (id INTEGER PRIMARY KEY, b INTEGER); CREATE TABLE "B" (id INTEGER PRIMARY KEY, a INTEGER REFERENCES "A"(id));
            INSERT INTO "A" VALUES (1, NULL), (2, NULL); INSERT INTO "B" VALUES (1, 1), (2, 2); UPDATE "A" SET b = id;
            ${engine === 'copy' ? 'ALTER TABLE "A" ADD FOREIGN KEY (b) REFERENCES "B"(id)' : ''}`,
      migration: `UPDATE "A" SET b = NULL WHERE id = 2; DELETE FROM "B" WHERE id = 2; DELETE FROM "A" WHERE id = 2`,
    })
    expect(numbersOf((await there.salvage()).plan)).toEqual({ A: { rows: 1 }, B: { rows: 1 } })
    expect(await there.query('SELECT * FROM "A" ORDER BY id')).toEqual([
      { id: 1, b: 1 },
      { id: 2, b: 2 },
    ])
  })
  test('a table that refuses its rows is aside with the words of the database, and the others come back all the same', async () => {
    const there = await lose({
      engine,
      sql: SHOP,
      migration: `DELETE FROM "Line"; CREATE TABLE n (at INTEGER CONSTRAINT "early" CHECK (at < 3), what TEXT); INSERT INTO n SELECT * FROM "Log" WHERE at = 1; DROP TABLE "Log"; ALTER TABLE n RENAME TO "Log"`,
    })
    const { plan } = await there.salvage({ isRefused: true })
    expect(numbersOf(plan)).toEqual({
      Line: { rows: 4 },
      Log: { aside: [expect.stringMatching(/^2 rows: the database refuses the row: .*early/)] },
    })
    expect(await there.query('SELECT * FROM "Log"')).toHaveLength(2)
    expect(plan.sideTables).toMatchObject([{ of: 'Log', what: 'rows', rows: 2 }])
  })

  test('what fails after the rows were written puts no table aside', async () => {
    const there = await lose({ engine, sql: SHOP, migration: 'DELETE FROM "Line"' })
    let isFirst = true
    const onCommit = async () => {
      const fails = isFirst
      isFirst = false
      if (fails) throw new Error('no space is left')
    }
    await expect(there.salvage({ onCommit })).rejects.toMatchObject({
      why: expect.stringMatching(/no space is left.*Everything was undone/),
    })
    expect(await there.query('SELECT * FROM "Line"')).toEqual([])
  })

  test('side tables of tables with names of 63 bytes that begin alike do not collide', async () => {
    const [one, two] = ['1', '2'].map((end) => `${'größe'.repeat(8)}${'x'.repeat(6)}${end}`)
    const there = await lose({
      engine,
      sql: `CREATE TABLE "${one}" (id INTEGER PRIMARY KEY); INSERT INTO "${one}" VALUES (1); CREATE TABLE "${two}" (id INTEGER PRIMARY KEY); INSERT INTO "${two}" VALUES (2), (3)`,
      migration: `DROP TABLE "${one}"; DROP TABLE "${two}"`,
    })
    const { sideTables } = (await there.salvage()).plan
    expect(sideTables.map(({ of, rows }) => [of, rows])).toEqual([
      [one, 1],
      [two, 2],
    ])
    expect(new Set(sideTables.map(({ name }) => name)).size).toBe(2)
    for (const { statements } of sideTables.slice(1)) {
      await there.query(`CREATE TABLE "${two}" (id INTEGER PRIMARY KEY)`)
      await there.query(statements.join('\n'))
    }
    expect(await there.query(`SELECT id FROM "${two}" ORDER BY 1`)).toEqual([{ id: 2 }, { id: 3 }])
  })
})

describe.skipIf(server === null)('salvage, what only PostgreSQL has', () => {
  const lose = salvageSuite(server as PostgresqlServer)

  test('tables of one name in several schemas, and partitions: rows go back to where they were, or aside where that is gone', async () => {
    const there = await lose({
      engine: 'copy',
      sql: `CREATE SCHEMA billing; CREATE TABLE "Bill" (id int PRIMARY KEY, what text); CREATE TABLE billing."Bill" (id int PRIMARY KEY, what text);
            INSERT INTO "Bill" VALUES (1, 'public'), (2, 'public'); INSERT INTO billing."Bill" VALUES (1, 'billing'), (2, 'billing');
            CREATE TABLE "Event" (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE "Event_1" PARTITION OF "Event" FOR VALUES FROM (0) TO (10); CREATE TABLE "Event_2" PARTITION OF "Event" FOR VALUES FROM (10) TO (20);
            CREATE TABLE "Old" (id int, at int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE "Old_1" PARTITION OF "Old" DEFAULT;
            INSERT INTO "Event" VALUES (1, 1), (2, 11), (3, 12); INSERT INTO "Old" VALUES (1, 1)`,
      migration: `DELETE FROM billing."Bill" WHERE id = 2; UPDATE "Bill" SET what = '' WHERE id = 1; DELETE FROM "Event" WHERE id > 1; DELETE FROM "Old"; DROP TABLE "Old_1"`,
      since: `INSERT INTO "Event" VALUES (4, 15)`,
    })
    const { plan } = await there.salvage({ isRefused: true })
    expect(plan.tables.map(({ schema, name, inserted, values }) => [schema, name, inserted, values.length])).toEqual(
      expect.arrayContaining([
        ['billing', 'Bill', 1, 0],
        ['public', 'Bill', 0, 1],
        ['public', 'Event', 2, 0],
        ['public', 'Old', 0, 0],
      ]),
    )
    expect(await there.query('SELECT tableoid::regclass::text AS part, id FROM "Event" ORDER BY id')).toEqual([
      { part: '"Event_1"', id: 1 },
      { part: '"Event_2"', id: 2 },
      { part: '"Event_2"', id: 3 },
      { part: '"Event_2"', id: 4 },
    ])
    expect(await there.query('SELECT id, what FROM billing."Bill" UNION ALL SELECT id, what FROM "Bill" ORDER BY 2, 1')).toEqual([
      { id: 1, what: 'billing' },
      { id: 2, what: 'billing' },
      { id: 1, what: 'public' },
      { id: 2, what: 'public' },
    ])
    expect(plan.sideTables).toMatchObject([{ of: 'Old', rows: 1 }])
    await there.query(`CREATE TABLE "Old_1" PARTITION OF "Old" DEFAULT; ${plan.sideTables[0]?.statements.join(';\n')}`)
    expect(await there.query('SELECT * FROM "Old"')).toEqual([{ id: 1, at: 1 }])
  })
})
