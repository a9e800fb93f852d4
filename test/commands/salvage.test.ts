import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { whyNotTaken } from '../../src/run/salvage-lost.js'
import { REASONS } from '../../src/snapshots/salvage/salvage-part.js'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

const BOTH = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
] as const

const SILENT_LOSS = `ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\nUPDATE "BlogPost" SET "slug" = 'post';\n`
const SHOUT = `UPDATE "BlogPost" SET "Title" = upper("Title")`
const FIRST_POST = '00000000-0000-4000-8000-000000000011'
const SECOND_POST = '00000000-0000-4000-8000-000000000012'
const THIRD_POST = '00000000-0000-4000-8000-000000000021'

async function setUp(fixture: (typeof BOTH)[number], sql: string, ...hidden: readonly string[]): Promise<TestProject> {
  const project = await makeProject(fixture)
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_change', sql)
  for (const statement of hidden) await project.query(statement)
  return project
}

/** Without the columns that the migration adds, and without the history. */
async function withoutSlug(project: TestProject) {
  const { _prisma_migrations: _, ...tables } = await readEverything(project)
  const strip = (row: string) => row.replace(/,"(?:slug|note)":(?:"post"|null)/, '')
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows?.map(strip) ?? null]))
}

function steps(project: TestProject): string[] {
  const folder = path.join(project.dir, '.safe-migrate', 'runs')
  if (!existsSync(folder)) return []
  const lines = readdirSync(folder).flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n').slice(1))
  return lines.filter((line) => line.endsWith('}')).map((line) => (JSON.parse(line) as { step: string }).step)
}

describe.each(BOTH)('salvage on $database', (fixture) => {
  it('deploy puts back what a trigger deleted, with all that a cascade took along, and what it changed; the new schema stays', async () => {
    const loss = `DELETE FROM "users" WHERE "id" IN (SELECT "id" FROM "users" ORDER BY "id" LIMIT 3)`
    // Each update of Prisma's table sets the trigger off: it must come to the same.
    const hidden = hiddenTrigger(
      fixture.database,
      `${loss.replace('LIMIT 3', 'LIMIT max(0, (SELECT count(*) FROM "users") - 37)')}; ${SHOUT}`,
    )
    const statements = fixture.database === 'sqlite' ? hidden : hidden.map((sql) => sql.replace('max(0, ', 'greatest(0, '))
    const more = `ALTER TABLE "users" ADD COLUMN "note" TEXT;\nALTER TABLE "Profile" ADD COLUMN "note" TEXT;\n`
    const project = await setUp(fixture, `${SILENT_LOSS}${more}`, ...statements)
    const before = await withoutSlug(project)
    const report = readReport(await project.safeMigrate('deploy', '--on-loss', 'salvage', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'lost-salvaged', exitCode: 5, recovery: { done: 'salvaged', problem: null } })
    const { tables = [], sideTables } = report.recovery.salvage ?? {}
    expect(Object.fromEntries(tables.map(({ name, inserted }) => [name, inserted]))).toEqual({ users: 3, Profile: 3, BlogPost: 0 })
    expect(tables.find(({ name }) => name === 'BlogPost')?.values).toEqual(
      expect.arrayContaining([
        { column: 'Author Id', written: 6 },
        { column: 'Title', written: 80 },
      ]),
    )
    expect(sideTables).toEqual([])
    expect(await withoutSlug(project)).toEqual(before)
    // The new schema is still there.
    expect(await project.query(`SELECT count(*) AS n FROM "BlogPost" WHERE "slug" = 'post'`)).toEqual([
      { n: fixture.database === 'sqlite' ? 80 : '80' },
    ])
    expect((await project.safeMigrate('deploy')).exitCode).toBe(0)
  })

  it('hours after a run that nobody watched: what users wrote since stays, all the rest is back, theirs is in a side table where Prisma does not look', async () => {
    const project = await setUp(
      fixture,
      SILENT_LOSS,
      ...hiddenTrigger(fixture.database, `${SHOUT}; DELETE FROM "BlogPost" WHERE "id" = '${THIRD_POST}'`),
    )
    const before = await withoutSlug(project)
    const kept = await project.safeMigrate('deploy')
    expect(kept.exitCode).toBe(6)
    expect(kept.stdout).toContain('safe-migrate salvage ')
    await project.query(`UPDATE "BlogPost" SET "Title" = 'by a user' WHERE "id" = '${FIRST_POST}'`)
    // The same text by a user: it is theirs.
    await project.query(`UPDATE "BlogPost" SET "Title" = upper("Title") WHERE "id" = '${SECOND_POST}'`)
    // Told only where rows tell when they were written.
    const back = fixture.database === 'sqlite' ? 78 : 77
    const planned = readReport(await project.safeMigrate('salvage', '--dry-run', '--json'), 'salvage')
    expect(planned).toMatchObject({ verdict: 'planned', tables: [{ name: 'BlogPost', inserted: 1 }] })
    const refused = await project.safeMigrate('salvage')
    expect(refused.exitCode).toBe(1)
    expect(refused.output).toContain('--yes')
    const done = readReport(await project.safeMigrate('salvage', '--yes', '--json'), 'salvage')
    expect(done.verdict).toBe('salvaged')
    expect(done.next.join()).toMatch(/safe-migrate diff \S+$/)
    expect(done.tables).toEqual([
      {
        schema: fixture.database === 'sqlite' ? null : 'public',
        name: 'BlogPost',
        inserted: 1,
        values: [{ column: 'Title', written: back }],
        aside: [{ column: 'Title', count: 79 - back, why: REASONS.changed }],
      },
    ])
    expect(await project.query(`SELECT "Title" AS t FROM "BlogPost" WHERE "id" = '${FIRST_POST}'`)).toEqual([{ t: 'by a user' }])
    const seen = await project.prisma('db', 'pull', '--print')
    expect(seen.stdout).toContain('@@map("BlogPost")')
    expect(seen.stdout).not.toMatch(/BlogPost_values|salvage/)
    await project.query(done.sideTables[0]?.statements.join('\n') ?? '')
    expect(await withoutSlug(project)).toEqual(before)
    expect(readReport(await project.safeMigrate('salvage', '--dry-run', '--json'), 'salvage').verdict).toBe('unchanged')
  })

  // Before the commit is the same everywhere; after it, each database tells in its own way what became of it.
  const moments = fixture.database === 'sqlite' ? ['rows', 'commit'] : ['commit']

  it.each(moments)('killed at "%s": it is done or not at all, the next command says which and finishes it', async (step) => {
    const project = await setUp(fixture, SILENT_LOSS, ...hiddenTrigger(fixture.database, SHOUT))
    const before = await withoutSlug(project)
    const running = project.start(['deploy', '--on-loss', 'salvage'])
    for (const deadline = Date.now() + 60_000; !steps(project).includes(step); await sleep(1))
      if (Date.now() > deadline) throw new Error(`never came to ${step}: ${steps(project).join(', ')}`)
    running.kill('SIGKILL')
    await running
    const [row] = await project.query(`SELECT count(*) AS n FROM "BlogPost" WHERE "Title" = upper("Title")`)
    expect(['0', '80']).toContain(String(row?.n))
    const status = await project.safeMigrate('status')
    expect(status.stdout).toMatch(/The salvage of BlogPost .* did not come to its end/)
    const resumed = readReport(await project.safeMigrate('status', '--resume', '--on-loss', 'salvage', '--json'), 'run')
    expect(resumed).toMatchObject({ verdict: 'lost-salvaged', exitCode: 5, recovery: { done: 'salvaged' } })
    expect(await withoutSlug(project)).toEqual(before)
    expect(readReport(await project.safeMigrate('status', '--json'), 'status').unfinished).toBeNull()
  })
})

