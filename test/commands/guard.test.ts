import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { makeProject, type ProjectOptions, type TestProject } from '../helpers/make-project.js'
import { safeMigrateBin } from '../helpers/paths.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'
import { readReport } from '../helpers/reports.js'
import { hasTerminal, openSafeMigrate } from '../helpers/terminal.js'

const EVERY = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
  { prisma: 6, database: 'postgresql' },
] as const

async function setUp(options: ProjectOptions): Promise<TestProject> {
  const project = await makeProject(options)
  onTestFinished(() => project.cleanup())
  if (options.base === undefined) await fillFixture(project)
  return project
}

const ADD = 'ALTER TABLE "users" ADD COLUMN "city" TEXT;\n'
const drafts = (project: TestProject) => readdirSync(project.migrationsDir).filter((name) => /^202[5-9]|^20[3-9]/.test(name))
const journals = (project: TestProject) => existsSync(path.join(project.dir, '.safe-migrate', 'runs'))

/** Whether Prisma takes the database for what its schema says. */
function diff(project: TestProject) {
  const sides =
    project.prismaMajor === 7
      ? ['--from-config-datasource', '--to-schema', 'prisma/schema.prisma']
      : ['--from-schema-datasource', 'prisma/schema.prisma', '--to-schema-datamodel', 'prisma/schema.prisma']
  return project.prisma('migrate', 'diff', ...sides, '--exit-code')
}

describe.each(EVERY.filter(({ prisma }) => prisma === 7))('a protected database on $database', (fixture) => {
  it('dev is refused before anything is touched; deploy goes on and says so', async () => {
    const project = await setUp(fixture)
    const marked = await project.safeMigrate('protect', '--reason', "customers' data")
    expect(marked.exitCode).toBe(0)
    expect(marked.output).toMatch(/is now protected since \d{4}-\d\d-\d\d by .+: customers' data/)
    project.addMigration('20250101000000_city', ADD)
    const before = await readEverything(project)
    const refused = await project.safeMigrate('dev', '--name', 'x')
    expect(refused.exitCode).toBe(1)
    expect(refused.output).toContain("customers' data; safe-migrate dev does not run on it")
    expect(refused.output).toContain('safe-migrate protect --remove')
    expect(await readEverything(project)).toEqual(before)
    expect(drafts(project)).toEqual(['20250101000000_city'])

    const deployed = await project.safeMigrate('deploy')
    expect(deployed.exitCode).toBe(0)
    expect(deployed.output).toContain('This database is protected since')
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'nothing-pending', protection: { source: 'mark', reason: "customers' data" } })
  })

  it('a restore of a snapshot from before keeps the mark; --remove takes it away', async () => {
    const project = await setUp(fixture)
    expect((await project.safeMigrate('snapshot', 'create')).exitCode).toBe(0)
    await project.safeMigrate('protect', '--reason', 'live')
    await project.query('DELETE FROM "Profile"')
    const restored = await project.safeMigrate('restore', '--yes')
    expect(restored.exitCode).toBe(0)
    expect(await project.query('SELECT 1 FROM "Profile"')).toHaveLength(40)
    expect((await project.safeMigrate('dev', '--create-only', '--name', 'x')).output).toContain('live')
    // Without a terminal only an explicit --yes takes it away.
    const unasked = await project.safeMigrate('protect', '--remove')
    expect(unasked.exitCode).toBe(1)
    expect(unasked.output).toContain('--yes')
    expect(readReport(await project.safeMigrate('protect', '--remove', '--yes', '--json'), 'protection')).toMatchObject({
      protection: null,
      changed: true,
    })
    expect((await project.safeMigrate('dev', '--create-only', '--name', 'x')).exitCode).toBe(0)
  })
})

