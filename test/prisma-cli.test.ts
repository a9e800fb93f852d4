import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeProject, type ProjectOptions, type TestProject } from './helpers/make-project.js'
import { type FixtureDatabase, fixtureDir } from './helpers/paths.js'
import { hasTerminal, openPrisma, type Terminal } from './helpers/terminal.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp()
})

async function make(options: ProjectOptions): Promise<TestProject> {
  const project = await makeProject(options)
  cleanups.push(() => project.cleanup())
  return project
}

async function open(project: TestProject, ...args: string[]): Promise<Terminal> {
  const terminal = await openPrisma(project, ...args)
  cleanups.push(() => terminal.close())
  return terminal
}

/** The models of the fixture, to be changed. */
function models(database: FixtureDatabase): string {
  const schema = readFileSync(join(fixtureDir(7, database), 'prisma', 'schema.prisma'), 'utf8')
  return schema.slice(schema.indexOf('///'))
}

const FIXTURES = [
  { prisma: 7, database: 'postgresql' },
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'postgresql' },
  { prisma: 6, database: 'sqlite' },
] as const

describe.each(FIXTURES)('Prisma $prisma on $database', (fixture) => {
  it('deploys what is pending and keeps the history', async () => {
    const project = await make({ ...fixture, base: 'pending' })
    const deployed = await project.prisma('migrate', 'deploy')
    expect(deployed.output).toContain('Applying migration `20240102030405_init`')
    expect(deployed.output).toContain('All migrations have been successfully applied.')
    expect(deployed.exitCode).toBe(0)
    expect(await project.query('SELECT migration_name, applied_steps_count FROM _prisma_migrations ORDER BY 1')).toEqual([
      { migration_name: '20240102030405_init', applied_steps_count: 1 },
      { migration_name: '20240203040506_groups', applied_steps_count: 1 },
    ])
  })

  it('tells the status', async () => {
    const project = await make(fixture)
    expect((await project.prisma('migrate', 'status')).output).toContain('Database schema is up to date!')
    project.addMigration('20250101000000_more', 'CREATE TABLE more (id INTEGER);')
    const { exitCode, output } = await project.prisma('migrate', 'status')
    expect(output).toContain('20250101000000_more')
    expect(exitCode).toBe(1)
  })
})

const isTerminalThere = await hasTerminal('prisma migrate dev in a terminal')

describe.skipIf(!isTerminalThere).each(FIXTURES)('migrate dev of Prisma $prisma on $database', (fixture) => {
  it('asks for a name, writes the migration and applies it', async () => {
    const project = await make(fixture)
    project.setModels(`${models(fixture.database)}\nmodel Thing {\n  id Int @id\n}`)
    const terminal = await open(project, 'migrate', 'dev')
    await terminal.waitFor('Enter a name for the new migration')
    await terminal.type('add thing')
    await terminal.press('Enter')
    const { exitCode, screen } = await terminal.waitForExit()
    expect(screen).toMatch(/Applying migration `\d{14}_add_thing`/)
    expect(exitCode).toBe(0)
    expect(await project.query('SELECT * FROM "Thing"')).toEqual([])
  })

  it('warns of data that the new migration would lose, and applies nothing when declined', async () => {
    const project = await make(fixture)
    await project.query('INSERT INTO "group" (name) VALUES (\'here\')')
    project.setModels(
      models(fixture.database)
        .replace(/model Group \{[^}]*\}/, '')
        .replace('groups    Group[]', ''),
    )
    const terminal = await open(project, 'migrate', 'dev')
    await terminal.waitFor('You are about to drop the `group` table, which is not empty (1 rows).')
    await terminal.waitFor('Are you sure you want to create and apply this migration?')
    await terminal.press('n', 'Enter')
    await terminal.waitForExit()
    expect(await project.query('SELECT name FROM "group"')).toEqual([{ name: 'here' }])
  })

  it('applies what is pending also when it is only to create', async () => {
    const project = await make({
      ...fixture,
      migrations: [{ name: '20250101000000_pending', sql: 'CREATE TABLE "Thing" ("id" INTEGER NOT NULL PRIMARY KEY);' }],
    })
    project.setModels(`${models(fixture.database)}\nmodel Thing {\n  id   Int @id\n  more Int?\n}`)
    const { exitCode, screen } = await (await open(project, 'migrate', 'dev', '--create-only', '--name', 'more')).waitForExit()
    expect(screen).toContain('Applying migration `20250101000000_pending`')
    expect(screen).toMatch(/created the following migration without applying it \d{14}_more/)
    expect(exitCode).toBe(0)
    expect(await project.query('SELECT * FROM "Thing"')).toEqual([])
    await expect(project.query('SELECT more FROM "Thing"')).rejects.toThrow('more')
  })

  it('stops at a database that has drifted', async () => {
    const project = await make(fixture)
    await project.query('ALTER TABLE "Profile" ADD COLUMN "stray" TEXT')
    const terminal = await open(project, 'migrate', 'dev')
    await terminal.waitFor('Drift detected')
    await terminal.waitFor('Added column `stray`')
    const { exitCode } = await terminal.waitForExit()
    expect(exitCode).toBe(130)
  })

  it('stops at a migration that does not apply to the shadow database', async () => {
    const project = await make({ ...fixture, migrations: [{ name: '20250101000000_bad', sql: 'SELECT missing FROM nowhere;' }] })
    const { exitCode, screen } = await (await open(project, 'migrate', 'dev', '--name', 'x')).waitForExit()
    expect(screen).toMatch(/P3006|P3018/)
    expect(screen).toContain('nowhere')
    expect(exitCode).toBe(1)
  })
})
