import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunReport } from '../../src/run/report.js'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

const BOTH = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
] as const

/** Several seconds of work for the database, between two statements that each leave a trace. */
const SLOW = {
  sqlite: `INSERT INTO "group" ("name") WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000000) SELECT 'slow' FROM n WHERE i > 5999999;`,
  postgresql: '-- safe-migrate: allow could-not-be-analysed -- it only waits\nSELECT pg_sleep(4);',
}
const SILENT_LOSS = `ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\nUPDATE "BlogPost" SET "slug" = 'x';\n`
const HIDDEN = `UPDATE "BlogPost" SET "Title" = 'gone'`
const migration = (database: keyof typeof SLOW) =>
  `ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n${SLOW[database]}\nALTER TABLE "users" ADD COLUMN "city" TEXT;\n`

function journals(project: TestProject): string[] {
  const folder = path.join(project.dir, '.safe-migrate', 'runs')
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : []
}

/** Steps of the journals that are not among `earlier`. */
function readSteps(project: TestProject, earlier: readonly string[] = []): string[] {
  const lines = journals(project)
    .filter((file) => !earlier.includes(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
  return lines.filter((line) => line.endsWith('}')).map((line) => (JSON.parse(line) as { step: string }).step)
}

/** Starts a run and kills safe-migrate itself (kill -9, Prisma may go on) as soon as its journal shows this step. */
async function killAt(project: TestProject, step: string, args: readonly string[]): Promise<void> {
  const earlier = journals(project)
  const running = project.start(args)
  const deadline = Date.now() + 40_000
  while (!readSteps(project, earlier).includes(step)) {
    if (Date.now() > deadline) throw new Error(`the run never came to "${step}": ${readSteps(project, earlier).join(', ')}`)
    await sleep(2)
  }
  running.kill('SIGKILL')
  await running
}

/** Prisma survives a killed safe-migrate: until it is done, nothing can be settled. */
async function undoWhenPrismaIsDone(project: TestProject): Promise<RunReport> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const result = await project.safeMigrate('status', '--undo', '--json')
    if (!result.stdout.includes('Prisma is still running')) return readReport(result, 'run')
    expect(result.exitCode).toBe(1)
    await sleep(300)
  }
  throw new Error('Prisma never ended')
}

async function setUp(fixture: (typeof BOTH)[number], sql: string): Promise<TestProject> {
  const project = await makeProject(fixture)
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_change', sql)
  return project
}

describe.each(BOTH)('a killed run on $database', (fixture) => {
  it('while Prisma migrates: is explained, a new run is refused, and undo puts everything back', async () => {
    const project = await setUp(fixture, migration(fixture.database))
    const before = await readEverything(project)
    await killAt(project, 'prisma', ['deploy'])
    const status = readReport(await project.safeMigrate('status', '--json'), 'status')
    expect(status.unfinished).toMatchObject({ stage: 'migrating', snapshot: expect.stringMatching(/^\d{8}t/) })
    expect(status.unfinished?.explanation).toContain('interrupted while Prisma was migrating')
    expect(status.next.join()).toContain('safe-migrate status --undo')
    expect(await project.safeMigrate('deploy')).toMatchObject({ exitCode: 1 })
    expect(await undoWhenPrismaIsDone(project)).toMatchObject({ command: 'undo', verdict: 'restored', exitCode: 0 })
    expect(await readEverything(project)).toEqual(before)
  })

  it('after Prisma, before the comparison: a new run is refused, resume finds the loss', async () => {
    const project = await setUp(fixture, SILENT_LOSS)
    for (const statement of hiddenTrigger(fixture.database, HIDDEN)) await project.query(statement)
    const invariant = { name: 'titles', sql: `SELECT "id" FROM "BlogPost" WHERE "Title" = 'gone'`, must: 'return no rows' }
    project.write('safe-migrate.config.json', JSON.stringify({ invariants: [invariant] }))
    await killAt(project, 'migrated', ['deploy'])
    const blocked = await project.safeMigrate('deploy')
    expect(blocked).toMatchObject({ exitCode: 1 })
    expect(blocked.stderr).toContain('safe-migrate status --undo')
    expect(blocked.stderr).toContain('Prisma was done, and the comparison with the database before was not')
    // What is to be judged is in the journal.
    rmSync(path.join(project.dir, 'safe-migrate.config.json'))
    const resumed = readReport(await project.safeMigrate('status', '--resume', '--json'), 'run')
    expect(resumed).toMatchObject({
      verdict: 'lost-kept',
      exitCode: 6,
      differences: [
        { table: 'BlogPost', column: 'Title', count: 80, cause: 'unpredicted' },
        { kind: 'invariant-broken', name: 'titles', count: 80, cause: 'unpredicted' },
      ],
    })
  })
})

