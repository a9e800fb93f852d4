import { expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { hasTerminal, openSafeMigrate, type Terminal } from '../helpers/terminal.js'

const runs = await hasTerminal('safe-migrate deploy in a terminal')

async function setUp(database: 'sqlite' | 'postgresql', sql: string): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_change', sql)
  return project
}

async function deploy(project: TestProject): Promise<Terminal> {
  const terminal = await openSafeMigrate(project, 'deploy')
  onTestFinished(() => terminal.close())
  return terminal
}

it.runIf(runs)('asks with everything at stake on one screen; No changes nothing, Yes goes on', async () => {
  const project = await setUp('sqlite', 'ALTER TABLE "users" DROP COLUMN "name";\n')
  const before = await readEverything(project)
  const declined = await deploy(project)
  const asked = await declined.waitFor('Go on?')
  expect(asked).toContain('users.name')
  expect(asked).toContain('30 values')
  await declined.press('Enter')
  expect(await declined.waitForExit()).toMatchObject({ exitCode: 1, screen: expect.stringContaining('Stopped before any change') })
  expect(await readEverything(project)).toEqual(before)

  const accepted = await deploy(project)
  await accepted.waitFor('Go on?')
  await accepted.type('y')
  const { exitCode, screen } = await accepted.waitForExit()
  expect(screen).toContain('only what was accepted is gone')
  expect(exitCode).toBe(0)
})

it.runIf(runs)('Ctrl-C at the question is a No', async () => {
  const project = await setUp('sqlite', 'DROP TABLE "Profile";\n')
  const terminal = await deploy(project)
  await terminal.waitFor('Go on?')
  await terminal.press('C-c')
  expect((await terminal.waitForExit()).exitCode).toBe(1)
  expect(await project.query('SELECT count(*) AS n FROM "Profile"')).toEqual([{ n: 40 }])
})

it.runIf(runs)('what is catastrophic must be typed', async () => {
  const project = await setUp('postgresql', 'TRUNCATE "users" CASCADE;\n')
  const terminal = await deploy(project)
  await terminal.waitFor('Type users to go on')
  await terminal.type('y')
  await terminal.press('Enter')
  expect((await terminal.waitForExit()).exitCode).toBe(1)
  expect(await project.query('SELECT count(*)::int AS n FROM "users"')).toEqual([{ n: 40 }])
})

it.runIf(runs).each(['sqlite', 'postgresql'] as const)('a loss on %s: asks, and restores or salvages', async (database) => {
  const isSalvaged = database === 'sqlite'
  const project = await setUp(database, 'ALTER TABLE "Profile" ADD COLUMN "slug" TEXT;\n')
  const bios = await project.query('SELECT "userId", "bio" FROM "Profile" ORDER BY 1')
  for (const statement of hiddenTrigger(database, 'DELETE FROM "Profile"')) await project.query(statement)
  const before = await readEverything(project)
  const terminal = await deploy(project)
  const asked = await terminal.waitFor('What now?')
  expect(asked).toMatch(/Profile: (all )?40 (of 40 )?rows/)
  await terminal.press(...(isSalvaged ? ['Down'] : []), 'Enter')
  if (isSalvaged) {
    expect(await terminal.waitFor('Salvage like this?')).toContain('Profile  40 rows back')
    await terminal.press('Enter')
  }
  const { exitCode, screen } = await terminal.waitForExit()
  expect(screen).toContain(isSalvaged ? '40 rows and 0 values were put back' : 'Restored, and compared with the snapshot: equal')
  expect(exitCode).toBe(5)
  if (isSalvaged) expect(await project.query('SELECT "userId", "bio" FROM "Profile" WHERE "slug" IS NULL ORDER BY 1')).toEqual(bios)
  else expect(await readEverything(project)).toEqual(before)
})
