import { describe, expect, it } from 'vitest'
import { parsePostgresql } from '../../../src/databases/postgresql/parse.js'
import type { Change } from '../../../src/sql/change.js'

async function parse(sql: string) {
  const parsed = await parsePostgresql({ migration: 'm', file: 'm/migration.sql', sql })
  for (const statement of parsed.statements) {
    expect(sql.slice(statement.start, statement.end)).toBe(statement.sql)
    const isCovered = (change: Change) =>
      change.statement.index <= statement.index && statement.index <= (change.through ?? change.statement).index
    expect(parsed.changes.some(isCovered)).toBe(true)
  }
  return parsed
}

async function readKinds(sql: string) {
  return (await parse(sql)).changes.map((change) => change.kind)
}

async function readOnly<K extends Change['kind']>(sql: string, kind: K): Promise<Extract<Change, { kind: K }>> {
  const isOne = (change: Change): change is Extract<Change, { kind: K }> => change.kind === kind
  const found = (await parse(sql)).changes.filter(isOne)
  expect(found).toHaveLength(1)
  const [first] = found
  if (first === undefined) throw new Error(`no ${kind}`)
  return first
}

describe('places', () => {
  it('are UTF-16 whatever comes before them', async () => {
    const { statements } = await parse('-- naïve 😀\nDROP TABLE "é😀"; /* ü */ DROP TABLE b -- end\n;')
    expect(statements.map((statement) => statement.sql)).toEqual(['DROP TABLE "é😀"', 'DROP TABLE b'])
  })
  it('of actions are those of the action', async () => {
    const sql = 'ALTER TABLE "é"."a,b" DROP COLUMN a, ADD COLUMN c TEXT DEFAULT \',\', ALTER COLUMN d TYPE int USING (f(d, 1))'
    const { changes } = await parse(sql)
    expect(changes.map((change) => sql.slice(change.span?.start, change.span?.end))).toEqual([
      'DROP COLUMN a',
      "ADD COLUMN c TEXT DEFAULT ','",
      'ALTER COLUMN d TYPE int USING (f(d, 1))',
    ])
  })
  it('survive a byte order mark', async () => {
    expect((await parse('\uFEFFDROP TABLE a;')).statements[0]?.sql).toBe('DROP TABLE a')
  })
})

describe('what cannot be parsed', () => {
  it('is opaque, and what stands around it is still read', async () => {
    const { changes } = await parse("SELECT 1; garbage 'a;b'; DELETE FROM t WHERE x = ';'; \\copy t from 'x'")
    expect(changes.map((change) => change.kind)).toEqual(['harmless', 'opaque', 'delete', 'opaque'])
    expect(changes[1]).toMatchObject({ reason: expect.stringContaining('syntax error at or near "garbage"') })
  })
  it('includes a NUL, which would hide the rest of the file', async () => {
    const { changes } = await parse('SELECT 1;\0 DROP TABLE a;')
    expect(changes).toMatchObject([{ kind: 'opaque', reason: 'the file contains a NUL byte' }])
  })
  it('is nothing in an empty file', async () => {
    for (const sql of ['', ' \n', '-- nothing', ';;', '/* */;']) expect((await parse(sql)).changes).toEqual([])
  })
})

