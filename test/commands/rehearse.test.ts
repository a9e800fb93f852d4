import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunReport } from '../../src/run/report.js'
import { isRunning } from '../../src/util/running-process.js'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type ProjectOptions, type TestProject } from '../helpers/make-project.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'
import { readReport } from '../helpers/reports.js'

const EVERY = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
  { prisma: 6, database: 'postgresql' },
] as const
const BOTH = [EVERY[0], EVERY[1]] as const

const ADD = 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n'
/** No statement of a migration touches this table: only on a copy is it certain that nobody else did. */
const HIDDEN = `DELETE FROM "BlogPost"`
/** All rows written anew, and slow enough to be seen. */
const REWRITE = {
  sqlite: `PRAGMA foreign_keys=OFF;
CREATE TABLE "new_group" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL DEFAULT 'x');
INSERT INTO "new_group" ("id", "name") SELECT "id", "name" FROM "group";
DROP TABLE "group";
ALTER TABLE "new_group" RENAME TO "group";
PRAGMA foreign_keys=ON;\n`,
  postgresql: `-- safe-migrate: allow alter-column-type group.name -- it only waits
ALTER TABLE "group" ALTER COLUMN "name" TYPE TEXT USING "name" || coalesce(pg_sleep(0.5)::text, '');\n`,
} as const
/** Long enough to be killed in. */
const SLOW = '-- safe-migrate: allow could-not-be-analysed -- it only waits\nSELECT pg_sleep(30);'

async function setUp(options: ProjectOptions, name: string, sql: string): Promise<TestProject> {
  const project = await makeProject(options)
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  await project.query(`INSERT INTO "group" ("name") VALUES ('a')`)
  project.addMigration(name, sql)
  return project
}

