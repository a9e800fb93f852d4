import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { SafeMigrateError } from '../../src/errors.js'
import type { RunReport } from '../../src/run/report.js'
import { restoreOnRequest } from '../../src/run/restore.js'
import type { RunOptions } from '../../src/run/run.js'
import { settleOnRequest } from '../../src/run/settle.js'
import { createSnapshot, verifyStored } from '../../src/run/snapshots.js'
import { readStatus } from '../../src/run/status.js'
import { controlEmbeddedPostgresql } from '../helpers/embedded-postgresql.js'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { ownPostgresqlServer } from '../helpers/postgresql-server.js'
import { canMountDisks } from '../helpers/small-disk.js'
import { ENDINGS, type Place } from './steps/endings.js'
import { addMigration, OPERATIONS } from './steps/operations.js'
import { bringBack, findStrays, type OwnServer, openOptions, readDatabase, readSteps, runKeepingSteps, startUntil } from './steps/steps.js'

/** Prisma survives a killed safe-migrate: until it is done, nothing can be settled. */
async function settle(options: RunOptions, how: 'resume' | 'undo'): Promise<RunReport> {
  for (let attempt = 0; attempt < 400; attempt++) {
    try {
      return await settleOnRequest(options, how, async () => true)
    } catch (error) {
      if (!(error instanceof SafeMigrateError) || !error.message.startsWith('Prisma is still running')) throw error
      await sleep(100)
    }
  }
  throw new Error('Prisma never ended')
}

type Settling = 'resume' | 'undo'

interface Scene {
  readonly project: TestProject
  readonly options: RunOptions
  readonly query: Parameters<typeof findStrays>[2]
  /** All that is in the database. */
  readonly before: string
  readonly after: string
}

/** It is explained, and finished or undone; then everything is exactly as before the run or as after it, and nothing is left over. */
async function requireSettled({ project, options, query, before, after }: Scene, how: Settling): Promise<void> {
  const last = readSteps(project).at(-1)
  const { unfinished } = await readStatus(options)
  expect(unfinished === null).toBe(last === 'end')
  if (unfinished !== null) expect(unfinished.explanation).toContain('did not come to its end')
  const report = await settle(options, how)
  const now = await readDatabase(options)
  const which = now === before ? 'as before' : now === after ? 'as after' : now
  expect(which).toMatch(/^as (before|after)$/)
  // What was committed in one transaction is done; all else can be undone.
  if (how === 'undo' && unfinished !== null && last !== 'commit' && last !== 'rows-restored') expect(which).toBe('as before')
  if (before !== after && report.verdict === 'applied') expect(which).toBe('as after')
  if (report.verdict === 'not-applied') expect(which).toBe('as before')
  expect((await readStatus(options)).unfinished).toBeNull()
  expect(await findStrays(project, options, query)).toEqual([])
}

/** Where nothing is open, to undo it is to close it. Elsewhere both are tried on SQLite, and one after the other on PostgreSQL, but for the steps that decide. */
function settlings(step: string, index: number, provider: string): readonly Settling[] {
  if (['start', 'snapshot', 'snapshot-taken', 'rehearse', 'rehearsal-prisma', 'rehearsed', 'end'].includes(step)) return ['resume']
  if (provider === 'sqlite' || ['prisma', 'migrated', 'swap-databases'].includes(step)) return ['undo', 'resume']
  return [index % 2 === 0 ? 'undo' : 'resume']
}

