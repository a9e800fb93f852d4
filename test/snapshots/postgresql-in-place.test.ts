import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chooseEngine } from '../../src/snapshots/choose.js'
import { planRestore } from '../../src/snapshots/plan-restore.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { connectAs, databaseNames, printDatabase } from './postgresql-test.js'
import { failureOf, openContext, projectOn, saidBy, type TestContext, temporaryFolder } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('restoring in place on PostgreSQL')
const role = `plain_${randomBytes(3).toString('hex')}`
const open: TestContext[] = []
const databases: string[] = []

const SCHEMA = String.raw`
CREATE SCHEMA "Other"; CREATE TYPE "Role" AS ENUM ('A', 'B'); CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
CREATE TABLE "User" (id serial PRIMARY KEY, role "Role" DEFAULT 'A', tags hstore, twice int GENERATED ALWAYS AS (twice(7)) STORED, p positive);
INSERT INTO "User" (role, tags, p) SELECT 'B', hstore('n', i::text), i FROM generate_series(1, 1000) i;
CREATE TABLE "Other"."User" (id int REFERENCES "User", t text); INSERT INTO "Other"."User" VALUES (1, E'a\\.\n\\.\nb'), (2, '\N');
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE log (at int, what text) PARTITION BY RANGE (at); CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10); INSERT INTO log VALUES (1, 'x'), (2, 'y');
CREATE VIEW names AS SELECT id FROM "User"; CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM "User"; CREATE INDEX by_role ON "User" (role);
SELECT lo_from_bytea(0, 'a large object'); COMMENT ON TABLE "User" IS 'users';
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER fill BEFORE INSERT ON "User" FOR EACH ROW EXECUTE FUNCTION fill();
CREATE STATISTICS some_statistics (dependencies) ON id, p FROM "User"; CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple); CREATE AGGREGATE product (float8) (sfunc = float8mul, stype = float8, initcond = '1');`

const DAMAGE = `CREATE EXTENSION pg_trgm; CREATE SCHEMA later; CREATE TABLE later.t (id int); DROP TABLE "Other"."User"; DROP VIEW names; ALTER TYPE "Role" ADD VALUE 'C';
  DELETE FROM log; CREATE TABLE more (r "Role"); CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT lo_unlink(oid) FROM pg_largeobject_metadata; UPDATE "User" SET tags = NULL`

describe.skipIf(server === null)('restoring without the right to create databases', () => {
  const there = server as PostgresqlServer
  beforeAll(async () => {
    await there.query('postgres', `CREATE ROLE ${role} LOGIN PASSWORD 'se''cret/word'`)
  })
  afterEach(async () => {
    for (const context of open.splice(0)) await context.close()
    for (const name of databases.splice(0)) await there.dropDatabase(name)
  })
  afterAll(async () => {
    await there.query('postgres', `DROP ROLE IF EXISTS ${role}`)
  })

  async function setUp() {
    const name = await there.createDatabase()
    databases.push(name)
    await there.query('postgres', `ALTER DATABASE "${name}" OWNER TO ${role}`)
    await there.query(name, 'CREATE EXTENSION hstore')
    const url = new URL(there.url(name))
    url.username = role
    url.password = encodeURIComponent("se'cret/word")
    const client = await connectAs(url.href, 'setup')
    await client.query(SCHEMA)
    const context = await openContext(projectOn('postgresql', url.href, temporaryFolder()))
    open.push(context)
    return { name, url: url.href, client, context, store: openStore(join(context.project.root, 'snapshots')) }
  }

  test.each(['pg-dump', 'copy', 'json'])(
    '%s replaces everything in one transaction and keeps what was there as a snapshot',
    async (engine) => {
      const { name, client, context, store } = await setUp()
      const before = await printDatabase(there, name)
      const snapshot = await takeSnapshot(context, { store, reason: 'deploy', engine })
      expect((await chooseEngine(context, 'deploy')).rejected.map((one) => one.why).join()).toContain('may not create databases (CREATEDB)')
      await client.query(DAMAGE)
      await client.end()
      const damaged = await printDatabase(there, name)
      const { replacedSnapshot, disconnected } = await restoreSnapshot(context, snapshot, { store })
      expect(await printDatabase(there, name)).toBe(before)
      expect(disconnected).toEqual([])
      expect(replacedSnapshot?.manifest).toMatchObject({ engine: 'pg-dump', reason: 'before restore' })
      if (replacedSnapshot === null) throw new Error('nothing was kept')
      await restoreSnapshot(context, replacedSnapshot, { store })
      expect(await printDatabase(there, name)).toBe(damaged)
      expect(await databaseNames(there, `${name}__safe`)).toEqual([])
    },
  )

  test('what somebody writes while the snapshot of now is taken is not lost', async () => {
    const { name, client, context, store } = await setUp()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'copy' })
    await client.query('CREATE TABLE late (id int)')
    await client.end()
    Object.assign(context, { onFingerprint: () => there.query(name, 'INSERT INTO late VALUES (1)') })
    expect(saidBy(await failureOf(restoreSnapshot(context, snapshot, { store })))).toMatch(/Somebody has written.*[\s\S]*table late has 1/)
    expect(await there.query(name, 'SELECT * FROM late')).toEqual([{ id: 1 }])
  })

  test.each(['pg-dump', 'copy', 'json'])('%s changes nothing when something cannot be dropped or made again', async (engine) => {
    const { name, client, context, store } = await setUp()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
    await client.query(DAMAGE)
    await client.end()
    await there.query(name, 'CREATE TABLE "Other".of_somebody_else (id int); INSERT INTO "Other".of_somebody_else VALUES (1)')
    await there.query(
      name,
      `GRANT SELECT ON "Other".of_somebody_else TO ${role}; CREATE SCHEMA foreign_one; GRANT USAGE ON SCHEMA foreign_one TO ${role}`,
    )
    const damaged = await printDatabase(there, name)
    const error = await failureOf(restoreSnapshot(context, snapshot, { store }))
    expect(saidBy(error)).toMatch(/must be owner of[\s\S]*as it was/)
    expect(await printDatabase(there, name)).toBe(damaged)
  })

  test('says what a restore would change, and changes nothing', async () => {
    const { name, client, context, store } = await setUp()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    await client.query(DAMAGE)
    await client.end()
    const damaged = await printDatabase(there, name)
    const plan = await planRestore(context, snapshot)
    expect(plan.keepsReplaced).toBe(false)
    expect(plan.unchanged).toBe(1)
    expect(plan.largeObjects).toEqual({ countNow: 0, countThen: 1 })
    expect(plan.changed).toEqual([
      { schema: 'Other', name: 'User', rowsNow: null, rowsThen: 2, keysDiffer: null, columns: [] },
      { schema: 'public', name: 'User', rowsNow: 1000, rowsThen: 1000, keysDiffer: false, columns: ['tags'] },
      { schema: 'public', name: 'log', rowsNow: 0, rowsThen: 2, keysDiffer: null, columns: ['at', 'what'] },
      { schema: 'later', name: 't', rowsNow: 0, rowsThen: null, keysDiffer: null, columns: [] },
      { schema: 'public', name: 'more', rowsNow: 0, rowsThen: null, keysDiffer: null, columns: [] },
    ])
    expect(await printDatabase(there, name)).toBe(damaged)
    expect((await store.list()).usable).toHaveLength(1)
  })
})