describe.each(EVERY)('the mark in the database, Prisma $prisma on $database', (fixture) => {
  it('the mark is no drift for Prisma, and no difference for us', async () => {
    const project = await setUp(fixture)
    await project.safeMigrate('protect')
    expect((await diff(project)).exitCode).toBe(0)
    expect((await project.prisma('migrate', 'status')).exitCode).toBe(0)
    const drafted = await project.prisma('migrate', 'dev', '--create-only', '--name', 'nothing')
    expect(drafted.output).not.toContain('Drift detected')
    expect(drafted.exitCode).toBe(0)
    project.removeMigration(drafts(project)[0] ?? '')
    project.addMigration('20250101000000_city', ADD)
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'applied', differences: [] })
    expect(readReport(await project.safeMigrate('status', '--json'), 'status').protection).toMatchObject({ source: 'mark', reason: null })
  })

  it('a new database can be protected before the first deploy', async () => {
    const project = await setUp({ ...fixture, base: 'pending' })
    await project.query('SELECT 1')
    expect((await project.safeMigrate('protect')).exitCode).toBe(0)
    const deployed = await project.safeMigrate('deploy')
    expect(deployed.output).not.toContain('P3005')
    expect(deployed.exitCode).toBe(0)
  })
})

it('protect --remove has the name of the database typed', async () => {
  if (!(await hasTerminal('the typed confirmation of protect --remove'))) return
  const project = await setUp(EVERY[0])
  await project.safeMigrate('protect')
  for (const [word, left] of [
    ['yes', 1],
    ['dev.db', 0],
  ] as const) {
    const terminal = await openSafeMigrate(project, 'protect', '--remove')
    onTestFinished(() => terminal.close())
    await terminal.waitFor('Type dev.db to go on')
    await terminal.type(word)
    await terminal.press('Enter')
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: left })
    expect(await project.query(`SELECT 1 FROM sqlite_master WHERE name = '_safe_migrate_protection'`)).toHaveLength(left)
  }
})

