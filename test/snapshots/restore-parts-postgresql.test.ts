import { describe, expect, test } from 'vitest'
import { postgresqlServer } from '../helpers/postgresql-server.js'
import { numbersOf, type PartsTest, partsSuite } from './parts-suite.js'
import { failureOf, saidBy } from './snapshot-test.js'

const server = await postgresqlServer()

describe('parts on PostgreSQL', () => {
  const setUp = partsSuite(server)
  const NO = `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';`
  const triggersOf = (there: PartsTest) =>
    there.query('SELECT tgrelid::regclass::text AS on, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2')

  test('a partitioned table: each row goes where it belongs now, one whose partition is gone to the default one', async () => {
    const there = await setUp(
      'copy',
      `CREATE TABLE m (id int, region text NOT NULL, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
       CREATE TABLE m_de PARTITION OF m FOR VALUES IN ('de'); CREATE TABLE m_fr PARTITION OF m FOR VALUES IN ('fr'); CREATE TABLE m_rest PARTITION OF m DEFAULT;
       INSERT INTO m VALUES (1, 'de', 'a'), (2, 'fr', 'b'), (3, 'it', 'c'), (4, 'de', 'd'); ${NO}
       CREATE TRIGGER every BEFORE INSERT OR UPDATE ON m FOR EACH ROW EXECUTE FUNCTION no();
       CREATE TRIGGER of_one BEFORE INSERT OR UPDATE OR DELETE ON m_rest FOR EACH ROW EXECUTE FUNCTION no(); ALTER TABLE m_de DISABLE TRIGGER every`,
    )
    const snapshot = await there.take()
    await there.query(
      "ALTER TABLE m DISABLE TRIGGER every; DROP TABLE m_fr; DELETE FROM m WHERE id = 1; UPDATE m SET v = 'x' WHERE id = 4; INSERT INTO m VALUES (5, 'de', 'new'); ALTER TABLE m ENABLE TRIGGER every; ALTER TABLE m_de DISABLE TRIGGER every",
    )
    const before = await triggersOf(there)
    const { plan } = await there.restore(snapshot, { only: ['m'] })
    expect(numbersOf(plan)).toEqual({ m: { inserted: 2, overwritten: 1, deleted: 1, unchanged: 1 } })
    expect(await there.query('SELECT tableoid::regclass::text AS "in", * FROM m ORDER BY id')).toEqual([
      { in: 'm_de', id: 1, region: 'de', v: 'a' },
      { in: 'm_rest', id: 2, region: 'fr', v: 'b' },
      { in: 'm_rest', id: 3, region: 'it', v: 'c' },
      { in: 'm_de', id: 4, region: 'de', v: 'd' },
    ])
    expect(await triggersOf(there)).toEqual(before)
    expect(saidBy(await failureOf(there.plan(snapshot, { only: ['m_de'] })))).toContain('no model, table or group "m_de"')
  })

  test('a row for which no partition is left is named, and the others are not put back without it', async () => {
    const there = await setUp(
      'copy',
      `CREATE TABLE m (id int, v text) PARTITION BY LIST (id); CREATE TABLE m_1 PARTITION OF m FOR VALUES IN (1); CREATE TABLE m_2 PARTITION OF m FOR VALUES IN (2); INSERT INTO m VALUES (1, 'a'), (1, 'a'), (2, 'b')`,
    )
    const snapshot = await there.take()
    await there.query('DROP TABLE m_2; DELETE FROM m')
    const said = saidBy(await failureOf(there.restore(snapshot, { only: ['m'] })))
    expect(said).toMatch(/refuses rows of m:[\s\S]*no partition of relation "m"[^\n]*\(id\)\. Every[\s\S]*the database is as it was/)
    expect(await there.query('SELECT * FROM m')).toEqual([])
  })

  test('children by INHERITS keep their rows', async () => {
    const there = await setUp(
      'copy',
      `CREATE TABLE city (id int PRIMARY KEY, name text); CREATE TABLE capital (PRIMARY KEY (id)) INHERITS (city); INSERT INTO city VALUES (1, 'a'), (2, 'b'); INSERT INTO capital VALUES (1, 'child of the same id'), (9, 'c')`,
    )
    const snapshot = await there.take()
    await there.query("DELETE FROM ONLY city WHERE id = 1; UPDATE city SET name = 'x'; INSERT INTO capital VALUES (3, 'new')")
    const children = await there.query('SELECT * FROM capital ORDER BY id')
    const { plan } = await there.restore(snapshot, { only: ['city'] })
    expect(numbersOf(plan)).toEqual({ city: { inserted: 1, overwritten: 1 } })
    expect(await there.query('SELECT * FROM ONLY city ORDER BY id')).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ])
    expect(await there.query('SELECT * FROM capital ORDER BY id')).toEqual(children)
  })

  test.each([
    [
      'an exclusion constraint',
      `CREATE TABLE t (id int PRIMARY KEY, v int4range NOT NULL, CONSTRAINT t_v EXCLUDE USING gist (v WITH &&)); INSERT INTO t VALUES (1, '[1,3)'), (2, '[5,7)')`,
      "INSERT INTO t VALUES (3, '[2,4)')",
      '"t_v" (v).',
    ],
    [
      'a unique index on an expression',
      "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE UNIQUE INDEX t_v ON t (lower(v)); INSERT INTO t VALUES (1, 'Ada'), (2, 'Bob')",
      "INSERT INTO t VALUES (3, 'ADA')",
      '"t_v" (lower(v)).',
    ],
    [
      'a unique index with a condition',
      'CREATE TABLE t (id int PRIMARY KEY, v int, off boolean NOT NULL DEFAULT false); CREATE UNIQUE INDEX t_v ON t (v) WHERE NOT off; INSERT INTO t VALUES (1, 7), (2, 8)',
      'INSERT INTO t VALUES (3, 7)',
      '"t_v" (v).',
    ],
  ])('%s: what is in the way is named, nothing is half done, and replacing goes', async (_, sql, change, conflict) => {
    const there = await setUp('copy', sql)
    const read = () => there.query('SELECT id, v::text FROM t ORDER BY id')
    const before = await read()
    const snapshot = await there.take()
    await there.query(`DELETE FROM t WHERE id = 1; ${change}`)
    const now = await read()
    const said = saidBy(await failureOf(there.restore(snapshot, { only: ['t'], mode: 'missing' })))
    expect(said).toMatch(/refuses rows of t:[\s\S]*"t_v"[\s\S]*--mode replace/)
    expect(said).toContain(conflict)
    expect(said).not.toMatch(/ada|7/i) // nobody asked for values
    expect(await read()).toEqual(now)
    await there.restore(snapshot, { only: ['t'] })
    expect(await read()).toEqual(before)
  })

  test('identity and generated columns that are no key', async () => {
    const there = await setUp(
      'copy',
      `CREATE TABLE t (id text PRIMARY KEY, no int GENERATED ALWAYS AS IDENTITY UNIQUE, v int, twice int GENERATED ALWAYS AS (v * 2) STORED UNIQUE);
       INSERT INTO t VALUES ('a', DEFAULT, 1), ('b', DEFAULT, 2), ('c', DEFAULT, 3)`,
    )
    const read = () => there.query('SELECT * FROM t ORDER BY id')
    const before = await read()
    const snapshot = await there.take()
    await there.query("UPDATE t SET v = 10 WHERE id = 'b'; DELETE FROM t WHERE id <> 'b'; INSERT INTO t VALUES ('c', DEFAULT, 3)")
    await there.restore(snapshot, { only: ['t'], mode: 'missing' })
    expect(await read()).toMatchObject([{ id: 'a', no: 1 }, { v: 10 }, { no: 4 }])
    await there.restore(snapshot, { only: ['t'], mode: 'upsert' })
    expect(await read()).toEqual(before)
    await expect(there.query("INSERT INTO t VALUES ('d', 9, 9)")).rejects.toThrow('non-DEFAULT')
    expect(await there.query("INSERT INTO t (id) VALUES ('d') RETURNING no")).toEqual([{ no: 5 }])
  })

  test('a cycle through a partitioned table; its constraints are afterwards what they were', async () => {
    const there = await setUp(
      'copy',
      `CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL) PARTITION BY HASH (id); CREATE TABLE a_0 PARTITION OF a FOR VALUES WITH (MODULUS 1, REMAINDER 0); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL);
       INSERT INTO a VALUES (1, 5); INSERT INTO b VALUES (5, 1); ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b(id); ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a(id) ON DELETE CASCADE`,
    )
    const catalog = 'SELECT conrelid::regclass::text, conname, condeferrable, condeferred FROM pg_constraint ORDER BY 1, 2'
    const before = await there.query(catalog)
    const snapshot = await there.take()
    await there.query(
      'ALTER TABLE a DROP CONSTRAINT a_b; DELETE FROM b; DELETE FROM a; ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b(id)',
    )
    await there.restore(snapshot, { only: ['a', 'b'] })
    expect(await there.query('SELECT a.id, b.id AS other FROM a JOIN b ON b.id = a.b AND b.a = a.id')).toEqual([{ id: 1, other: 5 }])
    expect(await there.query(catalog)).toEqual(before)
  })

  test('values are not shown: of a row without a key that finds no parent, or of one that does not fit what the column is now', async () => {
    const there = await setUp(
      'copy',
      `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (secret text, p int REFERENCES p ON DELETE CASCADE, code text);
       INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES ('s1', 1, 'A-17'), ('s2', 2, 'A-18')`,
    )
    const snapshot = await there.take()
    await there.query('DELETE FROM p WHERE id = 2')
    const { tables } = await there.plan(snapshot, { only: ['c'] })
    expect(tables[0]?.orphanSamples).toEqual([{ row: 'row 2', missing: 'p = 2 (p.id)' }])
    await there.query('ALTER TABLE c ALTER COLUMN code TYPE int USING 1')
    const said = saidBy(await failureOf(there.plan(snapshot, { only: ['c'] })))
    expect(said).toContain('invalid input syntax for type integer. Nothing was changed.')
  })
})
