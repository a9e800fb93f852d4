import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/databases/database.js'
import { changeEvidence } from '../../src/databases/postgresql/change-evidence.js'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { startEmbeddedPostgresql, stopEmbeddedPostgresql } from '../helpers/embedded-postgresql.js'

/** A server of its own: on a shared one others write all the time. */
describe('PostgreSQL, when nobody else writes', () => {
  let server: Awaited<ReturnType<typeof startEmbeddedPostgresql>>
  let connection: Connection
  let other: Connection

  beforeAll(async () => {
    server = await startEmbeddedPostgresql()
    const target = postgresql.readTarget(server.url, { fileBase: '/', root: '/' })
    connection = await postgresql.connect(target)
    other = await postgresql.connect(target)
    await other.query('ALTER SYSTEM SET autovacuum = off')
    await other.query('SELECT pg_reload_conf()')
    await other.query(
      "CREATE TABLE t (id serial PRIMARY KEY, v text); CREATE UNLOGGED TABLE u (v int); CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('ok')",
    )
    await other.query('INSERT INTO t (v) SELECT i::text FROM generate_series(1, 1000) i')
    await other.query('VACUUM ANALYZE')
  }, 120_000)
  afterAll(async () => {
    await connection?.close()
    await other?.close()
    if (server) await stopEmbeddedPostgresql(server.dataDir)
  })

  const look = async () => (await changeEvidence.read(connection)) ?? ''

  test('reading is no change, whatever it leaves in the log', async () => {
    const then = await look()
    await other.query('SELECT count(*) FROM t; SELECT * FROM t WHERE id = 7')
    await other.query('CHECKPOINT')
    await other.query('BEGIN; SELECT 1; ROLLBACK')
    expect(changeEvidence.compare(then, await look())).toBe('unchanged')
  })

  test.each([
    "INSERT INTO t (v) VALUES ('x')",
    "UPDATE t SET v = 'y' WHERE id = 3",
    'DELETE FROM t WHERE id = 4',
    'INSERT INTO u VALUES (1)',
    "SELECT nextval('s')",
    "SELECT nextval('s')",
    "SELECT setval('s', 900)",
    'TRUNCATE u',
    "ALTER TYPE mood ADD VALUE 'bad'",
    'ALTER TABLE t ADD COLUMN w int DEFAULT 5',
    "COMMENT ON TABLE t IS 'x'",
    'SELECT lo_create(0)',
    'CREATE VIEW seen AS SELECT * FROM t',
  ])('sees %s', async (sql) => {
    const then = await look()
    await other.query(sql)
    expect(changeEvidence.compare(then, await look())).not.toBe('unchanged')
  })

  test('what was open at the first look and is committed after it counts', async () => {
    await other.query('BEGIN')
    await other.query("INSERT INTO t (v) VALUES ('open')")
    const then = await look()
    await other.query('COMMIT')
    expect(changeEvidence.compare(then, await look())).not.toBe('unchanged')
  })

  test('a transaction that is open changes nothing before it is committed', async () => {
    await other.query('BEGIN')
    await other.query("INSERT INTO t (v) VALUES ('open')")
    const then = await look()
    expect(changeEvidence.compare(then, await look())).toBe('unchanged')
    await other.query('COMMIT')
    expect(changeEvidence.compare(then, await look())).not.toBe('unchanged')
  })

  test('what another server said, or the same one before a restart, proves nothing', async () => {
    const now = await look()
    expect(changeEvidence.compare(now, now)).toBe('unchanged')
    const before = { ...(JSON.parse(now) as Record<string, unknown>), server: '1/2/3' }
    expect(changeEvidence.compare(JSON.stringify(before), now)).not.toBe('unchanged')
    expect(changeEvidence.compare(null, now)).not.toBe('unchanged')
    expect(changeEvidence.compare('no evidence', now)).not.toBe('unchanged')
  })
})