test('what the migrations left is kept for later unless it takes long, or comes too late', () => {
  expect(whyNotTaken(false, 59)).toBeNull()
  expect(whyNotTaken(false, 61)).toContain('took 61 seconds')
  expect(whyNotTaken(true)).toBe('')
})

describe('salvage on postgresql, what only it can lose this way', () => {
  it('a cast that rounded, a column and a table that went: all in side tables, and the verdict says so', async () => {
    const hidden = hiddenTrigger(
      'postgresql',
      `ALTER TABLE "users" ALTER COLUMN "balance" TYPE numeric(10,1); ALTER TABLE "users" DROP COLUMN IF EXISTS "name"; DROP TABLE IF EXISTS "Profile"`,
    )
    const project = await setUp({ prisma: 7, database: 'postgresql' }, `ALTER TABLE "users" ADD COLUMN "full_name" TEXT;\n`, ...hidden)
    const names = await project.query(`SELECT "id", "name" FROM "users" WHERE "name" IS NOT NULL ORDER BY 1`)
    const balances = await project.query(`SELECT "id", "balance"::text FROM "users" ORDER BY 1`)
    const result = await project.safeMigrate('deploy', '--on-loss', 'salvage')
    expect(result.exitCode).toBe(5)
    expect(result.stdout).toContain('0 rows and 0 values were put back')
    expect(result.stdout).toContain('_safe_migrate_salvage')
    const side = await project.query(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = '_safe_migrate_salvage'::regnamespace ORDER BY 1`,
    )
    expect(side.map(({ name }) => String(name).replace(/_\d.*/, ''))).toEqual(['Profile_rows', 'users_values'])
    const statements = result.stdout.split('\n').filter((line) => /^\s+(?:UPDATE|ALTER) .*"users"/.test(line))
    await project.query(statements.join('\n'))
    expect(await project.query(`SELECT "id", "full_name" AS name FROM "users" WHERE "full_name" IS NOT NULL ORDER BY 1`)).toEqual(names)
    expect(await project.query(`SELECT "id", "balance"::text FROM "users" ORDER BY 1`)).toEqual(balances)
  })
})