describe('a killed run on SQLite', () => {
  it('before the migration: the next run says so and goes on', async () => {
    const project = await setUp(BOTH[0], 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
    await killAt(project, 'snapshot', ['deploy'])
    const status = readReport(await project.safeMigrate('status', '--json'), 'status')
    expect(status.unfinished).toMatchObject({ stage: 'untouched' })
    const next = await project.safeMigrate('deploy')
    expect(next.exitCode).toBe(0)
    expect(next.stderr).toContain('did not come to its end')
    expect(readReport(await project.safeMigrate('status', '--json'), 'status').unfinished).toBeNull()
    expect(readReport(await project.safeMigrate('snapshot', 'list', '--json'), 'snapshots').unusable).toEqual([])
  })

  it('with its snapshot gone: resume does not call it a success', async () => {
    const project = await setUp(BOTH[0], SILENT_LOSS)
    await killAt(project, 'migrated', ['deploy'])
    rmSync(path.join(project.dir, '.safe-migrate', 'snapshots'), { recursive: true })
    expect(readReport(await project.safeMigrate('status', '--resume', '--json'), 'error')).toMatchObject({
      exitCode: 6,
      error: { code: 'unproven' },
    })
    expect((await project.safeMigrate('deploy')).exitCode).toBe(0)
  })
})

describe.each(BOTH)('a killed restore into another $database database', (fixture) => {
  it('is explained by status, and settled by doing it again or by closing it', async () => {
    const project = await makeProject(fixture)
    const other = await makeProject({ ...fixture, base: 'empty' })
    onTestFinished(async () => {
      await project.cleanup()
      await other.cleanup()
    })
    await fillFixture(project, 2000)
    expect((await project.safeMigrate('snapshot', 'create')).exitCode).toBe(0)
    const url = fixture.database === 'sqlite' ? `file:${other.databaseName}` : other.databaseUrl
    const words = ['restore', '--to', url, '--yes']
    const settlings = [['status', '--resume'], words, ['restore', '--only', 'users', '--to', url, '--yes']]
    // What settles it knows no database.
    for (const settle of fixture.database === 'sqlite' ? settlings : settlings.slice(1, 2)) {
      await killAt(project, 'restore', words)
      const status = readReport(await project.safeMigrate('status', '--json'), 'status')
      expect(status.unfinished).toBeNull()
      expect(status.elsewhere).toEqual([expect.stringMatching(/^The restore of \d{8}t\S+ into .+ did not come to its end\. .*never a mix/)])
      expect(status.elsewhere?.[0]).toContain(path.basename(other.databaseName))
      expect(status.next.join('\n')).toContain('--to')
      expect(await project.safeMigrate(...settle)).toMatchObject({ exitCode: 0 })
      const settled = readReport(await project.safeMigrate('status', '--json'), 'status')
      expect(settled.elsewhere).toBeUndefined()
    }
    expect(await project.safeMigrate(...words)).toMatchObject({ exitCode: 0 })
    expect(await readEverything(other)).toEqual(await readEverything(project))
  })
})
