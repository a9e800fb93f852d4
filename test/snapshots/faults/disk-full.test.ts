import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { restoreSnapshot } from '../../../src/snapshots/restore-snapshot.js'
import type { SnapshotContext } from '../../../src/snapshots/snapshot.js'
import { openStore } from '../../../src/snapshots/store.js'
import { takeSnapshot } from '../../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../../src/snapshots/verify-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../../helpers/postgresql-server.js'
import { recordSkip } from '../../helpers/skip.js'
import { canMountDisks, mountDisk, unmountDisk } from '../../helpers/small-disk.js'
import { postgresqlSuite } from '../postgresql-suite.js'
import { failureOf, openContext, projectOn, saidBy, temporaryFolder } from '../snapshot-test.js'

if (!canMountDisks) recordSkip('full disks', 'only root may mount a small one')
const server = await dumpablePostgresqlServer('PostgreSQL snapshots on a full disk')

/** A real one, gone after the test. */
function makeDisk(megabytes: number): string {
  const disk = join(temporaryFolder(), 'disk')
  mountDisk(disk, megabytes)
  onTestFinished(() => unmountDisk(disk))
  return disk
}

/** One takes a snapshot while there is room, the next one does not fit. */
async function requireCleanRefusal(context: SnapshotContext, grow: () => Promise<void>, engine: string): Promise<void> {
  const store = openStore(join(makeDisk(6), 'snapshots'))
  const first = await takeSnapshot(context, { store, reason: 'manual', engine })
  await grow()
  expect(saidBy(await failureOf(takeSnapshot(context, { store, reason: 'manual', engine })))).toMatch(
    /The disk became full while[\s\S]*half written is removed[\s\S]*snapshot prune/,
  )
  expect(readdirSync(store.folder).sort()).toEqual(['.gitignore', first.id])
  await verifySnapshot(context, first)
  // What is to stay free stays free.
  const careful = {
    ...context,
    get connection() {
      return context.connection
    },
    reserve: 5_900_000,
  }
  expect(saidBy(await failureOf(takeSnapshot(careful, { store, reason: 'manual', engine })))).toMatch(/are to stay free/)
  expect(readdirSync(store.folder).sort()).toEqual(['.gitignore', first.id])
}

describe.skipIf(server === null || !canMountDisks).each(['pg-dump', 'copy', 'json'])('%s on a full disk', (engine) => {
  const there = server as PostgresqlServer
  const setUp = postgresqlSuite(there)

  test('leaves nothing half-made, and what was there is whole', async () => {
    const { name, context } = await setUp("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'one')")
    const grow = async () => {
      // Random, so that it cannot be compressed.
      const text = "(SELECT string_agg(md5(random()::text || i || j), '') FROM generate_series(1, 40) j)"
      await there.query(name, `INSERT INTO t SELECT i, ${text} FROM generate_series(2, 20000) i; ANALYZE t`)
    }
    await requireCleanRefusal(context, grow, engine)
    expect(await there.query(name, 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 20_000 }])
  })
})

describe.skipIf(!canMountDisks)('a SQLite database on a full disk', () => {
  test.each(['sqlite-backup', 'json'])('is as it was when %s cannot be put back', async (engine) => {
    const root = makeDisk(12)
    const file = join(root, 'shop.db')
    const run = (sql: string) => {
      const handle = new Sqlite(file)
      handle.exec(sql)
      handle.close()
    }
    run(`CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) INSERT INTO t SELECT i, randomblob(10000) FROM n`)
    const context = await openContext(projectOn('sqlite', `file:${file}`, root))
    onTestFinished(() => context.close())
    const store = openStore(join(temporaryFolder(), 'snapshots'))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
    run('DELETE FROM t WHERE id > 10; VACUUM')
    execFileSync('dd', ['if=/dev/zero', `of=${join(root, 'other')}`, 'bs=1M', 'count=8', 'status=none'])
    const read = () => {
      const handle = new Sqlite(file)
      const rows = handle.prepare('SELECT id, hex(v) AS v FROM t ORDER BY id').all()
      const integrity = handle.pragma('integrity_check', { simple: true })
      handle.close()
      return { rows, integrity }
    }
    const before = read()
    const error = await failureOf(restoreSnapshot(context, snapshot, { store }))
    expect(saidBy(error)).toMatch(/full|room/i)
    expect(read()).toEqual(before)
    expect(readdirSync(root).filter((name) => /shop\.db-(journal|wal)$|new|partial/.test(name))).toEqual([])
    execFileSync('rm', [join(root, 'other')])
    await restoreSnapshot(context, snapshot, { store })
    expect(read().rows).toHaveLength(700)
  })
})
