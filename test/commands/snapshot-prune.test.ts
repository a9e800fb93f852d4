import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

async function projectOn(database: 'sqlite' | 'postgresql'): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  return project
}

const configure = (project: TestProject, retention: object) => project.write('safe-migrate.config.json', JSON.stringify({ retention }))

async function create(project: TestProject, ...more: string[]) {
  const [snapshot] = readReport(await project.safeMigrate('snapshot', 'create', '--json', ...more), 'snapshots').snapshots
  if (snapshot === undefined) throw new Error('no snapshot')
  return snapshot
}

const listed = async (project: TestProject) =>
  readReport(await project.safeMigrate('snapshot', 'list', '--json'), 'snapshots').snapshots.map(({ id }) => id)

describe('snapshot prune', () => {
  it('keeps what the retention says, says why of each, and removes nothing in a dry run', async () => {
    const project = await projectOn('sqlite')
    const [first, second, third] = [await create(project), await create(project), await create(project)]
    expect(readReport(await project.safeMigrate('snapshot', 'prune', '--json'), 'error').error).toMatchObject({
      code: 'config',
      next: [expect.stringContaining('retention: {')],
    })
    configure(project, { keepLast: 2, afterSnapshot: false })
    const dry = readReport(await project.safeMigrate('snapshot', 'prune', '--dry-run', '--json'), 'prune')
    expect(dry.snapshots.map(({ id, keep }) => [id, keep])).toEqual([
      [third.id, true],
      [second.id, true],
      [first.id, false],
    ])
    expect(await listed(project)).toEqual([third.id, second.id, first.id])
    const { stdout } = await project.safeMigrate('snapshot', 'prune')
    expect(stdout).toMatch(/Removed 1 snapshot of 3/)
    expect(stdout).toMatch(new RegExp(`removed  ${first.id}.*no rule of the retention keeps it`))
    expect(stdout).toMatch(new RegExp(`keep     ${third.id}.*the last good one of its database is never removed`))
    expect(await listed(project)).toEqual([third.id, second.id])
    expect(existsSync(first.folder)).toBe(false)
  })

  it('never removes what an unfinished or bad run may need, nor the last good one of another database', async () => {
    const project = await projectOn('sqlite')
    const other = await create(project)
    // As if another database's snapshots lay in the same store.
    const bad = await makeBadRun(project)
    const later = [await create(project), await create(project)]
    configure(project, { keepLast: 1, maxAge: '1h' })
    const report = readReport(await project.safeMigrate('snapshot', 'prune', '--json'), 'prune')
    const decision = (id: string) => report.snapshots.find((one) => one.id === id)
    expect(decision(bad)).toMatchObject({ keep: true, reasons: [expect.stringMatching(/the deploy run of .* ended badly \(lost-kept\)/)] })
    expect(decision(other.id)).toMatchObject({ keep: false, problem: null })
    // So is what the migrations left, for a salvage.
    const left = report.snapshots.filter(({ id, keep }) => keep && id !== bad && id !== later[1]?.id).map(({ id }) => id)
    expect(left).toHaveLength(1)
    expect((await listed(project)).sort()).toEqual([bad, ...left, later[1]?.id].sort())
    expect((await project.safeMigrate('restore', bad, '--yes')).exitCode).toBe(0)
  })

  it('follows each snapshot where the configuration says so, also in a run, and says what it removed', async () => {
    const project = await projectOn('sqlite')
    configure(project, { keepLast: 1, afterSnapshot: true })
    const first = await create(project)
    const created = await project.safeMigrate('snapshot', 'create')
    expect(created.exitCode).toBe(0)
    expect(created.stderr).toContain(`Snapshot ${first.id} removed: no rule of the retention keeps it`)
    project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
    const run = readReport(await project.safeMigrate('deploy', '--json'), 'run')
    expect(await listed(project)).toEqual([run.snapshot?.id])
  })

  it('removes what killed runs left, and shows what another host may still be writing', async () => {
    const project = await projectOn('sqlite')
    configure(project, { keepLast: 5 })
    const snapshot = await create(project)
    const store = path.dirname(snapshot.folder)
    writePartial(store, 'dead', { host: hostname(), targetIdentity: 'sqlite:/elsewhere.db' })
    writePartial(store, 'far', { host: 'build-7', targetIdentity: 'sqlite:/elsewhere.db' })
    const before = readReport(await project.safeMigrate('snapshot', 'prune', '--dry-run', '--json'), 'prune')
    expect(before.partials.map(({ removed }) => removed)).toEqual([false, false])
    const { stdout } = await project.safeMigrate('snapshot', 'prune')
    expect(stdout).toMatch(/removed {2}dead/)
    expect(stdout).toMatch(/left {5}far .*build-7[^\n]*\n +When you are sure that nobody needs it: rm -r '.*\.partial-far'/)
    expect(readdirSync(store).filter((name) => name.startsWith('.partial'))).toEqual(['.partial-far'])
  })

  it('drops the databases that pg-template made', async () => {
    const project = await projectOn('postgresql')
    configure(project, { keepLast: 1 })
    const databases = async () =>
      (await project.query(`SELECT datname FROM pg_database WHERE datname LIKE '${project.databaseName}\\_\\_%'`)).length
    await create(project, '--engine', 'pg-template')
    const last = await create(project, '--engine', 'pg-template')
    expect(await databases()).toBe(2)
    const report = readReport(await project.safeMigrate('snapshot', 'prune', '--json'), 'prune')
    expect(report.snapshots.map(({ problem }) => problem)).toEqual([null, null])
    expect(await databases()).toBe(1)
    expect((await project.safeMigrate('snapshot', 'verify', last.id)).exitCode).toBe(0)
    // Somebody dropped its database by hand: it is not the last good one any more.
    const dumped = await create(project, '--engine', 'pg-dump')
    const newest = await create(project, '--engine', 'pg-template')
    const name = String(newest.details.database ?? '')
    await project.query(`ALTER DATABASE "${name}" IS_TEMPLATE false`).catch(() => [])
    await project.query(`DROP DATABASE "${name}"`)
    const after = readReport(await project.safeMigrate('snapshot', 'prune', '--json'), 'prune')
    expect(after.snapshots.find(({ id }) => id === newest.id)?.reasons.join()).toContain('not everything of it is there')
    expect(after.snapshots.find(({ id }) => id === dumped.id)).toMatchObject({ keep: true })
  })
})

/** A migration that loses data by a trigger that nobody could foresee. @returns the id of its snapshot */
async function makeBadRun(project: TestProject): Promise<string> {
  for (const sql of hiddenTrigger('sqlite', `UPDATE "BlogPost" SET "Title" = 'gone'`)) await project.query(sql)
  project.addMigration('20250101000000_slug', 'ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\n')
  const run = readReport(await project.safeMigrate('deploy', '--json'), 'run')
  if (run.verdict !== 'lost-kept' || run.snapshot === null) throw new Error(`the run was not bad: ${run.verdict}`)
  return run.snapshot.id
}

function writePartial(store: string, id: string, owner: object): void {
  const folder = path.join(store, `.partial-${id}`)
  mkdirSync(path.join(folder, 'snapshot'), { recursive: true })
  const whole = { id, pid: 4_000_000, startedAt: '2026-01-01T00:00:00.000Z', engine: 'sqlite-backup', ...owner }
  writeFileSync(path.join(folder, 'owner.json'), JSON.stringify(whole))
}
