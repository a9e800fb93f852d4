import { describe, expect, onTestFinished, test } from 'vitest'
import { withSnapshotSource } from '../../src/snapshots/parts/part-source.js'
import { restoreParts } from '../../src/snapshots/restore-parts.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { failureOf, openContext, saidBy } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('restores of parts by a role that owns nothing')

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
    const request = { only: ['t'], skip: [], mode: 'missing' as const, keys: [] }
    const { plan, done } = await withSnapshotSource(context, snapshot, false, (source) =>
      restoreParts(context, source, { store, models: [], groups: {}, request, confirm: async () => true }),
    )
    expect(done).toBe('restored')
    expect(plan.notices).toEqual(['The trigger log_insert fires on the restored rows of t: only the owner of the table may silence it.'])
    expect(await context.connection.query('SELECT v FROM t ORDER BY id')).toEqual([{ v: 'a' }, { v: 'b' }])
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