describe('writes', () => {
  it('keep their clauses as they are written', async () => {
    const change = await readOnly(
      'DELETE FROM ONLY s."T" AS x USING a JOIN b ON true WHERE x.id IS DISTINCT FROM a.id /* c */ AND 1 = 1 RETURNING *',
      'delete',
    )
    expect(change).toMatchObject({
      table: { schema: 's', name: 'T' },
      alias: 'x',
      using: 'a JOIN b ON true',
      where: 'x.id IS DISTINCT FROM a.id /* c */ AND 1 = 1',
    })
  })
  it('without a real condition have none', async () => {
    for (const where of ['', 'WHERE TRUE', 'WHERE 1=1', 'WHERE (1 = 1) AND NOT FALSE', "WHERE 'a' = 'a'", 'WHERE id = 1 OR true']) {
      expect(await readOnly(`DELETE FROM t ${where}`, 'delete'), where).toMatchObject({ where: null })
    }
    for (const where of ['id = id', 'a BETWEEN 1 AND 1', '1 = 2 OR id = 1'])
      expect(await readOnly(`DELETE FROM t WHERE ${where}`, 'delete')).toMatchObject({ where })
  })
  it('with a condition that nothing meets do nothing', async () => {
    for (const where of ['FALSE', '1 = 2', '(0 = 1) AND id = 1', 'NULL', 'false OR 1 <> 1'])
      expect(await readKinds(`DELETE FROM t WHERE ${where}; UPDATE t SET a = 1 WHERE ${where}`), where).toEqual(['harmless', 'harmless'])
  })
  it('are found in WITH, with the part of it they may refer to', async () => {
    const sql =
      'WITH old AS (SELECT 1 AS id), gone AS (DELETE FROM t USING old WHERE t.id = old.id RETURNING t.*) INSERT INTO a SELECT * FROM gone'
    const { changes } = await parse(sql)
    expect(changes).toMatchObject([
      { kind: 'delete', with: 'WITH old AS (SELECT 1 AS id)', where: 't.id = old.id' },
      { kind: 'insert', table: { name: 'a' } },
    ])
  })
  it('assign values one by one', async () => {
    const sql = `UPDATE t SET (a, b) = (1, f(2, 3)), c = DEFAULT, "D" = CASE WHEN x IS DISTINCT FROM 1 THEN 'FROM' ELSE y END, e[1] = 5, (g, h) = (SELECT 1, 2) FROM u WHERE t.id = u.id`
    const { assignments, from, where } = await readOnly(sql, 'update')
    expect(assignments).toEqual([
      { column: 'a', value: '1' },
      { column: 'b', value: 'f(2, 3)' },
      { column: 'c', value: 'DEFAULT' },
      { column: 'D', value: "CASE WHEN x IS DISTINCT FROM 1 THEN 'FROM' ELSE y END" },
      { column: 'e', value: null },
      { column: 'g', value: '(SELECT "c1" FROM (SELECT 1, 2) AS "s"("c1", "c2"))' },
      { column: 'h', value: '(SELECT "c2" FROM (SELECT 1, 2) AS "s"("c1", "c2"))' },
    ])
    expect([from, where]).toEqual(['u', 't.id = u.id'])
  })
  it('of MERGE are the DELETE and UPDATE they amount to', async () => {
    const sql =
      'MERGE INTO t AS x USING (SELECT * FROM s) s ON x.id = s.id WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT VALUES (1)'
    const { changes } = await parse(sql)
    expect(changes).toMatchObject([
      { kind: 'delete', alias: 'x', using: '(SELECT * FROM s) s', where: '(x.id = s.id) AND (s.gone)' },
      {
        kind: 'update',
        from: '(SELECT * FROM s) s',
        where: '(x.id = s.id) AND (s.gone) IS NOT TRUE',
        assignments: [{ column: 'a', value: 's.a' }],
      },
      { kind: 'insert' },
    ])
  })
})

