import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { withPrismaClient } from '../helpers/prisma-client.js'
import { readReport } from '../helpers/reports.js'
import { hasTerminal, openSafeMigrate } from '../helpers/terminal.js'

const EVERY = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
  { prisma: 6, database: 'postgresql' },
] as const

async function setUp(fixture: (typeof EVERY)[number]): Promise<TestProject> {
  const project = await makeProject(fixture)
  onTestFinished(() => project.cleanup())
  return project
}

describe.each(EVERY)('restore, Prisma $prisma on $database', (fixture) => {
  it('brings everything back, as Prisma’s own client sees it', async () => {
    const project = await setUp(fixture)
    const user = {
      email: 'änne@example.org',
      name: null,
      role: 'ADMIN',
      followers: 9_007_199_254_740_993n,
      balance: '123456789012.123456',
      settings: { nested: [1, 'two', null], big: 1e300 },
      avatar: new Uint8Array([0, 255, 10, 39]),
      createdAt: new Date('2001-02-03T04:05:06.789Z'),
      ...(fixture.database === 'postgresql' ? { tags: ['a,b', '"q"', ''], scores: [9_007_199_254_740_993n, -1n] } : {}),
    }
    const related = {
      profile: { create: { bio: 'line\nbreak\\' } },
      groups: { create: [{ name: "O'Hara" }] },
      posts: { create: [{ title: 'Ünï', body: null }] },
    }
    await withPrismaClient(project, (client) => client.user.create({ data: { ...user, ...related } }))
    const read = () =>
      withPrismaClient(project, (client) => client.user.findMany({ include: { profile: true, groups: true, posts: true } }))
    const before = await read()
    expect((await project.safeMigrate('snapshot', 'create')).exitCode).toBe(0)
    await project.query('DELETE FROM "users"')
    await project.query('DROP TABLE "Profile"')
    await project.query('CREATE TABLE "Later" ("id" INTEGER PRIMARY KEY)')
    const restored = readReport(await project.safeMigrate('restore', '--yes', '--json'), 'run')
    expect(restored).toMatchObject({ verdict: 'restored', exitCode: 0 })
    expect(await read()).toEqual(before)
    await expect(project.query('SELECT * FROM "Later"')).rejects.toThrow()
    // The next row gets a fresh id, and what was there before the restore can itself be had back.
    await withPrismaClient(project, (client) => client.user.create({ data: { email: 'next@example.org' } }))
    const replaced = restored.recovery.replaced ?? ''
    expect((await project.safeMigrate('restore', replaced, '--yes')).exitCode).toBe(0)
    expect(await project.query('SELECT * FROM "Later"')).toEqual([])
  })

  it('--dry-run says what would change and changes nothing; a protected database needs --yes in a pipeline', async () => {
    const project = await setUp(fixture)
    await fillFixture(project)
    await project.safeMigrate('snapshot', 'create')
    await project.query('DELETE FROM "BlogPost" WHERE "Title" LIKE \'Post 1%\'')
    await project.query(`UPDATE "users" SET "name" = 'changed'`)
    const now = await readEverything(project)
    const plan = readReport(await project.safeMigrate('restore', '--dry-run', '--json'), 'restore-plan')
    expect(plan.tables).toMatchObject([
      { name: 'BlogPost', rowsNow: 40, rowsThen: 80 },
      { name: 'users', rowsNow: 40, rowsThen: 40, columns: ['name'] },
    ])
    await project.safeMigrate('protect')
    const refused = await project.safeMigrate('restore')
    expect(refused).toMatchObject({ exitCode: 1 })
    expect(refused.stderr).toContain('--yes')
    expect(await readEverything(project)).toEqual(now)
  })
})

it('in a terminal asks for the name of the database to be typed', async () => {
  if (!(await hasTerminal('the typed confirmation of a restore'))) return
  const project = await setUp(EVERY[0])
  await fillFixture(project)
  await project.safeMigrate('snapshot', 'create')
  await project.query('DELETE FROM "Profile"')
  const wrong = await openSafeMigrate(project, 'restore')
  onTestFinished(() => wrong.close())
  await wrong.waitFor('Type dev.db to go on')
  await wrong.type('yes')
  await wrong.press('Enter')
  expect(await wrong.waitForExit()).toMatchObject({ exitCode: 1 })
  expect(await project.query('SELECT count(*) AS n FROM "Profile"')).toEqual([{ n: 0 }])
  const right = await openSafeMigrate(project, 'restore')
  onTestFinished(() => right.close())
  await right.waitFor('Type dev.db to go on')
  await right.type('dev.db')
  await right.press('Enter')
  expect(await right.waitForExit()).toMatchObject({ exitCode: 0 })
  expect(await project.query('SELECT count(*) AS n FROM "Profile"')).toEqual([{ n: 40 }])
})
