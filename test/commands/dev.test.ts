import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
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
  await fillFixture(project)
  return project
}

const schemaOf = (project: TestProject) => readFileSync(path.join(project.dir, 'prisma', 'schema.prisma'), 'utf8')
const edit = (project: TestProject, from: RegExp, to: string) => {
  const schema = schemaOf(project)
  if (!from.test(schema)) throw new Error(`the schema has no ${from}`)
  project.write('prisma/schema.prisma', schema.replace(from, to))
}
const drafts = (project: TestProject) => readdirSync(project.migrationsDir).filter((name) => /^202[5-9]|^20[3-9]/.test(name))
const draftSql = (project: TestProject) => readFileSync(path.join(project.migrationsDir, drafts(project)[0] ?? '', 'migration.sql'), 'utf8')
const values = async (project: TestProject, column: string) =>
  Number((await project.query(`SELECT count("${column}") AS n FROM "users"`))[0]?.n)

describe.each(EVERY)('dev, Prisma $prisma on $database', async (fixture) => {
  const runs = await hasTerminal('safe-migrate dev in a terminal')

  it.runIf(runs)('a harmless change: Prisma asks for the name, the draft is judged, applied and compared', async () => {
    const project = await setUp(fixture)
    edit(project, /(\n\s+name\s+String\?)/, '$1\n  nickname String?')
    const terminal = await openSafeMigrate(project, 'dev')
    onTestFinished(() => terminal.close())
    await terminal.waitFor(/Enter a name for the new migration/)
    await terminal.type('add_nickname')
    await terminal.press('Enter')
    const { exitCode, screen } = await terminal.waitForExit()
    expect(screen).toContain('1 migration applied; nothing was lost')
    expect(exitCode).toBe(0)
    expect(drafts(project)).toEqual([expect.stringMatching(/_add_nickname$/)])
    expect(await values(project, 'nickname')).toBe(0)
  })

  it.runIf(runs)('a renamed field: the rewrite is offered, and the values are kept', async () => {
    const project = await setUp(fixture)
    edit(project, /\n(\s+)name\s+String\?/, '\n$1fullName String?')
    const terminal = await openSafeMigrate(project, 'dev', '--name', 'rename')
    onTestFinished(() => terminal.close())
    const before = await values(project, 'name')
    if (
      /Are you sure you want to create this migration/.test(
        await terminal.waitFor(/Are you sure you want to create this migration|so that the values are kept\?/),
      )
    )
      await terminal.type('y')
    const offered = await terminal.waitFor('so that the values are kept?')
    // On SQLite Prisma rebuilds the table, and the rebuild is made to copy the values.
    const rewrite = fixture.database === 'sqlite' ? /"fullName"\) SELECT .*"name" FROM "users"/s : /RENAME COLUMN "name" TO "fullName"/
    expect(offered.replaceAll('│', '')).toMatch(rewrite)
    await terminal.press('Enter')
    const { exitCode, screen } = await terminal.waitForExit()
    expect(screen).toContain('nothing was lost')
    expect(exitCode).toBe(0)
    expect(draftSql(project)).toMatch(rewrite)
    expect(await values(project, 'fullName')).toBe(before)
    const status = await project.prisma(
      'migrate',
      'diff',
      ...(fixture.prisma === 7
        ? ['--from-config-datasource', '--to-schema', 'prisma/schema.prisma']
        : ['--from-schema-datasource', 'prisma/schema.prisma', '--to-schema-datamodel', 'prisma/schema.prisma']),
      '--exit-code',
    )
    expect(status.exitCode).toBe(0)
  })

  it.runIf(runs)('a dropped field: what is at stake is shown; no means nothing was applied, and the draft can be removed', async () => {
    const project = await setUp(fixture)
    edit(project, /\n\s+name\s+String\?/, '')
    const terminal = await openSafeMigrate(project, 'dev', '--name', 'drop')
    onTestFinished(() => terminal.close())
    if (
      /Are you sure you want to create this migration/.test(
        await terminal.waitFor(/Are you sure you want to create this migration|Go on\?/),
      )
    )
      await terminal.type('y')
    const asked = await terminal.waitFor('Go on?')
    expect(asked).toContain('30 values')
    await terminal.press('Enter')
    await terminal.waitFor('What about the draft?')
    await terminal.press('Down', 'Enter')
    const { exitCode } = await terminal.waitForExit()
    expect(exitCode).toBe(1)
    expect(drafts(project)).toEqual([])
    expect(await values(project, 'name')).toBe(30)
  })

  it.runIf(runs)('nothing to do: Prisma says so, no empty migration and no snapshot are left', async () => {
    const project = await setUp(fixture)
    const terminal = await openSafeMigrate(project, 'dev')
    onTestFinished(() => terminal.close())
    const { exitCode, screen } = await terminal.waitForExit()
    expect(screen).toContain('Already in sync')
    expect(exitCode).toBe(0)
    expect(drafts(project)).toEqual([])
    const snapshots = path.join(project.dir, '.safe-migrate', 'snapshots')
    expect(existsSync(snapshots) ? readdirSync(snapshots).filter((name) => !name.startsWith('.')) : []).toEqual([])
  })

  it.runIf(runs)('pending migrations first, each judged and compared; then the draft', async () => {
    const project = await setUp(fixture)
    project.addMigration('20250101000000_drop', 'ALTER TABLE "users" DROP COLUMN "name";\n')
    edit(project, /\n\s+name\s+String\?/, '\n  city String?')
    const terminal = await openSafeMigrate(project, 'dev', '--name', 'add_city')
    onTestFinished(() => terminal.close())
    await terminal.waitFor('Go on?')
    await terminal.type('y')
    const { exitCode, screen } = await terminal.waitForExit(60_000)
    expect(screen).toContain('users.name: the column is gone, with 30 values, as predicted')
    expect(exitCode).toBe(0)
    expect(await values(project, 'city')).toBe(0)
    expect(readdirSync(project.migrationsDir).filter((name) => /_drop$|_add_city$/.test(name))).toHaveLength(2)
  })

  it('without a terminal: pending migrations that lose data stop it', async () => {
    const project = await setUp(fixture)
    project.addMigration('20250101000000_drop', 'ALTER TABLE "users" DROP COLUMN "name";\n')
    const result = await project.safeMigrate('dev')
    expect(result.exitCode).toBe(1)
    expect(await values(project, 'name')).toBe(30)
  })

  it('--create-only writes the draft, shows its findings and applies nothing', async () => {
    const project = await setUp(fixture)
    edit(project, /(\n\s+name\s+String\?)/, '$1\n  nickname String?')
    const result = await project.safeMigrate('dev', '--create-only', '--name', 'later')
    expect(result.output).toContain('Drafted, not applied')
    expect(result.exitCode).toBe(0)
    expect(draftSql(project)).toContain('nickname')
    await expect(values(project, 'nickname')).rejects.toThrow()
  })
})

