import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { settleLeftovers } from '../../src/snapshots/adopt-replaced.js'
import { findEngine } from '../../src/snapshots/engines/index.js'
import { writeManifest } from '../../src/snapshots/read-manifest.js'
import { removeSnapshot } from '../../src/snapshots/remove-snapshot.js'
import { findRestoreLeftovers } from '../../src/snapshots/restore-leftovers.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import type { Snapshot } from '../../src/snapshots/snapshot.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { connectAs, databaseNames } from './postgresql-test.js'
import { failureOf, openContext, projectOn, saidBy } from './snapshot-test.js'
import { startChild } from './start-child.js'

const server = await dumpablePostgresqlServer('faults of PostgreSQL snapshots')
const SCHEMA = "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 2000) i"
const MIGRATION = "UPDATE t SET v = 'migrated'; ALTER TABLE t ADD COLUMN more int"

describe.skipIf(server === null)('PostgreSQL snapshots when things go wrong', () => {
  const there = server as PostgresqlServer
  const setUp = postgresqlSuite(there)
  const state = async (name: string) => (await there.query(name, 'SELECT min(v) AS v FROM t'))[0]?.v

  test.each(['pg-dump', 'pg-template', 'copy'])(
    '%s: a restore ends the sessions of others, also of those who come back at once, and names them',
    async (engine) => {
      const { name, url, context, store } = await setUp(SCHEMA)
      const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
      await there.query(name, MIGRATION)
      let isOver = false
      let connections = 0
      const comeBack = async () => {
        while (!isOver) {
          const client = await connectAs(url, 'my shop').catch(() => null)
          if (client === null) continue
          connections++
          await client.query('SELECT pg_sleep(30)').catch(() => {})
          await client.end().catch(() => {})
        }
      }
      const others = [comeBack(), comeBack(), comeBack(), comeBack()]
      while (connections < 4) await new Promise((resolve) => setTimeout(resolve, 10))
      const { disconnected, replacedSnapshot } = await restoreSnapshot(context, snapshot, { store })
      isOver = true
      await there.query('postgres', 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2', [
        name,
        'my shop',
      ])
      await Promise.all(others)
      expect(disconnected.join()).toMatch(/my shop \(user \w+\), \d+ sessions?/)
      expect(await state(name)).toBe('row 1')
      expect(replacedSnapshot).not.toBeNull()
    },
  )

  test.each([
    ['pg-dump', 'create-database'],
    ['pg-dump', 'Restoring the dump'],
    ['pg-dump', 'swap-databases'],
    ['copy', 'create-database'],
    ['copy', 'Restoring rows'],
    ['copy', 'Building indexes'],
    ['copy', 'swap-databases'],
    ['pg-template', 'create-database'],
    ['pg-template', 'swap-databases'],
  ])('%s: a restore that is killed at "%s" leaves the database as it was, and can be done again', async (engine, step) => {
    const { name, url, root, context, store } = await setUp(SCHEMA)
    await takeSnapshot(context, { store, reason: 'manual', engine })
    await there.query(name, MIGRATION)
    const child = await startChild('restore', 'postgresql', url, root, step)
    expect(await child.whenThere).toBe('there')
    await child.kill()
    expect(await state(name)).toBe('migrated')
    const left = await findRestoreLeftovers(context)
    expect(left.replaced).toEqual([])
    await settleLeftovers(context, store)
    expect((await databaseNames(there, `${name}__`)).filter((one) => one.includes('_new_'))).toEqual([])
    const snapshot = await store.find('latest', { targetIdentity: context.project.target.identity })
    await restoreSnapshot(context, snapshot, { store })
    expect(await state(name)).toBe('row 1')
  })

  test.each([
    ['pg-dump', 'keep-replaced'],
    ['pg-template', 'keep-replaced'],
    ['copy', 'keep-replaced'],
    ['pg-template', 'close-replaced'],
  ])('%s: what a restore replaced is listed once by the next one, when it was killed at %s', async (engine, step) => {
    const { name, url, root, context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
    await there.query(name, MIGRATION)
    const child = await startChild('restore', 'postgresql', url, root, step)
    expect(await child.whenThere).toBe('there')
    await child.kill()
    expect(await state(name)).toBe('row 1')
    expect((await findRestoreLeftovers(context)).replaced).toHaveLength(1)
    const { notices } = await restoreSnapshot(await fresh(context), snapshot, { store })
    expect(notices).toEqual([expect.stringMatching(/^What an interrupted restore had replaced is listed as snapshot \w+-snap_\w+\.$/)])
    expect((await findRestoreLeftovers(context)).replaced).toEqual([])
    const adopted = (await store.list()).usable.find((one) => notices[0]?.includes(one.id))
    if (adopted === undefined) throw new Error('it is not listed')
    const { database } = adopted.manifest.details
    expect((await store.list()).usable.filter(({ manifest }) => manifest.details.database === database)).toHaveLength(1)
    await restoreSnapshot(context, adopted, { store })
    expect(await state(name)).toBe('migrated')
    // "The latest" is still the one that was taken on purpose.
    expect((await store.find('latest', { targetIdentity: context.project.target.identity })).id).toBe(snapshot.id)
  })

  test('a copy whose process was killed is removed from the server by the next one', async () => {
    const { name, url, root, context, store } = await setUp(SCHEMA)
    await context.close()
    const child = await startChild('take', 'postgresql', url, root, 'Reading every row', 'pg-template')
    expect(await child.whenThere).toBe('there')
    await child.kill()
    expect(await databaseNames(there, `${name}__`)).toHaveLength(1)
    const snapshot = await takeSnapshot(await fresh(context), { store, reason: 'manual', engine: 'pg-dump' })
    expect(await databaseNames(there, `${name}__`)).toEqual([])
    expect((await store.list()).usable.map((one) => one.id)).toEqual([snapshot.id])
  })

  test.each(['pg-dump', 'pg-template', 'copy'])('%s: a database that was dropped is made again', async (engine) => {
    const { name, url, context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
    await context.close()
    await there.dropDatabase(name)
    const again = await openContext(projectOn('postgresql', url, context.project.root))
    const { replacedSnapshot } = await restoreSnapshot(again, snapshot, { store })
    await again.close()
    expect(replacedSnapshot).toBeNull()
    expect(await state(name)).toBe('row 1')
  })

  test('pg-dump: a dump with a row too few, or cut off, does not pass, whatever its checksums say', async () => {
    const { context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-dump' })
    const dump = join(snapshot.folder, 'dump')
    const file = join(dump, readdirSync(dump).find((one) => one.endsWith('.dat.gz')) ?? '')
    const rows = gunzipSync(readFileSync(file)).toString()
    const whole = readFileSync(file)
    writeFileSync(file, gzipSync(rows.replace('7\trow 7\n', '')))
    expect(saidBy(await failureOf(verifySnapshot(context, resign(snapshot))))).toMatch(/holds 1,999 rows of t, and the database had 2,000/)
    writeFileSync(file, whole.subarray(0, whole.length - 20))
    expect(saidBy(await failureOf(verifySnapshot(context, resign(snapshot))))).toMatch(
      /the rows of t cannot be read: unexpected end of file/,
    )
    writeFileSync(file, gzipSync(rows.slice(0, rows.indexOf('9\trow 9'))))
    expect(saidBy(await failureOf(verifySnapshot(context, resign(snapshot))))).toMatch(/the rows of t cannot be read: the rows are cut off/)
    rmSync(file)
    expect(saidBy(await failureOf(verifySnapshot(context, resign(snapshot))))).toMatch(/the rows of t cannot be read/)
  })

  test('pg-template: a copy that was changed or dropped is refused', async () => {
    const { name, context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-template' })
    const [copy = ''] = await databaseNames(there, `${name}__`)
    await expect(there.query(copy, 'SELECT 1')).rejects.toThrow(/not currently accepting connections/)
    await there.query('postgres', `ALTER DATABASE "${copy}" ALLOW_CONNECTIONS true`)
    await there.query(copy, "UPDATE t SET v = 'x' WHERE id = 5")
    expect(saidBy(await failureOf(verifySnapshot(context, snapshot)))).toMatch(/was changed: the values of t\.v differ/)
    expect(saidBy(await failureOf(restoreSnapshot(context, snapshot, { store })))).toMatch(/the values of t\.v differ\. .* is as it was/)
    await there.dropDatabase(copy)
    expect(saidBy(await failureOf(restoreSnapshot(context, snapshot, { store })))).toMatch(
      /is not on the server any more[\s\S]*snapshot list/,
    )
    expect(await state(name)).toBe('row 1')
  })

  test('pg-dump: never overwrites what is in no snapshot', async () => {
    const role = await there.createRole()
    const { name, context, store } = await setUp('', role.signIn)
    await there.query('postgres', `ALTER DATABASE "${name}" OWNER TO ${role.name}`)
    await context.connection.query(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-dump' })
    await context.connection.query(MIGRATION)
    const error = await failureOf(findEngine('pg-dump').restore(context, snapshot, { isKept: false }))
    expect(saidBy(error)).toMatch(/only overwritten[\s\S]*may not create databases[\s\S]*snapshot create/)
    expect(await state(name)).toBe('migrated')
    await there.dropDatabase(name)
    await role.drop()
  })

  test('removing a snapshot removes its copy on the server', async () => {
    const { name, context, store } = await setUp(SCHEMA)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-template' })
    await removeSnapshot(context, store, snapshot)
    expect(await databaseNames(there, `${name}__`)).toEqual([])
    expect(await store.list()).toEqual({ usable: [], unusable: [] })
  })

  test('a removal that was killed is finished by the next snapshot, also of what a restore had replaced', async () => {
    const { name, root, context, store } = await setUp(SCHEMA)
    const first = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-template' })
    const { replacedSnapshot } = await restoreSnapshot(context, first, { store })
    if (replacedSnapshot === null) throw new Error('nothing is kept')
    for (const one of [first, replacedSnapshot]) {
      const { folder } = await store.withdraw(one)
      // As when the process that did it is gone.
      const owner = join(folder, '..', 'owner.json')
      writeFileSync(owner, readFileSync(owner, 'utf8').replace(`"pid":${process.pid}`, `"pid":${spawnSync('true').pid}`))
    }
    expect((await store.list()).usable).toEqual([])
    const left = await databaseNames(there, `${name}__`)
    expect(left).toHaveLength(2)
    const { id } = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-dump' })
    expect(await databaseNames(there, `${name}__`)).toEqual([])
    expect((await store.list()).usable.map((one) => one.id)).toEqual([id])
    expect(readdirSync(join(root, 'snapshots')).sort()).toEqual(['.gitignore', id])
  })

  test('a dump shows one moment while others write, and sequences that moved meanwhile are no reason to refuse it', async () => {
    const { name, url, context, store } = await setUp(`${SCHEMA}; CREATE TABLE a (id serial); CREATE TABLE b (id serial)`)
    const other = await connectAs(url, 'writer')
    let isOver = false
    const writing = (async () => {
      while (!isOver) await other.query('BEGIN; INSERT INTO a DEFAULT VALUES; INSERT INTO b DEFAULT VALUES; COMMIT')
    })()
    const snapshot = await takeSnapshot(context, { store, reason: 'deploy', engine: 'pg-dump' })
    isOver = true
    await writing
    await other.end()
    const rows = Object.fromEntries(snapshot.manifest.tables.map((table) => [table.name, table.rows]))
    expect(rows.a).toBe(rows.b)
    await restoreSnapshot(context, snapshot, { store })
    expect(await there.query(name, 'SELECT (SELECT count(*)::int FROM a) AS a, (SELECT count(*)::int FROM b) AS b')).toEqual([
      { a: rows.a, b: rows.b },
    ])
  })

  test('a snapshot of another database is refused unless forced', async () => {
    const one = await setUp(SCHEMA)
    const other = await setUp('CREATE TABLE precious (id int)')
    const snapshot = await takeSnapshot(one.context, { store: one.store, reason: 'manual', engine: 'pg-dump' })
    const error = await failureOf(restoreSnapshot(other.context, snapshot, { store: one.store }))
    expect(saidBy(error)).toMatch(/is of PostgreSQL database "snap_\w+"[\s\S]*replace one database by another/)
    await restoreSnapshot(other.context, snapshot, { store: one.store, force: true })
    expect(await state(other.name)).toBe('row 1')
  })

  test('the password is in no argument, no file and no message', async () => {
    const password = `s3cret:/@%'"${randomBytes(4).toString('hex')}`
    const role = await there.createRole('secret', 'SUPERUSER', password)
    onTestFinished(() => role.drop())
    const { context, store, root } = await setUp(
      `${SCHEMA}; INSERT INTO t SELECT i, repeat(md5(i::text), 40) FROM generate_series(2001, 60000) i`,
      role.signIn,
    )
    const seen: string[] = []
    const timer = setInterval(() => {
      for (const pid of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
        try {
          const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
          if (/pg_dump|pg_restore/.test(line)) seen.push(line)
        } catch {
          // It has ended meanwhile.
        }
      }
    }, 5)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine: 'pg-dump' })
    await restoreSnapshot(context, snapshot, { store })
    clearInterval(timer)
    const hidden = [password, encodeURIComponent(password)]
    expect(seen.some((line) => line.includes('pg_dump'))).toBe(true)
    expect(seen.some((line) => line.includes('pg_restore'))).toBe(true)
    for (const secret of hidden) expect(seen.join('\n')).not.toContain(secret)
    for (const file of ['manifest.json', 'database.json', 'fingerprint.json']) {
      for (const secret of hidden) expect(readFileSync(join(snapshot.folder, file), 'utf8')).not.toContain(secret)
    }
    // A tool that fails says why, and no more.
    const engine = findEngine('pg-dump')
    const gone = await openContext(projectOn('postgresql', context.project.target.url.reveal().replace(/\/snap_\w+/, '/postgres'), root))
    process.env.PGSSLMODE = 'disable'
    const error = await failureOf(engine.openTable(gone, { ...snapshot, folder: join(root, 'nowhere') }, { schema: 'public', name: 't' }))
    await gone.close()
    delete process.env.PGSSLMODE
    for (const secret of hidden) expect(`${saidBy(error)} ${String(error.stack)} ${JSON.stringify(error)}`).not.toContain(secret)
  })

  async function fresh(context: Awaited<ReturnType<typeof openContext>>) {
    // The killed restore may have ended the session.
    await context.withoutConnection(async () => {})
    return context
  }
})

/** As somebody would who can compute checksums: the manifest agrees with the files. */
function resign(snapshot: Snapshot): Snapshot {
  const { checksum: _, ...manifest } = snapshot.manifest
  const files = manifest.files.flatMap((file) => {
    try {
      const bytes = readFileSync(join(snapshot.folder, file.path))
      return [{ path: file.path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }]
    } catch {
      return []
    }
  })
  writeFileSync(join(snapshot.folder, 'manifest.json'), writeManifest({ ...manifest, files }))
  return snapshot
}
