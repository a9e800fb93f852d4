import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { makeProject } from '../helpers/make-project.js'
import { repositoryRoot, safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { runCommand } from '../helpers/run-command.js'

const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }

describe('check', () => {
  it('judges files without a project or a database, as if every table were full', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'check-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(path.join(folder, 'bad.sql'), 'CREATE TABLE "a" ("id" INT);\n\nDROP TABLE "b";\n')
    writeFileSync(path.join(folder, 'good.sql'), 'CREATE TABLE "c" ("id" INT);\nDROP TABLE "c";\n')
    const check = (...words: string[]) => runCommand(process.execPath, [safeMigrateBin, 'check', ...words, '--json'], { cwd: folder, env })
    const bad = readReport(await check('--provider', 'postgresql', 'bad.sql', 'good.sql'), 'plan')
    expect(bad).toMatchObject({
      exitCode: 1,
      measured: false,
      blocking: 1,
      findings: [{ rule: 'drop-table', location: { file: 'bad.sql', line: 3, column: 1 }, objects: [{ table: 'b' }] }],
    })
    expect(readReport(await check('--provider', 'sqlite', 'good.sql'), 'plan')).toMatchObject({ exitCode: 0, findings: [] })
    expect(readReport(await check('--provider', 'sqlite', 'nope.sql'), 'error')).toMatchObject({
      exitCode: 2,
      error: { message: 'No such file: nope.sql' },
    })
    expect(readReport(await check('--provider', 'oracle', 'good.sql'), 'error').exitCode).toBe(2)
  })

  it('reads every migration of this repository’s own example, and finds nothing that would stop a push', async () => {
    const report = readReport(await runCommand(process.execPath, [safeMigrateBin, 'check', '--json'], { cwd: repositoryRoot, env }), 'plan')
    expect(report.exitCode).toBe(0)
    expect(report.pending).toHaveLength(4)
  })

  it('needs no environment variable for it', async () => {
    const project = await makeProject({ prisma: 7, database: 'postgresql' })
    onTestFinished(() => project.cleanup())
    project.addMigration('20250101000000_drop', 'DROP TABLE "users";\n')
    const result = await runCommand(process.execPath, [safeMigrateBin, 'check'], { cwd: project.dir, env })
    expect(result.exitCode).toBe(1)
    expect(result.stdout).toContain('drop-table')
  })
})

describe('plan', () => {
  it('says what the pending migrations cost here, and changes nothing', async () => {
    const project = await makeProject({ prisma: 7, database: 'sqlite' })
    onTestFinished(() => project.cleanup())
    await fillFixture(project)
    project.addMigration('20250101000000_drop', 'DROP TABLE "Profile";\n')
    const before = await readEverything(project)
    const report = readReport(await project.safeMigrate('plan', '--json'), 'plan')
    expect(report).toMatchObject({
      exitCode: 1,
      measured: true,
      blocking: 1,
      findings: [{ rule: 'drop-table', impact: { measured: true, rows: 40 } }],
    })
    expect(await readEverything(project)).toEqual(before)
  })
})

describe('status', () => {
  it('shows applied, pending, failed, rolled back, edited and missing migrations', async () => {
    const project = await makeProject({ prisma: 7, database: 'sqlite' })
    onTestFinished(() => project.cleanup())
    project.addMigration('20250101000000_fails', 'SELECT nonsense;\n')
    await project.prisma('migrate', 'deploy')
    const failed = readReport(await project.safeMigrate('status', '--json'), 'status')
    expect(failed.migrations.map((one) => one.state)).toEqual(['applied', 'applied', 'failed'])
    expect(failed.next.join('\n')).toMatch(/20250101000000_fails .*safe-migrate resolve$/)
    await project.prisma('migrate', 'resolve', '--rolled-back', '20250101000000_fails')
    project.addMigration('20240203040506_groups', '-- edited\n')
    project.removeMigration('20240102030405_init')
    project.addMigration('20250102000000_new', 'SELECT 1;\n')
    const { migrations } = readReport(await project.safeMigrate('status', '--json'), 'status')
    expect(
      migrations.map(({ name, state, editedAfterApply, missingOnDisk }) => [name.slice(15), state, editedAfterApply, missingOnDisk]),
    ).toEqual([
      ['init', 'applied', false, true],
      ['groups', 'applied', true, false],
      ['fails', 'rolledBack', false, false],
      ['new', 'pending', false, false],
    ])
    const text = await project.safeMigrate('status')
    expect(text.stdout).toContain('missing in the migrations folder')
    expect(text.stdout).toContain('edited after it was applied')
    expect(text.stdout).toContain('rolled back, pending again')
  })
})