/** What failed, and where. */
async function at(where: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    const why = error instanceof SafeMigrateError ? ` ${error.why}` : ''
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}${why}`, { cause: error })
  })
}

/** A project of which nothing was run yet; whoever can be asked says: restore. */
async function setUp(database: 'sqlite' | 'postgresql', server: OwnServer | null): Promise<Place> {
  const project = await makeProject({ prisma: 7, database, ...(server === null ? {} : { server }) })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.write('safe-migrate.config.json', '{ "lockTimeout": 500, "reserve": "1 MB" }')
  const opened = await openOptions(project)
  return { project, server, options: { ...opened, ui: { ...opened.ui, chooseRecovery: async () => 'restore' } } }
}

describe.each(['sqlite', 'postgresql'] as const)('on %s', async (database) => {
  // A copy of its files is what a kill leaves, with all that other databases of it and its transactions tell.
  const server = database === 'postgresql' ? await ownPostgresqlServer(canMountDisks ? 400 : undefined) : null

  it.each(OPERATIONS)(
    '$name, killed after every step of the journal',
    async ({ words, arrange, exitCode, steps, known }) => {
      const { project, options } = await setUp(database, server)
      await arrange(project, options)
      const before = await readDatabase(options)
      // One run: a kill leaves the files as they are at that moment, and the locks go with the process.
      const { states, result } = await runKeepingSteps(project, words, server)
      expect(result, result.output).toMatchObject({ exitCode })
      const after = await readDatabase(options)
      const names = [...states.keys()].map((name) => name.slice(3))
      expect(names).toEqual(readSteps(project))
      expect(names.filter((name) => steps.includes(name))).toEqual(steps)
      for (const [index, [name, state]] of [...states]
        .filter(([one]) => server === null || known?.includes(one.slice(3)) !== true)
        .entries())
        for (const how of settlings(name.slice(3), index, database))
          await at(`killed after ${name}, then ${how}`, async () => {
            await bringBack(project, state, server)
            await requireSettled({ project, options, query: server?.query ?? null, before, after }, how)
          })
    },
    300_000,
  )

  if (server !== null)
    it('after a crash of the server, what a restore had kept is as good as before', async () => {
      const { project, options } = await setUp(database, server)
      await createSnapshot(options)
      // Each sequence has logged more than it has handed out.
      await project.query('CREATE SEQUENCE down INCREMENT -5 MINVALUE -9000 START -1')
      await project.query(`SELECT nextval('down') FROM generate_series(1, 3)`)
      const before = await readDatabase(options)
      const { recovery } = await restoreOnRequest(options, 'latest', async () => true)
      for (const action of ['stop', 'start'] as const) await controlEmbeddedPostgresql(server.dataDir, action)
      await verifyStored(options, recovery.replaced ?? '')
      await restoreOnRequest(options, recovery.replaced ?? '', async () => true)
      expect(await readDatabase(options)).toBe(before)
      const [next] = await project.query(
        `SELECT nextval('down')::int AS down, nextval('users_id_seq')::int AS id, (SELECT max(id) FROM users) AS max`,
      )
      expect(Number(next?.down)).toBeLessThan(-16) // it has jumped
      expect(Number(next?.id)).toBeGreaterThan(Number(next?.max))
    })

  it.each(ENDINGS.filter((row) => row.database === database))('$operation, $ending after "$step"', async (row) => {
    const place = await setUp(database, server)
    const { project, options } = place
    const operation = OPERATIONS.find(({ name }) => name === row.operation)
    if (operation === undefined) throw new Error(row.operation)
    row.arrange?.(place)
    await (row.sql === undefined ? operation.arrange : addMigration(row.sql))(project, options)
    const before = await readDatabase(options)
    const stopped = await startUntil(project, operation.words, row.step, row.env)
    await row.happen(place, stopped)
    const result = await stopped.goOn()
    expect(result.output).toMatch(row.says)
    expect(result, result.output).toMatchObject({ exitCode: row.exitCode })
    await row.repair?.(place, result.output)
    const { unfinished } = await readStatus(options)
    expect(unfinished === null ? null : 'open').toBe(row.settledBy === null ? null : 'open')
    if (row.settledBy !== null) await settle(options, row.settledBy)
    expect((await readDatabase(options)) === before ? 'as before' : 'changed').toBe(row.leaves)
    expect((await readStatus(options)).unfinished).toBeNull()
    expect(await findStrays(project, options, server?.query ?? null)).toEqual([])
  })
})

it('a clock that is set back between two snapshots does not change which is the latest', async () => {
  const { project, options } = await setUp('sqlite', null)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 })
  await createSnapshot(options).finally(() => vi.useRealTimers())
  await project.query('DELETE FROM "Profile" WHERE "userId" = 1')
  await createSnapshot(options)
  await project.query('DELETE FROM "Profile"')
  await restoreOnRequest(options, 'latest', async () => true)
  expect(await project.query('SELECT 1 FROM "Profile"')).toHaveLength(39)
})
