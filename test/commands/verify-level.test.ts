import { describe, expect, it, onTestFinished, test } from 'vitest'
import { whyAnother } from '../../src/run/rehearse-first.js'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

const BACKFILL = `ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\nUPDATE "BlogPost" SET "slug" = 'post';\n`
const CHANGES_VALUES = `UPDATE "BlogPost" SET "Title" = upper("Title")`
const DELETES_ROWS = `DELETE FROM "BlogPost" WHERE "Title" IN (SELECT min("Title") FROM "BlogPost" HAVING count(*) > 5)`

async function setUp(database: 'sqlite' | 'postgresql', verify: unknown, hidden: string) {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  for (const sql of hiddenTrigger(database, hidden)) await project.query(sql)
  project.addMigration('20250101000000_slug', BACKFILL)
  project.write('safe-migrate.config.mjs', `export default { verify: ${JSON.stringify(verify)} }\n`)
  return project
}

async function deployWith(database: 'sqlite' | 'postgresql', verify: unknown, hidden: string) {
  const project = await setUp(database, verify, hidden)
  const before = await readEverything(project)
  return { project, before, report: readReport(await project.safeMigrate('deploy', '--json'), 'run') }
}

test('why a rehearsal is followed by another snapshot: what was not read cannot be told to be the same', () => {
  const table = (name: string, level: object = {}) => ({ schema: 'public', name, ...level })
  expect(whyAnother([table('User'), table('_prisma_migrations', { level: 'counts' })])).toContain('Something was written')
  expect(whyAnother([table('User'), table('Post', { level: 'counts' })])).toContain(
    'cannot be told, as the values of Post were not read (verify)',
  )
})

describe.each(['sqlite', 'postgresql'] as const)('verify on %s', (database) => {
  it('counts: what it did not look at is named, and nothing is claimed of it; a restore brings all of it back', async () => {
    const { project, before, report } = await deployWith(database, { tables: { BlogPost: 'counts' } }, CHANGES_VALUES)
    expect(report.verdict).toBe('applied')
    expect(report.differences.map(({ kind, weight, message }) => [kind, weight, message])).toEqual([
      ['compared-less', 'notice', 'BlogPost: only rows and keys were compared, not the values in them, as verify says'],
    ])
    expect((await project.safeMigrate('snapshot', 'verify', '--restore')).exitCode).toBe(0)
    const diff = report.next.flatMap((line) => /compare every value.*: safe-migrate (diff .*)$/.exec(line)?.[1] ?? []).join()
    expect((await project.safeMigrate(...diff.split(' '))).stdout).toMatch(/BlogPost {2}80 → 80 rows {2}80 rows changed/)
    const planned = (await project.safeMigrate('restore', '--dry-run')).stdout
    expect(planned).toContain('BlogPost: only rows and keys were compared, not the values in them, as the snapshot was taken so (verify)')
    expect((await project.safeMigrate('restore', '--yes')).exitCode).toBe(0)
    expect(await readEverything(project)).toEqual(before)
  })

  it('counts: rows that are gone are still seen, in every table', async () => {
    const { report } = await deployWith(database, { level: 'counts' }, DELETES_ROWS)
    expect(report).toMatchObject({ verdict: 'lost-kept', exitCode: 6 })
    expect(report.differences).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'rows-lost', table: 'BlogPost', cause: 'unpredicted' })]),
    )
  })

  it('columns: values that changed are an alarm without their rows', async () => {
    const { report } = await deployWith(database, { level: 'columns' }, CHANGES_VALUES)
    expect(report.verdict).toBe('lost-kept')
    expect(report.differences).toMatchObject([{ kind: 'values-changed', table: 'BlogPost', column: 'Title', count: null, keys: [] }])
  })

  it('budget: what there was no time for is said', async () => {
    const project = await setUp(database, { budget: 1 }, 'DELETE FROM "users" WHERE 1 = 0')
    const { stdout, stderr, exitCode } = await project.safeMigrate('deploy')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/: only rows and keys were compared, not the values in them, as the time that verify.budget allows was used up/)
    expect(stdout).toContain('nothing was lost in what was compared')
  })
})
