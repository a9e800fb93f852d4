import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { hasTerminal, openTerminal } from '../helpers/terminal.js'

async function setUp(database: 'sqlite' | 'postgresql' = 'sqlite'): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  return project
}

async function create(project: TestProject, ...more: string[]) {
  const [snapshot] = readReport(await project.safeMigrate('snapshot', 'create', '--json', ...more), 'snapshots').snapshots
  if (snapshot === undefined) throw new Error('no snapshot')
  return snapshot
}

const remove = (project: TestProject, ...words: string[]) => project.safeMigrate('snapshot', 'remove', ...words)

/** A migration that loses data by a trigger that nobody could foresee. @returns the id of its snapshot */
async function makeBadRun(project: TestProject): Promise<string> {
  for (const sql of hiddenTrigger('sqlite', `UPDATE "BlogPost" SET "Title" = 'gone'`)) await project.query(sql)
  project.addMigration('20250101000000_slug', 'ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\n')
  const run = readReport(await project.safeMigrate('deploy', '--json'), 'run')
  if (run.verdict !== 'lost-kept' || run.snapshot === null) throw new Error(`the run was not bad: ${run.verdict}`)
  return run.snapshot.id
}

describe('snapshot remove', () => {
  it('without a terminal says what it is and needs --yes; the last good one needs --last too', async () => {
    const project = await setUp()
    const [first, second] = [await create(project), await create(project)]
    const asked = await remove(project, first.id)
    expect(asked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`This removes snapshot ${first.id} of SQLite database`) })
    expect(asked.stderr).toContain('--yes')
    expect(existsSync(first.folder)).toBe(true)
    const done = await remove(project, first.id, '--yes')
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Removed 1 snapshot/) })
    expect(existsSync(first.folder)).toBe(false)
    const refused = readReport(await remove(project, second.id, '--yes', '--json'), 'error')
    expect(refused).toMatchObject({ exitCode: 1, error: { code: 'blocked', why: expect.stringContaining('last good one') } })
    expect(refused.error.next.join('\n')).toContain(`safe-migrate snapshot remove ${second.id} --last`)
    expect(existsSync(second.folder)).toBe(true)
    expect(readReport(await remove(project, second.id, '--last', '--yes', '--json'), 'prune').snapshots).toMatchObject([{ keep: false }])
    expect(existsSync(second.folder)).toBe(false)
  })

  it('one that a bad run holds goes when that is confirmed; one that an unfinished run may need does not', async () => {
    const project = await setUp()
    const bad = await makeBadRun(project)
    const later = await create(project)
    expect((await remove(project, bad)).stderr).toMatch(/It was held because the deploy run of .* ended badly \(lost-kept\)/)
    const runs = path.join(project.dir, '.safe-migrate/runs')
    const journal = readdirSync(runs)
      .map((name) => path.join(runs, name))
      .find((file) => readFileSync(file, 'utf8').includes(bad))
    if (journal === undefined) throw new Error('no journal')
    const text = readFileSync(journal, 'utf8')
    writeFileSync(journal, `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`)
    const refused = await remove(project, bad, '--yes', '--last')
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('A run that is not finished may still need it') })
    expect(refused.stderr).toContain('safe-migrate status --resume')
    writeFileSync(journal, text)
    expect((await remove(project, bad, '--yes')).exitCode).toBe(0)
    const { snapshots } = readReport(await project.safeMigrate('snapshot', 'list', '--json'), 'snapshots')
    const ids = snapshots.map(({ id }) => id)
    expect([ids.includes(later.id), ids.includes(bad)]).toEqual([true, false])
  })

  it('is named by its id alone', async () => {
    const project = await setUp()
    const [first, second] = [await create(project), await create(project)]
    for (const wanted of ['latest', '2026', 'zzz', '1'])
      expect(await remove(project, wanted, '--yes')).toMatchObject({ exitCode: 2, stdout: '' })
    const both = await remove(project, '2', '--yes')
    expect(both.stderr).toContain('2 is the beginning of 2 snapshots')
    expect((await remove(project, '--yes')).exitCode).toBe(2)
    expect([first, second].map(({ folder }) => existsSync(folder))).toEqual([true, true])
  })

  it('what its engine keeps on the server goes too', async () => {
    const project = await setUp('postgresql')
    const copies = async () =>
      (await project.query(`SELECT datname FROM pg_database WHERE datname LIKE '${project.databaseName}\\_\\_%'`)).length
    const snapshot = await create(project, '--engine', 'pg-template')
    await create(project, '--engine', 'copy')
    expect(await copies()).toBe(1)
    expect((await remove(project, snapshot.id, '--yes')).exitCode).toBe(0)
    expect(await copies()).toBe(0)
  })

  it('in a terminal, "remove" has to be typed', async () => {
    if (!(await hasTerminal('safe-migrate snapshot remove in a terminal'))) return
    const project = await setUp()
    const [first] = [await create(project), await create(project)]
    const answer = async (word: string) => {
      const terminal = await openTerminal([process.execPath, safeMigrateBin, 'snapshot', 'remove', first.id], {
        cwd: project.dir,
        env: project.env,
      })
      onTestFinished(() => terminal.close())
      await terminal.waitFor('anything else to stop')
      await terminal.type(word)
      await terminal.press('Enter')
      return (await terminal.waitForExit()).exitCode
    }
    expect(await answer('yes')).toBe(1)
    expect(existsSync(first.folder)).toBe(true)
    expect(await answer('remove')).toBe(0)
    expect(existsSync(first.folder)).toBe(false)
  })
})
