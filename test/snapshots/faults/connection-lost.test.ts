import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { importMappingSchema } from '../../../src/config/import-mapping.js'
import { SafeMigrateError } from '../../../src/errors.js'
import { importRows } from '../../../src/run/import.js'
import { restoreOnRequest } from '../../../src/run/restore.js'
import { restorePartsOnRequest } from '../../../src/run/restore-parts.js'
import { createSnapshot } from '../../../src/run/snapshots.js'
import { readStatus } from '../../../src/run/status.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../../helpers/postgresql-server.js'
import { at, randomMoments } from './moments.js'
import { type Bench, openBench } from './place.js'
import { postgresqlPlace } from './postgresql-place.js'
import { type CutLine, startProxy } from './proxy.js'

const server = await dumpablePostgresqlServer('lost connections to PostgreSQL')
const CUTS = 4
const ROWS = 2000
const IMPORTED = 3000
const SCHEMA =
  'datasource db {\n  provider = "postgresql"\n}\nmodel t {\n  id Int @id\n  v String?\n}\nmodel c {\n  id Int @id @default(autoincrement())\n  t Int?\n}\n'

/** Each leaves the database in a state that the next one can begin from. */
const WORK = {
  take: async (bench: Bench) => void (await createSnapshot(bench.options)),
  restore: async (bench: Bench, snapshot: string) => void (await restoreOnRequest(bench.options, snapshot, async () => true)),
  'restore --only': async (bench: Bench, snapshot: string) =>
    void (await restorePartsOnRequest(bench.options, snapshot, { only: ['t'], skip: [], mode: 'replace', keys: [] }, async () => true)),
  import: async (bench: Bench) =>
    void (await importRows(bench.options, { name: 'rows', file: join(bench.place.root, 'rows.csv'), dryRun: false })),
}
type Work = keyof typeof WORK

const CELLS: [engine: string, work: Work][] = [
  ['pg-dump', 'take'],
  ['pg-dump', 'restore'],
  ['pg-template', 'take'],
  ['pg-template', 'restore'],
  ['copy', 'take'],
  ['copy', 'restore'],
  ['copy', 'restore --only'],
  ['copy', 'import'],
]

