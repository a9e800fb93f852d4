import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { dumpablePostgresqlServer, newerPostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { RARITIES_OF_18, rarities } from './postgresql-rarities.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { printDatabase } from './postgresql-test.js'
import { failureOf, saidBy } from './snapshot-test.js'

// The common forms are in postgresql-engines.test.ts, those of SQLite in sqlite-backup.test.ts.
const server = await dumpablePostgresqlServer('rare objects of PostgreSQL in snapshots')
const newer = await newerPostgresqlServer('objects of PostgreSQL 18 in snapshots')
const tag = randomBytes(3).toString('hex')
const [owner, reader] = [`owner_${tag}`, `reader_${tag}`]

const DAMAGE = `DROP TABLE t CASCADE; DROP VIEW IF EXISTS grouped CASCADE; DROP TABLE p CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE more (id int)`

function withRoles(there: PostgresqlServer): void {
  beforeAll(async () => {
    await there.query('postgres', `CREATE ROLE ${owner}; CREATE ROLE ${reader}`)
  })
  afterAll(async () => {
    await there.query('postgres', `DROP ROLE IF EXISTS ${owner}; DROP ROLE IF EXISTS ${reader}`)
  })
}

describe.skipIf(server === null)('rare objects of PostgreSQL', () => {
  const there = server as PostgresqlServer
  const setUp = postgresqlSuite(there)
  withRoles(there)

  test.each(['pg-dump', 'pg-template', 'copy', 'json'])('%s brings them back, as pg_dump prints them', async (engine) => {
    const { name, context, store } = await setUp(rarities(owner, reader))
    const before = await printDatabase(there, name)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
    await verifySnapshot(context, snapshot)
    await there.query(name, DAMAGE)
    await restoreSnapshot(context, snapshot, { store })
    expect(await printDatabase(there, name)).toBe(before)
  })

  test('copy reads a large table in ranges of pages, and every row once', async () => {
    const { name, context, store } = await setUp(
      'CREATE TABLE big (id int PRIMARY KEY, v text); ALTER TABLE big ALTER v SET STORAGE PLAIN; INSERT INTO big SELECT i, repeat(md5(i::text), 58) FROM generate_series(1, 36000) i; DELETE FROM big WHERE id % 7 = 0',
    )
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'copy' })
    expect(snapshot.manifest.files.filter((file) => file.path.startsWith('rows/')).length).toBeGreaterThan(1)
    await verifySnapshot(context, snapshot)
    const digest = "SELECT count(*)::int AS n, md5(string_agg(md5(b::text), '' ORDER BY id)) AS digest FROM big b"
    const before = await there.query(name, digest)
    await there.query(name, 'DROP TABLE big')
    await restoreSnapshot(context, snapshot, { store })
    expect(await there.query(name, digest)).toEqual(before)
  })

  test('copy names what it cannot carry, and refuses where something else needs it', async () => {
    const { name, context, store } = await setUp(
      "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1); CREATE FUNCTION l() RETURNS language_handler LANGUAGE c AS 'plpgsql', 'plpgsql_call_handler'; CREATE LANGUAGE mine HANDLER l",
    )
    await there.query(name, 'CREATE UNIQUE INDEX CONCURRENTLY bad ON t (id)').catch(() => {})
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'copy' })
    expect(snapshot.manifest.notCarried).toEqual(['invalid index public.bad', 'language mine'])
    await there.query(name, 'DELETE FROM t')
    await restoreSnapshot(context, snapshot, { store })
    expect(await there.query(name, 'SELECT id FROM t')).toEqual([{ id: 1 }, { id: 1 }])
    await there.query(name, 'CREATE LANGUAGE mine HANDLER l')
    await there.query(name, "CREATE FUNCTION f() RETURNS int LANGUAGE mine AS ' BEGIN RETURN 1; END '")
    const error = await failureOf(takeSnapshot(context, { store, reason: 'manual', engine: 'copy' }))
    expect(saidBy(error)).toMatch(/cannot make everything.*language mine[\s\S]*--engine pg-dump/)
    expect((await store.list()).usable).toHaveLength(2)
  })
})

describe.skipIf(newer === null)('objects of PostgreSQL 18', () => {
  const there = newer as PostgresqlServer
  const setUp = postgresqlSuite(there)
  withRoles(there)

  test.each(['pg-template', 'copy', 'json'])('%s brings them back', async (engine) => {
    const { name, context, store } = await setUp(`${rarities(owner, reader)};${RARITIES_OF_18}`)
    const before = await printCatalogs(there, name)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
    await there.query(name, DAMAGE)
    await restoreSnapshot(context, snapshot, { store })
    expect(await printCatalogs(there, name)).toEqual(before)
  })
})

/** Definitions and rows, without what numbers objects, and without how a partition came to its constraints: it is made for itself and attached, as pg_dump does. */
async function printCatalogs(there: PostgresqlServer, name: string): Promise<unknown> {
  const user = "n.nspname = 'public'"
  const of = (table: string, column: string) =>
    `JOIN ${table} c ON c.oid = ${column} JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user}`
  const queries = [
    `SELECT c.relname, c.relkind, c.relpersistence, c.reloptions, c.relreplident, c.relrowsecurity, c.relacl::text, pg_get_userbyid(c.relowner), pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} ORDER BY 1`,
    `SELECT c.relname, a.attname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attislocal, a.attinhcount, a.attstorage, a.attcompression, a.attstattarget, a.attacl::text, pg_get_expr(d.adbin, d.adrelid) AS expression
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum ${of('pg_class', 'a.attrelid')} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 3`,
    `SELECT c.relname, k.conname, k.contype, k.coninhcount, CASE WHEN NOT c.relispartition THEN (k.conislocal, k.connoinherit)::text END AS own, k.convalidated, k.conenforced, pg_get_constraintdef(k.oid) AS definition FROM pg_constraint k ${of('pg_class', 'k.conrelid')} ORDER BY 1, 2, definition`,
    `SELECT pg_get_indexdef(x.indexrelid) AS definition, x.indisclustered, x.indisreplident, x.indisvalid FROM pg_index x ${of('pg_class', 'x.indrelid')} ORDER BY 1`,
    `SELECT c.relname, pg_get_triggerdef(t.oid) AS definition, t.tgenabled FROM pg_trigger t ${of('pg_class', 't.tgrelid')} AND NOT t.tgisinternal ORDER BY 1, 2`,
    `SELECT c.relname, r.rulename, pg_get_ruledef(r.oid) AS definition FROM pg_rewrite r ${of('pg_class', 'r.ev_class')} ORDER BY 1, 2`,
    `SELECT p.proname, pg_get_function_arguments(p.oid) AS arguments, p.proacl::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${user} ORDER BY 1, 2`,
    `SELECT i.type, i.identity, d.description FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i WHERE d.objoid >= 16384 ORDER BY 1, 2`,
  ]
  const printed: unknown[] = []
  for (const query of queries) printed.push(await there.query(name, query))
  const tables = await there.query<{ name: string }>(
    name,
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${user} AND c.relkind IN ('r', 'm') ORDER BY 1`,
  )
  for (const table of tables) printed.push([table.name, await there.query(name, `SELECT x::text FROM ONLY ${table.name} x ORDER BY 1`)])
  return printed
}
