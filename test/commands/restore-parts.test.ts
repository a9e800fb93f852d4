import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'
import { readReport } from '../helpers/reports.js'
import { hasTerminal, openSafeMigrate } from '../helpers/terminal.js'

const BOTH = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
] as const

async function setUp(fixture: (typeof BOTH)[number]): Promise<TestProject> {
  const project = await makeProject(fixture)
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  await project.query(`INSERT INTO "group" ("name") VALUES ('one'), ('two')`)
  await project.query(`INSERT INTO "_GroupToUser" ("A", "B") SELECT 1, "id" FROM "users" WHERE "id" <= 10`)
  return project
}

async function takeSnapshot(project: TestProject): Promise<string> {
  const [snapshot] = readReport(await project.safeMigrate('snapshot', 'create', '--json'), 'snapshots').snapshots
  return snapshot?.id ?? ''
}

describe.each(BOTH)('restore --only, Prisma $prisma on $database', (fixture) => {
  it('puts back the rows of some models, by the names of Prisma, and what it says beforehand is what it does', async () => {
    const project = await setUp(fixture)
    const before = await readEverything(project)
    await takeSnapshot(project)
    await project.query(`DELETE FROM "users" WHERE "id" <= 4`) // with profiles and memberships; posts lose their author
    await project.query(`UPDATE "users" SET "name" = 'changed' WHERE "id" = 5`)
    await project.query(`DELETE FROM "BlogPost" WHERE "Title" LIKE 'Post 1%' AND "Author Id" > 30`)
    const now = await readEverything(project)
    const words = ['restore', '--only', 'User,Profile,_GroupToUser', '--mode', 'missing']
    const planned = readReport(await project.safeMigrate(...words, '--dry-run', '--json'), 'part-restore')
    expect(await readEverything(project)).toEqual(now)
    const numbers = { overwritten: 0, deleted: 0, orphans: 0, remapped: 0 }
    expect(planned).toMatchObject({ verdict: 'planned', mode: 'missing', replaced: null })
    expect([...planned.tables].sort((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { name: 'Profile', inserted: 4, unchanged: 36, ...numbers },
      { name: '_GroupToUser', inserted: 4, unchanged: 6, ...numbers },
      { name: 'users', inserted: 4, unchanged: 36, ...numbers },
    ])
    const done = readReport(await project.safeMigrate(...words, '--yes', '--json'), 'part-restore')
    expect(done).toMatchObject({ verdict: 'restored', tables: planned.tables })
    // A second time there is nothing to do, and the values of rows that were not gone are not touched.
    expect(readReport(await project.safeMigrate(...words, '--yes', '--json'), 'part-restore')).toMatchObject({
      verdict: 'unchanged',
      replaced: null,
    })
    const upsert = await project.safeMigrate('restore', '--skip', 'Group', '--mode', 'upsert', '--yes')
    expect(upsert).toMatchObject({ exitCode: 0 })
    expect(await readEverything(project)).toEqual(before)
    // What was there before each of them can be had back.
    expect(await project.safeMigrate('restore', done.replaced ?? '', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await readEverything(project)).toEqual(now)
  })

  it('knows groups of the configuration, and names the nearest of what it does not know', async () => {
    const project = await setUp(fixture)
    const before = await readEverything(project)
    await takeSnapshot(project)
    project.write('safe-migrate.config.json', JSON.stringify({ groups: { people: ['User', 'Profile'] } }))
    await project.query(`UPDATE "users" SET "balance" = 0`)
    await project.query(`DELETE FROM "Profile"`)
    const done = await project.safeMigrate('restore', '--only', 'people', '--yes')
    expect(done).toMatchObject({ exitCode: 0 })
    expect(done.output.match(/40 inserted/g)).toHaveLength(1)
    expect(await readEverything(project)).toEqual(before)
    const unknown = await project.safeMigrate('restore', '--only', 'Usr', '--dry-run')
    expect(unknown.exitCode).toBe(2)
    expect(unknown.stderr).toContain('There is no model, table or group "Usr"; did you mean User?')
    const history = await project.safeMigrate('restore', '--only', '_prisma_migrations', '--dry-run')
    expect(history).toMatchObject({ exitCode: 2 })
  })

  it('new rows get fresh ids afterwards', async () => {
    const project = await setUp(fixture)
    await takeSnapshot(project)
    await project.query(`DELETE FROM "users" WHERE "id" > 30`)
    if (fixture.database === 'postgresql') await project.query(`SELECT setval('users_id_seq', 30)`)
    else await project.query(`UPDATE sqlite_sequence SET seq = 30 WHERE name = 'users'`)
    await project.safeMigrate('restore', '--only', 'User', '--yes')
    await project.query(`INSERT INTO "users" ("email") VALUES ('next@example.com')`)
    expect(await project.query(`SELECT max("id") AS id FROM "users"`)).toEqual([{ id: 41 }])
  })

  it('into another database: the URL is never printed, and the project’s own is refused', async () => {
    const isPostgresql = fixture.database === 'postgresql'
    const role = isPostgresql ? await (await postgresqlServer()).createRole('other', 'SUPERUSER', 's3cr3t') : null
    if (role !== null) onTestFinished(() => role.drop())
    const project = await setUp(fixture)
    const other = await makeProject(fixture)
    onTestFinished(() => other.cleanup())
    const before = await readEverything(project)
    const id = await takeSnapshot(project)
    await project.query(`DELETE FROM "Profile"`)
    const now = await readEverything(project)
    const env = { ...project.env, OTHER_URL: role?.signIn(other.databaseUrl) ?? `file:${other.databaseName}` }
    const planned = await project.run('node', [safeMigrateScript(project), 'restore', '--to-env', 'OTHER_URL', '--dry-run'], { env })
    expect(planned).toMatchObject({ exitCode: 0 })
    const parts = await project.run(
      'node',
      [safeMigrateScript(project), 'restore', '--to-env', 'OTHER_URL', '--only', 'User,Profile', '--yes', '--json'],
      { env },
    )
    expect(readReport(parts, 'part-restore').tables).toMatchObject([{ inserted: 40 }, { inserted: 40 }])
    const whole = await project.run('node', [safeMigrateScript(project), 'restore', '--to-env', 'OTHER_URL', '--yes', '--json'], { env })
    const report = readReport(whole, 'run')
    expect(report).toMatchObject({ verdict: 'restored', snapshot: { id } })
    expect(report.recovery.replaced).not.toBeNull()
    expect(await readEverything(other)).toEqual(before)
    expect(await readEverything(project)).toEqual(now)
    for (const { output } of [planned, parts, whole]) expect(output).not.toContain('s3cr3t')
    const own = isPostgresql ? project.databaseUrl : `file:${project.databaseName}`
    const refused = await project.safeMigrate('restore', '--to', own, '--yes')
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('own database')
    expect(await project.safeMigrate('restore', '--to-env', 'NOT_SET', '--yes')).toMatchObject({ exitCode: 2 })
  })
})

function safeMigrateScript(_project: TestProject): string {
  return path.resolve(import.meta.dirname, '../../bin/safe-migrate.js')
}

it('finds a snapshot by the time at which it was taken', async () => {
  const project = await setUp(BOTH[0])
  const first = await takeSnapshot(project)
  await sleep(1100)
  const between = new Date().toISOString()
  await sleep(20)
  const second = await takeSnapshot(project)
  const planOf = async (...words: string[]) =>
    readReport(await project.safeMigrate('restore', ...words, '--dry-run', '--json'), 'restore-plan').snapshot
  expect(await planOf('--at', between)).toBe(first)
  expect(await planOf(between)).toBe(first)
  expect(await planOf('--at', new Date().toISOString())).toBe(second)
  expect(await planOf(new Date().toISOString().slice(0, 10))).toBe(second)
  const early = await project.safeMigrate('restore', '--at', '2001-01-01', '--dry-run')
  expect(early).toMatchObject({ exitCode: 1 })
  expect(early.stderr).toContain(first)
  expect(await project.safeMigrate('restore', '--at', 'yesterday', '--dry-run')).toMatchObject({ exitCode: 2 })
})

describe('without a terminal and without --yes', () => {
  it('counts down, and then goes on', async () => {
    const project = await setUp(BOTH[0])
    const before = await readEverything(project)
    await takeSnapshot(project)
    await project.query(`DELETE FROM "Profile"`)
    const result = await project.safeMigrate('restore', '--only', 'Profile')
    expect(result).toMatchObject({ exitCode: 0 })
    expect(result.stderr).toContain('This inserts 40 rows, overwrites 0 rows and deletes 0 rows')
    expect(result.stderr).toMatch(/begins in 5 seconds[\s\S]*begins in 1 second /)
    expect(result.stdout).not.toContain('begins in')
    expect(await readEverything(project)).toEqual(before)
  })

  it.each([
    [['restore'], 'SIGINT'],
    [['restore', '--only', 'Profile'], 'SIGTERM'],
  ] as const)('%j is stopped by %s before anything is changed', async (words, signal) => {
    const project = await setUp(BOTH[0])
    await takeSnapshot(project)
    await project.query(`DELETE FROM "Profile"`)
    const now = await readEverything(project)
    const started = project.start([...words])
    await new Promise<void>((resolve) => {
      started.stderr?.on('data', (chunk: Buffer) => {
        if (String(chunk).includes('4 seconds')) resolve()
      })
    })
    started.kill(signal)
    const { exitCode } = await started
    expect(exitCode).toBe(1)
    expect(await readEverything(project)).toEqual(now)
    expect(readReport(await project.safeMigrate('status', '--json'), 'status').unfinished).toBeNull()
  })
})

it('in a terminal shows the numbers and has the name of the database typed', async () => {
  if (!(await hasTerminal('the typed confirmation of a restore of rows'))) return
  const project = await setUp(BOTH[0])
  const before = await readEverything(project)
  await takeSnapshot(project)
  await project.query(`DELETE FROM "Profile"`)
  const terminal = await openSafeMigrate(project, 'restore', '--only', 'Profile')
  onTestFinished(() => terminal.close())
  await terminal.waitFor('40 inserted')
  await terminal.waitFor('Type dev.db to go on')
  await terminal.type('dev.db')
  await terminal.press('Enter')
  expect(await terminal.waitForExit()).toMatchObject({ exitCode: 0 })
  expect(await readEverything(project)).toEqual(before)
})
