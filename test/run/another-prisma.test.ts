import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { PRISMA_LOCK } from '../../src/databases/postgresql/prisma-lock.js'
import { deploy } from '../../src/run/deploy.js'
import { startJournal } from '../../src/run/journal.js'
import { requirePending } from '../../src/run/require-pending.js'
import type { RunOptions } from '../../src/run/run.js'
import { readStatus } from '../../src/run/status.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'
import { openOptions } from './steps/steps.js'

const NAME = '20250101000000_slow'

async function setUp(database: 'sqlite' | 'postgresql', sql: string): Promise<{ project: TestProject; options: RunOptions }> {
  const project = await makeProject({ prisma: 7, database, migrations: [{ name: NAME, sql }] })
  onTestFinished(() => project.cleanup())
  return { project, options: await openOptions(project) }
}

const deployWithin = ({ config, ...options }: RunOptions, lockTimeout: number) =>
  deploy({ ...options, config: { ...config, lockTimeout }, passedOn: [] })

const begin = ({ query }: TestProject, name: string) =>
  query(`INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ('${name}', 'x', '${name}')`)

it('a migration that another Prisma is applying is not called failed, and is awaited', async () => {
  const { project, options } = await setUp('postgresql', 'ALTER TABLE "Profile" ADD COLUMN "x" INTEGER;')
  const holder = await options.project.database.connect(options.project.target)
  onTestFinished(() => holder.close())
  await holder.query('BEGIN; LOCK TABLE "Profile"')
  const prisma = project.prisma('migrate', 'deploy')
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  await vi.waitFor(async () => expect(await project.query(waiting)).toHaveLength(1), 60_000)
  const server = /server process \d+ of user \S+ from .+, since .+ UTC: ALTER TABLE "Profile"/
  await expect(deployWithin(options, 100)).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining('is still being migrated'),
    why: expect.stringMatching(server),
    next: [expect.stringContaining('Wait until it is done'), expect.stringMatching(/SELECT pg_terminate_backend\(\d+\);$/)],
  })
  const status = await readStatus(options)
  expect(status).toMatchObject({ migrating: [expect.stringMatching(server)], unfinished: null })
  expect(status.migrations.at(-1)).toMatchObject({ name: NAME, state: 'running' })
  expect(status.next.join()).toMatch(/^Wait until it is done.*pg_terminate_backend/)
  expect(status.next.join()).not.toContain('resolve')
  const patient = deployWithin(options, 60_000)
  await sleep(300)
  await holder.query('COMMIT')
  expect(await patient).toMatchObject({ verdict: 'nothing-pending' })
  expect(await prisma).toMatchObject({ exitCode: 0 })
  // Killed, and its session is gone.
  await begin(project, '20250102000000_killed')
  const why = 'Nothing on the server works on it any more: it was stopped in the middle.'
  await expect(deployWithin(options, 100)).rejects.toMatchObject({ code: 'history', why })
  expect((await readStatus(options)).migrations.at(-1)).toMatchObject({ state: 'failed' })
})

it('on SQLite, where it cannot be seen whether somebody is at it, that is said', async () => {
  const { project, options } = await setUp('sqlite', 'SELECT 1;')
  await begin(project, NAME)
  await expect(deployWithin(options, 100)).rejects.toMatchObject({
    code: 'history',
    message: expect.stringMatching(/was begun at .*, and neither its end nor an error is recorded/),
    why: expect.stringContaining('Either a Prisma is still at it'),
    next: [expect.stringContaining('wait until it is done'), expect.stringContaining('safe-migrate resolve')],
  })
  const { migrations, next } = await readStatus(options)
  expect(migrations.at(-1)).toMatchObject({ name: NAME, state: 'begun' })
  expect(next[0]).toContain('wait until it is done')
})

it('a migration that ends between two looks is not called stopped', async () => {
  const { project, options } = await setUp('sqlite', 'SELECT 1;')
  await begin(project, NAME)
  const { database, target } = options.project
  const connection = await database.connect(target)
  onTestFinished(() => connection.close())
  const findMigrating: typeof database.findMigrating = async (...given) => {
    await project.query('UPDATE "_prisma_migrations" SET finished_at = started_at')
    return database.findMigrating(...given)
  }
  expect(
    await requirePending({ ...options, project: { ...options.project, database: { ...database, findMigrating } } }, connection),
  ).toEqual([])
})

it('what other users run on the server is hidden from a plain role: their lock is seen, and without it nothing is called stopped', async () => {
  const server = await postgresqlServer()
  const name = await server.createDatabase()
  onTestFinished(() => server.dropDatabase(name))
  const role = await server.createRole()
  onTestFinished(() => role.drop())
  const open = (url: string) => postgresql.connect(postgresql.readTarget(url, { fileBase: '/', root: '/' }))
  const [plain, other] = [await open(role.signIn(server.url(name))), await open(server.url(name))]
  onTestFinished(async () => void (await Promise.all([plain.close(), other.close()])))
  await other.query(`SELECT pg_advisory_lock(${PRISMA_LOCK})`)
  const held = [{ description: expect.stringMatching(/^server process \d+ of user .*lock of Prisma/) }]
  expect(await postgresql.findMigrating(plain, [])).toMatchObject({ sessions: held })
  await other.query(`SELECT pg_advisory_unlock(${PRISMA_LOCK})`)
  expect(await postgresql.findMigrating(plain, [])).toEqual({ sessions: [], unseen: expect.stringContaining('pg_read_all_stats') })
  expect(await postgresql.findMigrating(other, [])).toEqual({ sessions: [], unseen: null })
})

it('what a run left open is said also where the database is there and cannot be read', async () => {
  const { project, options } = await setUp('sqlite', 'SELECT 1;')
  const { identity: targetIdentity, label: target } = options.project.target
  const journal = startJournal(path.join(project.dir, '.safe-migrate'), { command: 'deploy', targetIdentity, target })
  journal.record('migrate', { snapshot: null, pending: [NAME], expectations: { findings: [], touched: { kind: 'all', why: 'a test' } } })
  writeFileSync(project.databaseName, 'no database '.repeat(200))
  await expect(readStatus(options)).rejects.toMatchObject({
    why: expect.stringMatching(/^(?!null).+[^.]\. .+It can be settled when the database answers again\.$/),
    next: expect.arrayContaining([expect.stringContaining('status --resume')]),
  })
})
