import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { withSnapshotSource } from '../../src/snapshots/parts/part-source.js'
import { restoreParts } from '../../src/snapshots/restore-parts.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'

const server = await dumpablePostgresqlServer('restores of parts by a role that owns nothing')

describe.skipIf(server === null)('a role that owns nothing', () => {
  const there = server as PostgresqlServer
  const setUp = postgresqlSuite(there)

  test('puts rows back, and says which triggers it could not silence', async () => {
    const role = `plain_${randomBytes(3).toString('hex')}`
    await there.query('postgres', `CREATE ROLE ${role} LOGIN`)
    onTestFinished(() => there.query('postgres', `DROP ROLE ${role}`).then(() => {}))
    const { context, store } = await setUp(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');
       CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER log_insert BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION log(); GRANT ALL ON t TO ${role}`,
      (url) => {
        url.username = role
      },
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
})
