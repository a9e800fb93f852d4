import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

const BOTH = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
] as const

/** Several seconds of work for the database, between two statements that each leave a trace. */
const SLOW = {
  sqlite:
    'INSERT INTO "Profile" ("userId", "bio") WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000000) SELECT 100000 + i, \'x\' FROM n WHERE i > 19999999;',
  postgresql: '-- safe-migrate: allow could-not-be-analysed -- it only waits\nSELECT pg_sleep(4);',
}
const migration = (database: keyof typeof SLOW) =>
  `ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n${SLOW[database]}\nALTER TABLE "users" ADD COLUMN "city" TEXT;\n`

function readSteps(project: TestProject): string[] {
  const folder = path.join(project.dir, '.safe-migrate', 'runs')
  if (!existsSync(folder)) return []
  const newest = readdirSync(folder).sort().at(-1)
  if (newest === undefined) return []
  return readFileSync(path.join(folder, newest), 'utf8')
    .split('\n')
    .slice(1)
    .filter((line) => line.endsWith('}'))
    .map((line) => (JSON.parse(line) as { step: string }).step)
}

/** Starts a run and kills safe-migrate itself (kill -9, Prisma goes on) as soon as its journal shows this step. */
async function killAt(project: TestProject, step: string, args: readonly string[]): Promise<void> {
  const running = project.start(args)
  const deadline = Date.now() + 40_000
  while (!readSteps(project).includes(step)) {
    if (Date.now() > deadline) throw new Error(`the run never came to "${step}": ${readSteps(project).join(', ')}`)
    await sleep(2)
  }
  running.kill('SIGKILL')
  await running
}

/** Prisma survives a killed safe-migrate; a new run refuses while it is still migrating. */
async function waitForPrisma(project: TestProject): Promise<string[]> {
  const refusals: string[] = []
  for (let attempt = 0; attempt < 60; attempt++) {
    const { output } = await project.safeMigrate('status', '--resume', '--json')
    if (!output.includes('Prisma is still running')) return [...refusals, output]
    refusals.push(output)
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
  it('before the migration: the next run says so and goes on', async () => {
    const project = await setUp(fixture, 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
    await killAt(project, 'snapshot', ['deploy'])
    const status = readReport(await project.safeMigrate('status', '--json'), 'status')
    expect(status.unfinished).toMatchObject({ stage: 'untouched' })
    const next = await project.safeMigrate('deploy')
    expect(next.exitCode).toBe(0)
    expect(next.stderr).toContain('did not come to its end')
    expect(readReport(await project.safeMigrate('status', '--json'), 'status').unfinished).toBeNull()
    expect(readReport(await project.safeMigrate('snapshot', 'list', '--json'), 'snapshots').unusable).toEqual([])
  })

  it('while Prisma migrates: is explained, a new run is refused, and undo puts everything back', async () => {
    const project = await setUp(fixture, migration(fixture.database))
    const before = await readEverything(project)
    await killAt(project, 'prisma', ['deploy'])
    const [first, ...others] = await waitForPrisma(project)
    expect(others.length > 0 ? first : 'Prisma is still running').toContain('Prisma is still running')

    project.addMigration('20250102000000_next', 'ALTER TABLE "users" ADD COLUMN "later" TEXT;\n')
    const resumed = others.at(-1) ?? first ?? ''
    expect(JSON.parse(resumed.slice(resumed.indexOf('{')))).toMatchObject({
      report: 'run',
      command: 'resume',
      verdict: 'applied',
      prisma: { applied: ['20250101000000_change'] },
    })
    expect(await readEverything(project)).not.toEqual(before)
  })

  it('after Prisma, before the comparison: resume finds the loss, undo restores', async () => {
    const project = await setUp(
      fixture,
      `-- safe-migrate: allow could-not-be-analysed -- trust me\n${fixture.database === 'sqlite' ? 'ALTER TABLE "users" ADD COLUMN "x" TEXT;' : `DO $$ BEGIN EXECUTE 'UPDATE "BlogPost" SET "Title" = $q$gone$q$'; END $$;`}\n`,
    )
    if (fixture.database === 'sqlite') {
      project.addMigration('20250101000000_change', `ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\nUPDATE "BlogPost" SET "slug" = 'x';\n`)
      await project.query(
        `CREATE TRIGGER "t" AFTER UPDATE ON "BlogPost" BEGIN UPDATE "BlogPost" SET "Title" = 'gone' WHERE "id" = NEW."id"; END`,
      )
    }
    const before = await readEverything(project)
    await killAt(project, 'migrated', ['deploy'])
    const blocked = await project.safeMigrate('deploy')
    expect(blocked).toMatchObject({ exitCode: 1 })
    expect(blocked.stderr).toContain('safe-migrate status --undo')
    expect(blocked.stderr).toContain('Prisma was done, and the comparison with the database before was not')
    const undone = readReport(await project.safeMigrate('status', '--undo', '--json'), 'run')
    expect(undone).toMatchObject({ verdict: 'restored', exitCode: 0 })
    expect(await readEverything(project)).toEqual(before)

    await killAt(project, 'migrated', ['deploy'])
    const resumed = readReport(await project.safeMigrate('status', '--resume', '--json'), 'run')
    expect(resumed).toMatchObject({
      verdict: 'lost-kept',
      exitCode: 6,
      differences: [{ table: 'BlogPost', column: 'Title', count: 80, cause: 'unpredicted' }],
    })
  })

  it('while restoring: the next command restores again', async () => {
    const project = await setUp(
      fixture,
      'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\nINSERT INTO "Profile" ("userId", "bio") VALUES (1, \'twice\');\n',
    )
    const before = await readEverything(project)
    await killAt(project, 'restore', ['deploy', '--on-failure', 'restore'])
    expect(readReport(await project.safeMigrate('status', '--json'), 'status').unfinished).toMatchObject({ stage: 'restoring' })
    const resumed = readReport(await project.safeMigrate('status', '--resume', '--json'), 'run')
    expect(resumed).toMatchObject({ verdict: 'failed-restored', exitCode: 3 })
    expect(await readEverything(project)).toEqual(before)
  })
})

describe.each(BOTH)('two runs on one $database database', (fixture) => {
  it('the second waits, then says who holds it', async () => {
    const project = await setUp(fixture, migration(fixture.database))
    project.write('safe-migrate.config.json', '{ "lockTimeout": 300 }')
    const first = project.start(['deploy'])
    while (!readSteps(project).includes('prisma')) await sleep(5)
    const second = readReport(await project.safeMigrate('deploy', '--json'), 'error')
    expect(second).toMatchObject({ exitCode: 2, error: { code: 'locked' } })
    expect(second.error.why).toBeTruthy()
    expect((await first).exitCode).toBe(0)
  })
})
