import { isDeepStrictEqual } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { withSnapshotSource } from '../../src/snapshots/parts/part-source.js'
import { type RestorePartsOptions, restoreParts } from '../../src/snapshots/restore-parts.js'
import type { Snapshot, SnapshotContext } from '../../src/snapshots/snapshot.js'
import type { Store } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { failureOf, openContext, saidBy } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('restores of parts by a role that owns nothing')

/** Into the tables as they are now, without keeping what was there. */
function restoreTables(
  context: SnapshotContext,
  store: Store,
  snapshot: Snapshot,
  only: string[],
  confirm: RestorePartsOptions['confirm'] = async () => true,
) {
  const request = { only, skip: [], mode: 'missing' as const, keys: [] }
  return withSnapshotSource(context, snapshot, false, (source) =>
    restoreParts(context, source, { store, models: [], groups: {}, request, confirm, kept: 'unneeded' }),
  )
}

describe.skipIf(server === null)('a role that owns nothing', () => {
  const there = server as PostgresqlServer
  const setUp = postgresqlSuite(there)

  test('puts rows back, and says which triggers it could not silence', async () => {
    const role = await there.createRole()
    onTestFinished(() => role.drop())
    const { context, store } = await setUp(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');
       CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER log_insert BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION log(); GRANT ALL ON t TO ${role.name}`,
      role.signIn,
    )
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-dump' })
    await context.connection.query('DELETE FROM t WHERE id = 1')
    const notices = ['The trigger log_insert fires on the restored rows of t: only the owner of the table may silence it.']
    const restored = restoreTables(context, store, snapshot, ['t'], async (planned) => isDeepStrictEqual(planned.notices, notices))
    expect(await restored).toMatchObject({ done: 'restored', plan: { notices } })
    expect(await context.connection.query('SELECT v FROM t ORDER BY id')).toEqual([{ v: 'a' }, { v: 'b' }])
  })

  test.each([
    ['swallows rows', 'RETURN NULL', 't has 1 rows and should have 2'],
    ['changes rows', "NEW.v := 'other'; RETURN NEW", '1 rows of t do not have the values of then'],
  ])('a trigger that cannot be silenced and %s: what really arrived is counted, and all is undone', async (_, body, problem) => {
    const role = await there.createRole()
    onTestFinished(() => role.drop())
    const { context, store } = await setUp(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b'); CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN ${body}; END$$;
       CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION own(); GRANT ALL ON t TO ${role.name}`,
      role.signIn,
    )
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'copy' })
    await context.connection.query('DELETE FROM t WHERE id = 1')
    const said = saidBy(await failureOf(restoreTables(context, store, snapshot, ['t'])))
    expect(said).toContain(problem)
    expect(said).toContain('Perhaps a trigger changes them: own.')
    expect(await context.connection.query('SELECT * FROM t')).toEqual([{ id: 2, v: 'b' }])
  })

  test('a cycle that would be broken in between: refused, unless it is deferrable, as is advised, or the role may set session_replication_role', async () => {
    const role = await there.createRole()
    const { name, context, store } = await setUp(
      `CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a(id)); GRANT ALL ON a, b TO ${role.name};
       INSERT INTO a VALUES (1, 5); INSERT INTO b VALUES (5, 1); ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b(id)`,
      role.signIn,
    )
    onTestFinished(async () => {
      await there.query('postgres', `DROP OWNED BY ${role.name}`)
      await role.drop()
    })
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'copy' })
    await there.query(name, 'SET session_replication_role = replica; DELETE FROM a; DELETE FROM b')
    const refused = await failureOf(restoreTables(context, store, snapshot, ['a', 'b']))
    expect(saidBy(refused)).toMatch(/foreign key \w+ of \w would be broken[\s\S]*Nothing was changed/)
    const requireRestored = async () => {
      expect(await restoreTables(context, store, snapshot, ['a', 'b'])).toMatchObject({ done: 'restored' })
      const joined = 'a.id, a.b FROM a JOIN b ON b.id = a.b AND b.a = a.id'
      const rows = await context.connection.query(`SELECT current_setting('session_replication_role') AS role, ${joined}`)
      expect(rows).toEqual([{ id: 1, b: 5, role: 'origin' }])
    }
    const advised = /ALTER TABLE .*/.exec(refused.next[0] ?? '')?.[0] ?? ''
    await there.query(name, advised)
    await requireRestored()
    await there.query(
      name,
      `SET session_replication_role = replica; DELETE FROM a; DELETE FROM b; ${advised.replace('DEFERRABLE', 'NOT DEFERRABLE')}`,
    )
    await there.query(name, `GRANT SET ON PARAMETER session_replication_role TO ${role.name}`)
    await requireRestored()
  })

  /** Half of the rows of `t` are hidden from `role`, which may do everything else. */
  async function withHiddenRows() {
    const role = await there.createRole('hidden')
    onTestFinished(() => role.drop())
    const own = await setUp(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd');
       ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY; CREATE POLICY half ON t USING (id % 2 = 0); GRANT ALL ON t TO ${role.name}`,
    )
    const asRole = await openContext({
      ...own.context.project,
      target: own.context.project.database.readTarget(role.signIn(there.url(own.name)), { fileBase: '/', root: '/' }),
    })
    onTestFinished(() => asRole.close())
    expect(await asRole.connection.query('SELECT id FROM t ORDER BY id')).toEqual([{ id: 2 }, { id: 4 }])
    return { ...own, asRole }
  }

  test.each(['pg-dump', 'copy', 'json'])('%s takes no snapshot of which rows are hidden from this role', async (engine) => {
    const { asRole, store } = await withHiddenRows()
    const error = await failureOf(takeSnapshot(asRole, { store, reason: 'manual', engine }))
    expect(saidBy(error)).toMatch(/row.level security/i)
    expect((await store.list()).usable).toEqual([])
  })

  test('rows that are hidden are never taken for gone: nothing is restored, nothing is changed', async () => {
    const { context, asRole, store, name } = await withHiddenRows()
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'copy' })
    for (const mode of ['missing', 'upsert', 'replace'] as const) {
      const request = { only: ['t'], skip: [], mode, keys: [] }
      const error = await failureOf(
        withSnapshotSource(asRole, snapshot, true, (source) =>
          restoreParts(asRole, source, { store, models: [], groups: {}, request, confirm: async () => true }),
        ),
      )
      expect(saidBy(error), mode).toContain('Row level security hides rows from this user')
    }
    await expect(asRole.project.database.fingerprint(asRole.connection)).rejects.toThrow()
    expect(await there.query(name, 'SELECT * FROM t ORDER BY id')).toHaveLength(4)
  })
})