it('a role that only uses the data can read why dev is refused', async () => {
  const project = await setUp(EVERY[2])
  await project.safeMigrate('protect', '--reason', 'live')
  const role = `app_${project.databaseName.replace(/\W/g, '_')}`
  await project.query(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`)
  onTestFinished(() => project.query(`DROP ROLE ${role}`).then(() => {}))
  const url = new URL(project.databaseUrl)
  url.username = role
  url.password = 'app'
  const result = await project.run(process.execPath, [safeMigrateBin, 'dev'], { env: { DATABASE_URL: url.href } })
  expect(result.exitCode).toBe(1)
  expect(result.output).toContain('live; safe-migrate dev does not run on it')
})

describe('AI agents', () => {
  const AGENT = { CLAUDECODE: '1' }
  const CONSENT = { ...AGENT, PRISMA_USER_CONSENT_FOR_DANGEROUS_AI_ACTION: 'yes, go on' }
  const run = (project: TestProject, env: Record<string, string>, ...words: string[]) =>
    project.run(process.execPath, [safeMigrateBin, ...words], { env })

  it('on their own they neither dev nor restore nor undo nor take a protection away; with consent they do', async () => {
    const project = await setUp(EVERY[0])
    await project.safeMigrate('snapshot', 'create')
    await project.safeMigrate('protect')
    const before = await readEverything(project)
    for (const words of [
      ['dev', '--name', 'x'],
      ['restore', '--yes'],
      ['status', '--undo', '--yes'],
      ['protect', '--remove', '--yes'],
    ]) {
      const refused = await run(project, AGENT, ...words)
      expect(refused.exitCode).toBe(1)
      expect(refused.output).toContain('was started by Claude Code')
      expect(refused.output).toContain('PRISMA_USER_CONSENT_FOR_DANGEROUS_AI_ACTION')
    }
    expect(await readEverything(project)).toEqual(before)
    expect((await run(project, CONSENT, 'protect', '--remove', '--yes')).exitCode).toBe(0)
    expect((await run(project, CONSENT, 'dev', '--create-only', '--name', 'x')).exitCode).toBe(0)
    expect((await run(project, CONSENT, 'restore', '--yes')).exitCode).toBe(0)
  })

  it('deploy, plan, check, status and snapshots are theirs too', async () => {
    const project = await setUp(EVERY[0])
    project.addMigration('20250101000000_city', ADD)
    for (const words of [['plan'], ['check'], ['status'], ['snapshot', 'create'], ['restore', '--dry-run'], ['deploy']])
      expect((await run(project, AGENT, ...words)).exitCode).toBe(0)
  })

  it('in a terminal somebody can be asked', async () => {
    if (!(await hasTerminal('dev in a terminal that an AI agent opened'))) return
    const project = await setUp(EVERY[0])
    const terminal = await openSafeMigrate({ ...project, env: { ...project.env, ...AGENT } }, 'dev', '--create-only', '--name', 'x')
    onTestFinished(() => terminal.close())
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: 0 })
  })
})

it('a mark that cannot be read protects all the same', async () => {
  const project = await setUp(EVERY[0])
  await project.query('CREATE VIEW "_safe_migrate_protection" AS SELECT 1 AS "something_else"')
  expect((await project.safeMigrate('dev')).output).toContain('who and why cannot be read; safe-migrate dev does not run on it')
})

it('journals begin only after the guard', async () => {
  const project = await setUp(EVERY[0])
  await project.query(
    `CREATE VIEW "_safe_migrate_protection" AS SELECT 'me' AS protected_by, '2026-01-01T00:00:00Z' AS protected_at, NULL AS reason`,
  )
  expect((await project.safeMigrate('dev')).exitCode).toBe(1)
  expect(journals(project)).toBe(false)
})

it('a pattern in the configuration protects as a mark does, also a database that is not there yet', async () => {
  const project = await setUp({ ...EVERY[2], base: 'empty' })
  const config = { environments: { production: { databases: ['test_*'], protected: true } } }
  project.write('safe-migrate.config.json', JSON.stringify(config))
  for (const url of [project.databaseUrl, project.databaseUrl.replace(/test_[^?]*/, 'test_not_there')]) {
    const refused = await project.run(process.execPath, [safeMigrateBin, 'dev', '--name', 'x'], { env: { DATABASE_URL: url } })
    expect(refused.exitCode).toBe(1)
    expect(refused.output).toContain('is protected by the configuration (environments.production); safe-migrate dev does not run on it')
    expect(refused.output).toContain('change environments.production')
  }
  expect(drafts(project)).toEqual([])
  expect((await project.safeMigrate('deploy')).exitCode).toBe(0)
})

it.each([7, 6] as const)(
  'a shadow database with data is not Prisma %s’s to wipe; an empty one is, again and again',
  async (prisma) => {
    const project = await setUp({ prisma, database: 'postgresql', base: 'empty', models: 'model kept {\n  id Int @id\n}\n' })
    const server = await postgresqlServer()
    const shadow = await server.createDatabase()
    onTestFinished(() => server.dropDatabase(shadow))
    if (prisma === 7)
      project.write(
        'prisma.config.ts',
        `export default { schema: 'prisma/schema.prisma', datasource: { url: process.env.DATABASE_URL, shadowDatabaseUrl: process.env.SHADOW_URL } }\n`,
      )
    else {
      const schema = readFileSync(path.join(project.dir, 'prisma', 'schema.prisma'), 'utf8')
      project.write('prisma/schema.prisma', schema.replace('datasource db {', 'datasource db {\n  shadowDatabaseUrl = env("SHADOW_URL")'))
    }
    project.addMigration(
      '20240101000000_init',
      'CREATE TABLE "kept" ("id" INTEGER NOT NULL, CONSTRAINT "kept_pkey" PRIMARY KEY ("id"));\nINSERT INTO "kept" VALUES (1);\n',
    )
    await project.prisma('migrate', 'deploy')
    const dev = (name: string) =>
      project.run(process.execPath, [safeMigrateBin, 'dev', '--create-only', '--name', name], { env: { SHADOW_URL: server.url(shadow) } })
    await server.query(shadow, 'CREATE TABLE "orders" (id int); INSERT INTO "orders" VALUES (1)')
    const refused = await dev('refused')
    expect(refused.exitCode).toBe(1)
    expect(refused.output).toMatch(/The shadow database, .* holds data, in orders/)
    expect(drafts(project)).toEqual([])
    expect(await server.query(shadow, 'SELECT * FROM "orders"')).toHaveLength(1)
    await server.query(shadow, 'DELETE FROM "orders"')
    expect(await dev('first')).toMatchObject({ exitCode: 0 })
    expect(await server.query(shadow, 'SELECT * FROM "kept"')).toHaveLength(1) // as Prisma left it: no reason to refuse the next
    expect(await dev('second')).toMatchObject({ exitCode: 0 })
  },
  120_000,
)
