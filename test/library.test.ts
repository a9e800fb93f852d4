import { execFileSync } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { DEFAULT_CONFIG } from '../src/config/defaults.js'
import {
  checkFiles,
  databases,
  deploy,
  type RunEvent,
  resolveProject,
  SafeMigrateError,
  selectEnvironment,
  unattendedInterface,
} from '../src/index.js'
import type { Progress } from '../src/util/progress.js'
import { fillFixture } from './helpers/fixture-data.js'
import { makeProject, type TestProject } from './helpers/make-project.js'
import { repositoryRoot } from './helpers/paths.js'
import { expectProgress, listSteps } from './helpers/progress.js'

/** The library runs Prisma with the environment of its own process. */
function useEnvironment(project: TestProject): void {
  const saved = { ...process.env }
  Object.assign(process.env, project.env)
  onTestFinished(() => {
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name]
    Object.assign(process.env, saved)
  })
}

async function setUp(database: 'sqlite' | 'postgresql'): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
  useEnvironment(project)
  return project
}

it('runs the main job with an interface of the caller’s own', async () => {
  const fixture = await setUp('sqlite')
  const events: RunEvent['type'][] = []
  const project = await resolveProject({ cwd: fixture.dir, environment: process.env })
  const report = await deploy({
    project,
    config: selectEnvironment(DEFAULT_CONFIG, project.target),
    passedOn: [],
    ui: { ...unattendedInterface, show: (event) => events.push(event.type) },
  })
  expect(report).toMatchObject({ verdict: 'applied', differences: [] })
  expect(events).toEqual(['started', 'plan', 'snapshot-chosen', 'snapshot-taken', 'prisma-started', 'prisma-ended', 'compared'])
})

it('tells how far the long steps of a run are', async () => {
  const fixture = await setUp('sqlite')
  fixture.addMigration(
    '20250102000000_copy',
    `-- safe-migrate: allow update-unfiltered users.ratio -- as agreed\nUPDATE "users" SET "ratio" = 1;\n`,
  )
  const seen: Progress[] = []
  const project = await resolveProject({ cwd: fixture.dir, environment: process.env })
  const report = await deploy({
    project,
    config: selectEnvironment(DEFAULT_CONFIG, project.target),
    passedOn: [],
    ui: { ...unattendedInterface, progress: (progress) => seen.push(progress) },
  })
  expect(report.verdict).toBe('applied')
  expectProgress(seen)
  expect(listSteps(seen)).toEqual(
    expect.arrayContaining([
      'Measuring what is at stake',
      'Copying the database',
      'Reading every row',
      'Verifying the snapshot',
      'Comparing rows',
    ]),
  )
})

it('stops at the next safe point when aborted', async () => {
  const fixture = await setUp('sqlite')
  const controller = new AbortController()
  const project = await resolveProject({ cwd: fixture.dir, environment: process.env })
  const ui = {
    ...unattendedInterface,
    signal: controller.signal,
    show: (event: RunEvent) => void (event.type === 'snapshot-taken' && controller.abort()),
  }
  await expect(deploy({ project, config: selectEnvironment(DEFAULT_CONFIG, project.target), passedOn: [], ui })).rejects.toMatchObject({
    code: 'interrupted',
    message: expect.stringContaining('Nothing was changed'),
  })
})

it('does not migrate when the connection that holds the lock was lost', async () => {
  const fixture = await setUp('postgresql')
  const project = await resolveProject({ cwd: fixture.dir, environment: process.env })
  const { withClient } = await import('../src/databases/postgresql/connection.js')
  const kill = () =>
    withClient(project.target, { database: 'postgres' }, (client) =>
      client.query(
        `SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objid = (hashtext($1)::bigint & 4294967295)::oid`,
        [project.target.name],
      ),
    )
  const kills: Promise<unknown>[] = []
  const show = (event: RunEvent) => {
    if (event.type === 'plan') kills.push(kill())
  }
  const ui = { ...unattendedInterface, show }
  await expect(deploy({ project, config: selectEnvironment(DEFAULT_CONFIG, project.target), passedOn: [], ui })).rejects.toBeInstanceOf(
    SafeMigrateError,
  )
  await Promise.all(kills)
  await expect(fixture.query('SELECT "nickname" FROM "users"')).rejects.toThrow()
})

it('checks files', async () => {
  const [postgresql] = databases
  if (postgresql === undefined) throw new Error('no databases')
  const { findings } = await checkFiles([{ migration: 'x', file: 'x.sql', sql: 'DROP TABLE "users";' }], postgresql)
  expect(findings).toMatchObject([{ rule: 'drop-table', severity: 'S1' }])
})

it('the built package exports what it says, with types', () => {
  const script = `const m = await import('safe-migrate'); console.log(typeof m.deploy, typeof m.resolveProject, m.EXIT_CODES['lost-kept'])`
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: repositoryRoot, encoding: 'utf8' }).trim()).toBe(
    'function function 6',
  )
})
