import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FINGERPRINT_FILE } from '../../src/snapshots/fingerprint-file.js'
import { withRestored } from '../../src/snapshots/restore-beside.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { databaseNames } from './postgresql-test.js'
import { failureOf, openContext, projectOn, saidBy, temporaryFolder } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('snapshots that are restored to verify them')
const ROWS = "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO a VALUES (1, 'one'), (2, NULL);"

/** What the snapshot says of itself is made untrue, as if the engine had lost a row. */
async function falsify(folder: string): Promise<void> {
  const { readFileSync, writeFileSync } = await import('node:fs')
  const file = join(folder, FINGERPRINT_FILE)
  writeFileSync(file, readFileSync(file, 'utf8').replace('"rows":2', '"rows":3'))
}

describe.skipIf(server === null)('on PostgreSQL', () => {
  const setUp = postgresqlSuite(server as PostgresqlServer)

  it.each(['pg-dump', 'pg-template', 'copy', 'json'])(
    '%s: restored beside the database, compared, removed; a difference is told',
    async (engine) => {
      const { context, store, name } = await setUp(ROWS)
      const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
      const before = await databaseNames(server as PostgresqlServer, name)
      await context.connection.query("UPDATE a SET b = 'now'")
      await withRestored(context, snapshot, async () => {})
      expect(await databaseNames(server as PostgresqlServer, name)).toEqual(before)
      expect(await context.connection.query('SELECT b FROM a WHERE id = 1')).toEqual([{ b: 'now' }])
      await falsify(snapshot.folder)
      expect(saidBy(await failureOf(withRestored(context, snapshot, async () => {})))).toContain('2 rows instead of 3')
      expect(await databaseNames(server as PostgresqlServer, name)).toEqual(before)
    },
  )
})

it('on SQLite: restored into a file of its own, compared, removed; a difference is told', async () => {
  const root = temporaryFolder()
  const file = join(root, 'shop.db')
  const handle = new Sqlite(file)
  handle.exec(`PRAGMA journal_mode = WAL; ${ROWS}`)
  handle.close()
  const context = await openContext(projectOn('sqlite', `file:${file}`, root))
  onTestFinished(() => context.close())
  const store = openStore(join(root, 'snapshots'))
  const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
  await context.connection.query("UPDATE a SET b = 'now'")
  const there = readdirSync(store.folder).sort()
  await withRestored(context, snapshot, async () => {})
  expect(readdirSync(store.folder).sort()).toEqual(there)
  expect(await context.connection.query('SELECT b FROM a WHERE id = 1')).toEqual([{ b: 'now' }])
  await falsify(snapshot.folder)
  expect(saidBy(await failureOf(withRestored(context, snapshot, async () => {})))).toContain('2 rows instead of 3')
  expect(readdirSync(store.folder).sort()).toEqual(there)
})