/** The URL is in the schema or the configuration itself. */
function writeOut(project: TestProject): void {
  const file = path.join(project.dir, project.prismaMajor === 7 ? 'prisma.config.ts' : 'prisma/schema.prisma')
  const url = project.provider === 'sqlite' ? `file:${project.databaseName}` : project.databaseUrl
  const text = readFileSync(file, 'utf8').replaceAll(/env\(["'](?:DATABASE_URL|DIRECT_URL)["']\)/g, JSON.stringify(url))
  expect(text).not.toContain('env(')
  writeFileSync(file, text.replace('import { defineConfig, env }', 'import { defineConfig }'))
}

/** Folders in the store and beside it, and databases on the server, that are not the project's own. */
async function leftovers(project: TestProject): Promise<readonly string[]> {
  const data = path.join(project.dir, '.safe-migrate')
  const list = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])
  const folders = [...list(data).filter((name) => name.startsWith('.rehearsal-')), ...list(path.join(data, 'snapshots'))]
  const files = folders.filter((name) => name !== '.gitignore')
  if (project.provider === 'sqlite') return files
  const server = await postgresqlServer()
  const sql = 'SELECT datname FROM pg_database WHERE starts_with(datname::text, $1)'
  const rows = await server.query<{ datname: string }>('postgres', sql, [`${project.databaseName}__safe_migrate`])
  return [...files, ...rows.map(({ datname }) => datname)]
}

const run = async (project: TestProject, ...words: string[]): Promise<RunReport> =>
  readReport(await project.safeMigrate(...words, '--json'), 'run')

describe.each(EVERY)('rehearse, Prisma $prisma on $database', (fixture) => {
  it('migrates a copy and nothing else, also where the URL is written out; says how long it took; leaves nothing', async () => {
    const project = await setUp(fixture, '20250101000000_rewrite', REWRITE[fixture.database])
    writeOut(project)
    const before = await readEverything(project)
    const report = await run(project, 'rehearse')
    expect(report).toMatchObject({ command: 'rehearse', verdict: 'rehearsed', exitCode: 0, prisma: null, snapshot: null })
    const { rehearsal } = report
    expect(rehearsal).toMatchObject({ verdict: 'good', exitCode: 0, failed: null, problem: null, warnings: [] })
    expect(rehearsal?.migrations).toEqual([{ name: '20250101000000_rewrite', seconds: expect.any(Number) }])
    expect(rehearsal?.differences.filter(({ weight }) => weight === 'loss')).toEqual([])
    const place = { table: 'group', statement: { migration: '20250101000000_rewrite', line: 2 } }
    expect(rehearsal?.rewritten).toMatchObject([place])
    if (fixture.database === 'postgresql') {
      expect(rehearsal?.locks).toMatchObject([{ ...place, mode: 'AccessExclusiveLock', blocks: 'reads and writes' }])
      expect(rehearsal?.locks[0]?.seconds).toBeGreaterThan(0)
      expect(rehearsal?.statements).toMatchObject([{ line: 2, seconds: expect.any(Number) }])
    }
    expect(await readEverything(project)).toEqual(before)
    expect(await leftovers(project)).toEqual([])
  })
})

describe.each(BOTH)('deploy with a rehearsal on $database', (fixture) => {
  it('stops before any change when tables lose rows that no finding predicted and no statement names; mended, it applies', async () => {
    const project = await setUp(fixture, '20250101000000_add', ADD)
    for (const statement of hiddenTrigger(fixture.database, HIDDEN)) await project.query(statement)
    const before = await readEverything(project)
    const report = await run(project, 'deploy', '--rehearse')
    expect(report).toMatchObject({ verdict: 'rehearsal-bad', exitCode: 1, prisma: null, rehearsal: { verdict: 'bad', exitCode: 0 } })
    expect(report.rehearsal?.differences).toMatchObject([{ kind: 'rows-lost', table: 'BlogPost', count: 80, cause: 'unpredicted' }])
    expect(await leftovers(project)).toEqual([report.snapshot?.id])
    expect(await readEverything(project)).toEqual(before)
    await project.query(`DROP TRIGGER "hidden"${fixture.database === 'postgresql' ? ' ON "_prisma_migrations"' : ''}`)
    project.write('safe-migrate.config.json', '{ "rehearse": true }')
    const mended = await run(project, 'deploy')
    expect(mended).toMatchObject({ verdict: 'applied', exitCode: 0, rehearsal: { verdict: 'good' }, differences: [] })
    expect(mended.rehearsal?.snapshot).toBe(mended.snapshot?.id)
    expect((await project.query('SELECT "nickname" FROM "users"')).length).toBe(40)
    expect(await leftovers(project)).toEqual([report.snapshot?.id, mended.snapshot?.id])
  })
})

it('a migration that fails on the copy, half of it done, stops a deploy whose configuration says rehearse', async () => {
  const name = '20250101000000_fails'
  const project = await setUp(EVERY[0], name, `${ADD}INSERT INTO "Profile" ("userId", "bio") VALUES (1, 'twice');\n`)
  project.write('safe-migrate.config.json', '{ "rehearse": true }')
  const before = await readEverything(project)
  const report = await run(project, 'deploy')
  expect(report).toMatchObject({ verdict: 'rehearsal-bad', exitCode: 1, prisma: null, rehearsal: { verdict: 'bad', failed: { name } } })
  expect(report.rehearsal?.failed?.message).toMatch(/unique/i)
  expect(report.rehearsal?.migrations).toEqual([{ name, seconds: null }])
  expect(await readEverything(project)).toEqual(before)
  expect(await leftovers(project)).toEqual([report.snapshot?.id])
})

it('a killed rehearsal had not touched the database; the next command ends its Prisma, and removes its copy and its snapshot', async () => {
  const project = await setUp(EVERY[1], '20250101000000_slow', `${ADD}${SLOW}\n`)
  const before = await readEverything(project)
  const running = project.start(['rehearse'])
  const prisma = await prismaOf(project)
  running.kill('SIGKILL')
  await running
  expect((await leftovers(project)).length).toBeGreaterThanOrEqual(2)
  const status = readReport(await project.safeMigrate('status', '--json'), 'status')
  expect(status.unfinished).toMatchObject({ stage: 'untouched', explanation: expect.stringContaining('rehearsing on a copy') })
  expect(await run(project, 'status', '--resume')).toMatchObject({ verdict: 'abandoned', exitCode: 0 })
  expect(await leftovers(project)).toEqual([])
  expect(isRunning(prisma, 'prisma')).toBe(false)
  expect(await readEverything(project)).toEqual(before)
})
/** The process of the rehearsal's Prisma, once its journal names it. */
async function prismaOf(project: TestProject): Promise<number> {
  const folder = path.join(project.dir, '.safe-migrate', 'runs')
  for (let attempt = 0; attempt < 2000; attempt++, await sleep(20)) {
    const texts = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8')) : []
    const [, pid] = /"step":"rehearsal-prisma".*"pid":(\d+)/.exec(texts.join('\n')) ?? []
    if (pid !== undefined) return Number(pid)
  }
  throw new Error('the rehearsal never came to Prisma')
}
