import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { deploy } from '../../src/run/deploy.js'
import type { RunOptions } from '../../src/run/run.js'
import { readStatus } from '../../src/run/status.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
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
