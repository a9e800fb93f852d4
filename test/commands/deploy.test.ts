import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type ProjectOptions, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

const EVERY = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
  { prisma: 6, database: 'postgresql' },
] as const

/** The column `slug` is new, so the backfill looks harmless; every title changes all the same. */
const SILENT_LOSS = `ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\nUPDATE "BlogPost" SET "slug" = 'post';\n`
const HIDDEN = `UPDATE "BlogPost" SET "Title" = upper("Title")`

async function setUp(options: ProjectOptions, ...migrations: readonly [string, string][]): Promise<TestProject> {
  const project = await makeProject(options)
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  for (const [name, sql] of migrations) project.addMigration(name, sql)
  return project
}

const snapshotsOf = (project: TestProject) => {
  const folder = path.join(project.dir, '.safe-migrate', 'snapshots')
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : []
}
const count = async (project: TestProject, from: string) => Number((await project.query(`SELECT count(*) AS n FROM ${from}`))[0]?.n)

describe.each(EVERY)('deploy, Prisma $prisma on $database', (fixture) => {
  it('applies what is harmless, with a verified snapshot first', async () => {
    const project = await setUp(fixture, ['20250101000000_add_nickname', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n'])
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'applied', exitCode: 0, pending: ['20250101000000_add_nickname'], differences: [] })
    expect(report.prisma?.applied).toEqual(['20250101000000_add_nickname'])
    expect(snapshotsOf(project)).toEqual([report.snapshot?.id])
    expect(await count(project, '"users" WHERE "nickname" IS NULL')).toBe(40)
    expect((await project.safeMigrate('snapshot', 'verify')).exitCode).toBe(0)
  })

  it('a unique index on what is unique already, also after a rebuild that keeps everything, is no finding', async () => {
    const rebuild = `PRAGMA foreign_keys=OFF;
CREATE TABLE "new_group" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL DEFAULT 'x');
INSERT INTO "new_group" ("id", "name") SELECT "id", "name" FROM "group";
DROP TABLE "group";
ALTER TABLE "new_group" RENAME TO "group";
PRAGMA foreign_keys=ON;\n`
    const sql = `${fixture.database === 'sqlite' ? rebuild : ''}CREATE UNIQUE INDEX "another" ON "group"("name");\n`
    const project = await setUp(fixture, ['20250101000000_again', sql])
    await project.query(`INSERT INTO "group" ("name") VALUES ('a'), ('b')`)
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'applied', findings: [] })
    expect(report.differences.filter(({ weight }) => weight === 'loss')).toEqual([])
  })

  it('with nothing pending runs no Prisma and takes no snapshot', async () => {
    const project = await setUp(fixture)
    const env = { PRISMA_SCHEMA_ENGINE_BINARY: '/nowhere', NODE_OPTIONS: '' }
    const result = await project.run(process.execPath, [path.resolve('bin/safe-migrate.js'), 'deploy'], { env })
    expect(result.stdout).toContain('Nothing to do: no pending migration')
    expect(result.exitCode).toBe(0)
    expect(existsSync(path.join(project.dir, '.safe-migrate'))).toBe(false)
  })

  it('stops before any change where values are at stake and nobody can be asked', async () => {
    const project = await setUp(fixture, ['20250101000000_drop_name', 'ALTER TABLE "users" DROP COLUMN "name";\n'])
    const before = await readEverything(project)
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'blocked', exitCode: 1, snapshot: null, prisma: null })
    expect(report.findings).toMatchObject([{ rule: 'drop-column', severity: 'S1', impact: { measured: true, values: 30 } }])
    expect(await readEverything(project)).toEqual(before)
    const text = await project.safeMigrate('deploy')
    expect(text.exitCode).toBe(1)
    expect(text.stderr).toContain('-- safe-migrate: allow drop-column users.name -- <reason>')
    expect(text.stderr).toContain('30 values')
  })

  it('goes on with an inline acceptance, and what goes is as predicted', async () => {
    const sql = '-- safe-migrate: allow drop-column users.name -- nobody reads it\nALTER TABLE "users" DROP COLUMN "name";\n'
    const project = await setUp(fixture, ['20250101000000_drop_name', sql])
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'applied', exitCode: 0 })
    expect(report.findings).toMatchObject([{ accepted: { reason: 'nobody reads it', via: 'comment' } }])
    expect(report.differences).toMatchObject([{ kind: 'column-gone', table: 'users', column: 'name', cause: 'predicted', count: 30 }])
  })

  it('an acceptance without a reason counts for nothing', async () => {
    const project = await setUp(fixture, [
      '20250101000000_drop_name',
      '-- safe-migrate: allow drop-column users.name\nALTER TABLE "users" DROP COLUMN "name";\n',
    ])
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report.exitCode).toBe(1)
    expect(report.acceptanceProblems).toHaveLength(1)
  })

  it('dropping an empty column or table is information', async () => {
    const project = await setUp(fixture, [
      '20250101000000_drop_empty',
      'ALTER TABLE "users" DROP COLUMN "avatar";\nDROP TABLE "_GroupToUser";\n',
    ])
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'applied', exitCode: 0 })
    expect(report.findings.map((finding) => finding.severity)).toEqual(['info', 'info'])
  })

  it('finds values that a trigger nobody could foresee changed while every count stayed the same, and keeps or restores as told', async () => {
    const project = await setUp(fixture, ['20250101000000_add_slug', SILENT_LOSS])
    for (const statement of hiddenTrigger(fixture.database, HIDDEN)) await project.query(statement)
    const before = await readEverything(project)
    const restored = readReport(await project.safeMigrate('deploy', '--on-loss', 'restore', '--json'), 'run')
    expect(restored).toMatchObject({ verdict: 'lost-restored', exitCode: 5, recovery: { done: 'restored' } })
    expect(restored.differences).toMatchObject([
      { kind: 'values-changed', table: 'BlogPost', column: 'Title', count: 80, cause: 'unpredicted' },
    ])
    expect(restored.differences[0]?.keys.length).toBe(5)
    expect(await readEverything(project)).toEqual(before)

    const kept = await project.safeMigrate('deploy')
    expect(kept.exitCode).toBe(6)
    expect(kept.stdout).toContain('Data was lost')
    expect(kept.output).toMatch(/BlogPost\.Title/)
    expect(await count(project, `"BlogPost" WHERE "Title" = upper("Title")`)).toBe(80)
    const [, id = ''] = /safe-migrate restore (\S+)/.exec(kept.stdout) ?? []
    expect((await project.safeMigrate('restore', id, '--yes')).exitCode).toBe(0)
    expect(await readEverything(project)).toEqual(before)
  })

  it('a migration that fails half-way: says which statements took effect, restores when told', async () => {
    const failing =
      'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\nALTER TABLE "Profile" ADD COLUMN "likes" INTEGER;\nINSERT INTO "Profile" ("userId", "bio") VALUES (1, \'twice\');\n'
    const project = await setUp(
      fixture,
      ['20250101000000_first', 'ALTER TABLE "users" ADD COLUMN "city" TEXT;\n'],
      ['20250102000000_fails', failing],
    )
    const before = await readEverything(project)
    const restored = readReport(await project.safeMigrate('deploy', '--on-failure', 'restore', '--json'), 'run')
    expect(restored).toMatchObject({
      verdict: 'failed-restored',
      exitCode: 3,
      prisma: { applied: ['20250101000000_first'], failed: { name: '20250102000000_fails' } },
    })
    expect(restored.next.join('\n')).not.toContain('migrate resolve --')
    expect(await readEverything(project)).toEqual(before)

    const kept = await project.safeMigrate('deploy')
    expect(kept.exitCode).toBe(4)
    expect(kept.stdout).toMatch(/UNIQUE constraint failed: Profile.userId|duplicate key value violates unique constraint "Profile_pkey"/)
    const isAtomic = fixture.database === 'postgresql' && fixture.prisma === 6
    if (isAtomic) {
      expect(kept.stdout).toContain('None of its statements took effect')
      expect(kept.stdout).toContain('npx prisma migrate resolve --rolled-back 20250102000000_fails')
    } else {
      expect(kept.stdout).toMatch(/line 1 {2}took effect/)
      expect(kept.stdout).toMatch(/line 2 {2}took effect/)
      expect(kept.stdout).toContain('npx prisma migrate resolve --applied 20250102000000_fails')
    }
    // A failed migration stops the next run, and what was advised works with the real Prisma.
    const next = await project.safeMigrate('deploy')
    expect(next).toMatchObject({ exitCode: 1 })
    expect(next.stderr).toContain('20250102000000_fails failed')
    expect(next.stderr).toContain('safe-migrate resolve')
    const words = isAtomic ? ['--yes'] : ['--yes', '--on-failure', 'restore']
    const resolved = readReport(await project.safeMigrate('resolve', ...words, '--json'), 'resolve')
    expect(resolved).toMatchObject({
      exitCode: 0,
      migrations: [{ comparedWith: expect.stringMatching(/^\d{8}t/), done: isAtomic ? 'rolled-back' : 'restored' }],
    })
    expect(resolved.migrations[0]).toMatchObject(
      isAtomic ? { found: 'nothing' } : { found: 'half-way', statements: [{ effect: 'yes' }, { effect: 'yes' }, { effect: 'no' }] },
    )
    if (!isAtomic) expect(await readEverything(project)).toEqual(before)
  })

  it('a statement that is certain to fail on the data stops the run before anything is applied', async () => {
    const sql =
      fixture.database === 'postgresql'
        ? 'ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;\n'
        : 'CREATE UNIQUE INDEX "users_balance_key" ON "users"("active");\n'
    const project = await setUp(fixture, ['20250101000000_strict', sql])
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'blocked', exitCode: 1 })
    expect(report.findings).toMatchObject([
      { kind: 'failure', impact: { measured: true, failing: { rows: fixture.database === 'postgresql' ? 10 : 40 } } },
    ])
  })

  it('a database that does not exist yet, or has no tables, needs no snapshot', async () => {
    const project = await makeProject({ ...fixture, base: 'pending' })
    onTestFinished(() => project.cleanup())
    const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(report).toMatchObject({ verdict: 'applied', exitCode: 0, snapshot: null })
    expect(await count(project, '"users"')).toBe(0)
  })

  it('leaves a journal and files that only their owner can read, without secrets', async () => {
    const project = await setUp(fixture, ['20250101000000_add_nickname', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n'])
    await project.safeMigrate('deploy')
    const data = path.join(project.dir, '.safe-migrate')
    const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => /\.jsonl?$/.test(name))
    expect(files.some((name) => name.startsWith('runs'))).toBe(true)
    for (const name of files) expect(readFileSync(path.join(data, name), 'utf8')).not.toContain(project.databaseUrl)
  })
})