describe.skipIf(server === null)('PostgreSQL, a connection that is lost', () => {
  const there = server as PostgresqlServer
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0)) await step()
  })

  async function setUp(
    engine: string,
  ): Promise<{ bench: Bench; proxy: CutLine; name: string; snapshot: string; then: string; reset: () => Promise<void> }> {
    const place = await postgresqlPlace(there, ROWS)
    const direct = new URL(place.url)
    const proxy = await startProxy(direct.hostname, Number(direct.port || 5432))
    undo.push(proxy.close, place.drop)
    const url = new URL(place.url)
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    writeFileSync(join(place.root, 'schema.prisma'), SCHEMA)
    writeFileSync(
      join(place.root, 'rows.csv'),
      `id,v\n${Array.from({ length: IMPORTED }, (_, row) => `${row + 10_000_000},imported ${row}`).join('\n')}\n`,
    )
    const bench = openBench(
      { ...place, url: url.href },
      { engine, imports: { rows: importMappingSchema.parse({ model: 't', columns: { id: 'id', v: 'v' }, key: 'id', existing: 'skip' }) } },
    )
    await createSnapshot(bench.options)
    const [taken] = (await bench.store.list()).usable
    const then = await place.read()
    return {
      bench,
      proxy,
      name: place.name,
      snapshot: taken?.id ?? '',
      then,
      reset: async () => {
        await there.query(
          place.name,
          "UPDATE t SET v = 'changed ' || v WHERE id % 5 = 1 AND v NOT LIKE 'changed%'; DELETE FROM t WHERE id >= 10000000",
        )
      },
    }
  }

  /** What a lost connection may lead to: a clear error and the database as it was, or as it was to become; and the next one works. */
  async function requireSound(bench: Bench, work: Work, snapshot: string, then: string, before: string, outcome: unknown): Promise<void> {
    const now = await bench.place.read()
    if (outcome !== null) {
      if (!(outcome instanceof SafeMigrateError)) throw new Error(outcome instanceof Error ? outcome.stack : String(outcome))
      expect(['snapshot', 'connection', 'locked', 'interrupted', 'database']).toContain(outcome.code)
      expect(`${outcome.message} ${outcome.why}`).not.toMatch(/undefined|\[object/)
    }
    if (work === 'take') expect(now).toBe(before)
    // One transaction: all rows or none.
    const [rows] = await there.query(
      decodeURIComponent(new URL(bench.place.url).pathname.slice(1)),
      "SELECT count(*) FILTER (WHERE v LIKE 'changed%')::int AS changed, count(*) FILTER (WHERE id >= 10000000)::int AS imported FROM t",
    )
    expect([0, ROWS / 5]).toContain(rows?.changed)
    expect([0, IMPORTED]).toContain(rows?.imported)
    if (work === 'restore') expect([before, then]).toContain(now)
    await readStatus(bench.options)
    await WORK[work](bench, snapshot)
    if (work === 'restore') expect(await bench.place.read()).toBe(then)
    const { usable, unusable } = await bench.store.list()
    expect(unusable).toEqual([])
    expect(await bench.place.strays(usable)).toEqual([])
    await bench.remove(usable.filter(({ id }) => id !== snapshot))
  }

  test.each(CELLS)(
    '%s, %s: the line is cut at a random byte',
    async (engine, work) => {
      const { bench, proxy, snapshot, then, reset } = await setUp(engine)
      await reset()
      proxy.take()
      await WORK[work](bench, snapshot)
      const bytes = proxy.take()
      await bench.remove((await bench.store.list()).usable.filter(({ id }) => id !== snapshot))
      for (const place of randomMoments(`cut ${engine} ${work}`, CUTS, bytes)) {
        await at(`${engine}, ${work}: cut after ${place} of ${bytes} bytes`, async () => {
          await reset()
          const before = await bench.place.read()
          proxy.cutAfter(place)
          const outcome = await WORK[work](bench, snapshot).then(
            () => null,
            (error: unknown) => error,
          )
          proxy.cutAfter(Number.POSITIVE_INFINITY)
          await requireSound(bench, work, snapshot, then, before, outcome)
        })
      }
      expect(proxy.cuts).toBeGreaterThan(CUTS / 2)
    },
    300_000,
  )

  test.each([
    ['copy', 'restore --only'],
    ['copy', 'import'],
    ['pg-template', 'restore'],
  ] as const)('%s, %s: the answer to COMMIT is lost, and nobody says that it was undone', async (engine, work) => {
    const { bench, proxy, snapshot, reset } = await setUp(engine)
    await reset()
    const before = await bench.place.read()
    proxy.cutAtAnswerTo('COMMIT')
    await expect(WORK[work](bench, snapshot)).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringContaining('while'),
      why: expect.stringContaining('Either all of it is done or nothing'),
    })
    expect(proxy.cuts).toBe(1)
    expect(await bench.place.read()).not.toBe(before)
    const { unfinished } = await readStatus(bench.options)
    if (work === 'restore --only') expect(unfinished?.explanation).toContain('its rows were committed: the restore is complete')
  })

  test.each(CELLS)(
    '%s, %s: the server ends one of our sessions, each in turn',
    async (engine, work) => {
      const { bench, name, snapshot, then, reset } = await setUp(engine)
      for (let turn = 0; turn < CUTS; turn++) {
        await at(`${engine}, ${work}: session ${turn + 1}`, async () => {
          await reset()
          const before = await bench.place.read()
          const ended = endSession(name, turn)
          const outcome = await WORK[work](bench, snapshot).then(
            () => null,
            (error: unknown) => error,
          )
          await ended.stop()
          await requireSound(bench, work, snapshot, then, before, outcome)
        })
      }
    },
    300_000,
  )

  /** Ends the session that is seen as the so-manieth, of any that say that they are ours and work on this database or beside it. */
  function endSession(name: string, turn: number): { stop(): Promise<void> } {
    let isOver = false
    const seen = new Set<number>()
    const loop = async () => {
      while (!isOver) {
        const rows = await there.query<{ pid: number }>(
          'postgres',
          `SELECT pid FROM pg_stat_activity WHERE application_name IN ('safe-migrate', 'pg_dump', 'pg_restore') AND (starts_with(datname::text, $1) OR query LIKE '%' || $1 || '%') ORDER BY backend_start`,
          [name],
        )
        for (const { pid } of rows) {
          if (seen.has(pid)) continue
          seen.add(pid)
          if (seen.size !== turn + 1) continue
          await there.query('postgres', 'SELECT pg_terminate_backend($1)', [pid])
          return
        }
        await sleep(5)
      }
    }
    const running = loop()
    return {
      stop: async () => {
        isOver = true
        await running
      },
    }
  }
})