describe('code', () => {
  it('of DO blocks is read, in branches, loops and handlers too', async () => {
    const sql = `DO $$ DECLARE r record; BEGIN
      IF EXISTS (SELECT 1 FROM a) THEN UPDATE t SET x = 1; ELSE DELETE FROM t; END IF;
      FOR r IN SELECT * FROM b LOOP INSERT INTO t VALUES (r.x); END LOOP;
      BEGIN TRUNCATE t; EXCEPTION WHEN OTHERS THEN DROP TABLE t; END;
      EXECUTE 'DROP TABLE ' || quote_ident('x y'); EXECUTE format('DELETE FROM %I.%I WHERE a = %L', 's', 'T', 'v');
    END $$`
    expect(await readKinds(sql)).toEqual(['update', 'delete', 'insert', 'truncate', 'drop-table', 'drop-table', 'delete'])
    const { changes } = await parse(sql)
    expect(changes.at(-1)).toMatchObject({ table: { schema: 's', name: 'T' }, where: "a = 'v'", within: 'a DO block' })
  })
  it('that is put together while it runs is opaque', async () => {
    expect(await readKinds("DO $$ DECLARE r record; BEGIN EXECUTE format('DROP TABLE %I', r.x); END $$")).toEqual(['opaque'])
    expect(await readKinds("DO LANGUAGE plpython3u 'pass'")).toEqual(['opaque'])
  })
  it('of functions comes with the function', async () => {
    const change = await readOnly(
      'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t WHERE id = OLD.id; RETURN NEW; END $$',
      'create-function',
    )
    expect(change.body).toMatchObject([{ kind: 'delete', where: 'id = OLD.id' }])
    const atomic = await readOnly(
      'CREATE FUNCTION g() RETURNS void BEGIN ATOMIC DELETE FROM t WHERE a = 1; UPDATE t SET b = 2; END',
      'create-function',
    )
    expect(atomic.body).toMatchObject([{ kind: 'delete', where: 'a = 1' }, { kind: 'update' }])
  })
  it('that is missing does no harm to what is read afterwards', async () => {
    expect(await parse('CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql')).toMatchObject({ changes: [{ body: [{ kind: 'opaque' }] }] })
    expect(await readKinds('DO $$ BEGIN DELETE FROM t; END $$')).toEqual(['delete'])
  })
  it('calls of unknown functions are told, those of built-in ones are not', async () => {
    expect(await parse('SELECT now(), s.f(1), count(*) FROM t')).toMatchObject({ changes: [{ kind: 'call', functions: ['s.f'] }] })
    expect(await readKinds("SELECT pg_catalog.set_config('search_path', '', false), setval('a_id_seq', 5)")).toEqual([
      'set-schema',
      'restart-sequence',
    ])
  })
})

describe('patterns', () => {
  const casts = 'ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");'
  it('of Prisma’s enum recreate are one change, with BEGIN and COMMIT and without', async () => {
    const steps = `CREATE TYPE "Role_new" AS ENUM ('A');\n${casts}\nALTER TYPE "Role" RENAME TO "Role_old";\nALTER TYPE "Role_new" RENAME TO "Role";\nDROP TYPE "public"."Role_old";`
    expect(await readKinds(steps)).toEqual(['recreate-enum'])
    const whole = await parse(`BEGIN;\n${steps}\nCOMMIT;`)
    expect(whole.changes.map((change) => change.kind)).toEqual(['transaction', 'recreate-enum', 'transaction'])
    expect(whole.changes[1]).toMatchObject({
      statement: { index: 0 },
      through: { index: 6 },
      labels: ['A'],
      columns: [{ table: { name: 'User' }, column: 'role' }],
    })
  })
  it('with another expression keep that as a change of its own', async () => {
    const sql = `ALTER TYPE r RENAME TO r_old; CREATE TYPE r AS ENUM ('a'); ALTER TABLE t ALTER a TYPE r USING 'a'; DROP TYPE r_old;`
    expect(await readKinds(sql)).toEqual(['recreate-enum', 'alter-column-type'])
  })
})

it('types are named as the catalog names them', async () => {
  const sql =
    'CREATE TABLE t (a int, b varchar(5), c timestamp(3), d timestamptz, e numeric(10,2), f "Role"[], g char, h s."T", i bigserial, j decimal)'
  const { columns } = await readOnly(sql, 'create-table')
  expect(columns.map((column) => column.type)).toEqual([
    'integer',
    'character varying(5)',
    'timestamp(3) without time zone',
    'timestamp with time zone',
    'numeric(10,2)',
    '"Role"[]',
    'character(1)',
    's."T"',
    'bigint',
    'numeric',
  ])
})