it('refuses --url, which would put a password in argv and migrate another database than the one that was saved', async () => {
  const project = await setUp(EVERY[0])
  const result = await project.safeMigrate('dev', '--url', 'postgresql://u:secret@h/db')
  expect(result.exitCode).toBe(2)
  expect(result.output).not.toContain('secret')
})

it('a database that is emptied while Prisma drafts, as a reset does, is a loss and nobody else’s doing', async () => {
  const project = await setUp(EVERY[0])
  project.write(
    'prisma.config.ts',
    `import Database from 'better-sqlite3'
if (/prisma[\\\\/]build/.test(process.argv[1] ?? '') && process.argv.includes('--create-only')) {
  const database = new Database(${JSON.stringify(project.databaseName)})
  database.exec('DELETE FROM "Profile"; UPDATE "_prisma_migrations" SET "started_at" = "started_at" + 1')
  database.close()
}
export default { schema: 'prisma/schema.prisma', datasource: { url: process.env.DATABASE_URL } }
`,
  )
  const result = await project.safeMigrate('dev', '--create-only', '--name', 'later', '--on-loss', 'restore')
  expect(result.output).toContain('Profile')
  expect(result.exitCode).toBe(5)
  expect(await project.query('SELECT count(*) AS n FROM "Profile"')).toEqual([{ n: 40 }])
})
