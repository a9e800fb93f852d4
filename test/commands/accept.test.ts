import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject, type ProjectOptions, type TestProject } from '../helpers/make-project.js'
import { safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { hasTerminal, openPrisma, openSafeMigrate } from '../helpers/terminal.js'

const DROP = '20250101000000_drop'
const SQL = 'ALTER TABLE "users" DROP COLUMN "name";\nDELETE FROM "Profile";\n'

async function setUp(options: ProjectOptions, sql = SQL): Promise<TestProject> {
  const project = await makeProject(options)
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration(DROP, sql)
  return project
}

const file = (project: TestProject) => path.join(project.migrationsDir, '.safe-migrate.json')
const accept = async (project: TestProject, ...words: string[]) =>
  readReport(await project.safeMigrate('accept', ...words, '--json'), 'accept')
const choose = (rule: string, object: string) => ['--rule', rule, '--object', object, '--reason', 'moved to another table']

describe('accept', () => {
  it.each([
    { prisma: 7, database: 'sqlite' },
    { prisma: 6, database: 'postgresql' },
  ] as const)('is honoured by check, plan and deploy, and Prisma $prisma on $database does not mind the file', async (options) => {
    const project = await setUp(options)
    const first = await accept(project, ...choose('drop-column', 'users.name'))
    expect(first).toMatchObject({
      exitCode: 0,
      measured: true,
      file: path.join('prisma', 'migrations', '.safe-migrate.json'),
      added: [{ migration: DROP, rule: 'drop-column', objects: ['users.name'], reason: 'moved to another table' }],
      open: [{ rule: 'delete-unfiltered', impact: { rows: 40 } }],
    })
    expect(readReport(await project.safeMigrate('deploy', '--json'), 'run')).toMatchObject({ verdict: 'blocked' })
    expect(await accept(project, '--all', '--reason', 'test data')).toMatchObject({
      exitCode: 0,
      open: [],
      added: [{ rule: 'delete-unfiltered' }],
    })
    const via = { accepted: { via: 'file' } }
    const checked = readReport(await project.safeMigrate('check', path.join('prisma', 'migrations', DROP), '--json'), 'plan')
    expect(checked).toMatchObject({ exitCode: 0, findings: [via, via], acceptanceProblems: [] })
    expect(readReport(await project.safeMigrate('plan', '--json'), 'plan')).toMatchObject({ blocking: 0, findings: [via, via] })
    expect((await project.prisma('migrate', 'status')).output).toContain(DROP)
    expect(readReport(await project.safeMigrate('deploy', '--json'), 'run')).toMatchObject({ verdict: 'applied', findings: [via, via] })
    expect((await project.prisma('migrate', 'status')).exitCode).toBe(0)
    expect((await project.prisma('migrate', 'deploy')).output).toContain('No pending migrations')
  })

  it('lapses when the statement changes, which is told and can be pruned', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' })
    await accept(project, '--all', '--reason', 'moved')
    project.addMigration(DROP, SQL.replace('"name"', '"email"'))
    expect(readReport(await project.safeMigrate('plan', '--json'), 'plan')).toMatchObject({
      exitCode: 1,
      blocking: 1,
      acceptanceProblems: [{ kind: 'lapsed', migration: DROP, location: { file: expect.stringContaining('.safe-migrate.json') } }],
    })
    expect((await accept(project, '--list')).recorded.map(({ rule, state }) => [rule, state])).toEqual([
      ['delete-unfiltered', 'current'],
      ['drop-column', 'lapsed'],
    ])
    expect((await accept(project, '--prune')).removed.map(({ rule }) => rule)).toEqual(['drop-column'])
    project.removeMigration(DROP)
    expect((await accept(project, '--list')).recorded.map(({ state }) => state)).toEqual(['missing'])
    await accept(project, '--prune')
    expect(existsSync(file(project))).toBe(false)
  })

  it('needs a reason and somebody who decides, and records nothing otherwise', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' })
    const refuse = async (...words: string[]) => readReport(await project.safeMigrate('accept', ...words, '--json'), 'error')
    expect(await refuse('--all')).toMatchObject({ exitCode: 2, error: { message: 'An acceptance without a reason does not count.' } })
    expect(await refuse('--reason', 'x')).toMatchObject({ exitCode: 1, error: { code: 'blocked' } })
    expect(await refuse(...choose('drop-column', 'users.nmae'))).toMatchObject({
      exitCode: 2,
      error: { next: expect.arrayContaining(["safe-migrate accept --rule drop-column --object 'users.name' --reason '…'"]) },
    })
    expect(await refuse('20250101000000_drp', '--all', '--reason', 'x')).toMatchObject({
      error: { message: `There is no migration 20250101000000_drp; did you mean ${DROP}?` },
    })
    expect(existsSync(file(project))).toBe(false)
  })

  it('works without a database, and for migrations that are applied', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' })
    const offline = await project.run(process.execPath, [safeMigrateBin, 'accept', DROP, '--all', '--reason', 'x', '--json'], {
      env: { DATABASE_URL: '' },
    })
    expect(offline.stderr).toContain('Judged without the database')
    const report = readReport(offline, 'accept')
    expect(report).toMatchObject({ measured: false, added: [{ rule: 'drop-column' }, { rule: 'delete-unfiltered' }] })
    expect(readReport(await project.safeMigrate('deploy', '--json'), 'run')).toMatchObject({ verdict: 'applied' })
    expect(await accept(project, DROP, '--offline', '--all', '--reason', 'x')).toMatchObject({ added: [], open: [] })
  })

  it('stops every command when its file cannot be read', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' })
    project.write('prisma/migrations/.safe-migrate.json', '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n')
    for (const command of ['check', 'plan', 'deploy', 'accept --list']) {
      const report = readReport(await project.safeMigrate(...command.split(' '), '--json'), 'error')
      expect(report, command).toMatchObject({ exitCode: 2, error: { why: 'It has conflict markers of a merge.' } })
    }
  })

  it('of what is protected is refused where nobody can type its name; a comment does not count', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' }, `-- safe-migrate: allow drop-table users -- x\nDROP TABLE "users";\n`)
    project.write('safe-migrate.config.json', '{ "protect": { "tables": ["Profile", "Porfile"] } }')
    const plan = readReport(await project.safeMigrate('plan', '--json'), 'plan')
    expect(plan).toMatchObject({ blocking: 1, findings: [{ rule: 'drop-table', protected: ['Profile'] }] })
    expect(plan.acceptanceProblems.map(({ kind }) => kind)).toEqual(['protected', 'protects-nothing'])
    expect(await accept(project, '--all', '--reason', 'x')).toMatchObject({ exitCode: 1, added: [], open: [{ protected: ['Profile'] }] })
    expect(existsSync(file(project))).toBe(false)
  })
})

const runs = await hasTerminal('safe-migrate accept in a terminal')

it.runIf(runs).each([6, 7] as const)('prisma migrate dev of Prisma %s does not mind the file', async (prisma) => {
  const project = await makeProject({ prisma, database: 'sqlite' })
  onTestFinished(() => project.cleanup())
  project.write('prisma/migrations/.safe-migrate.json', '{ "formatVersion": 1, "acceptances": [] }')
  const terminal = await openPrisma(project, 'migrate', 'dev')
  onTestFinished(() => terminal.close())
  expect(await terminal.waitForExit()).toMatchObject({ exitCode: 0, screen: expect.stringContaining('Already in sync') })
})

describe('accept in a terminal', () => {
  it.runIf(runs)('asks for each finding; no reason is a no', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' })
    const terminal = await openSafeMigrate(project, 'accept')
    onTestFinished(() => terminal.close())
    expect(await terminal.waitFor('Why is this right?')).toContain('30 values')
    await terminal.type('copied by hand')
    await terminal.forget()
    await terminal.press('Enter')
    await terminal.waitFor('40 rows')
    await terminal.waitFor('Why is this right?')
    await terminal.press('Enter')
    const { exitCode, screen } = await terminal.waitForExit()
    expect(exitCode).toBe(0)
    expect(screen).toContain('1 acceptance recorded in')
    expect(JSON.parse(readFileSync(file(project), 'utf8'))).toMatchObject({
      formatVersion: 1,
      acceptances: [{ rule: 'drop-column', reason: 'copied by hand' }],
    })
  })

  it.runIf(runs)('what is protected must be typed, also when everything else is given', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' }, 'ALTER TABLE "users" DROP COLUMN "name";\n')
    project.write('safe-migrate.config.json', '{ "protect": { "columns": ["users.name"] } }')
    const run = async (answer: string) => {
      const terminal = await openSafeMigrate(project, 'accept', '--all', '--reason', 'moved')
      onTestFinished(() => terminal.close())
      await terminal.waitFor('Type users.name to go on')
      await terminal.type(answer)
      await terminal.press('Enter')
      return terminal.waitForExit()
    }
    expect((await run('yes')).exitCode).toBe(1)
    expect((await run('users.name')).exitCode).toBe(0)
    expect(JSON.parse(readFileSync(file(project), 'utf8'))).toMatchObject({ acceptances: [{ protected: ['users.name'] }] })
    expect(readReport(await project.safeMigrate('deploy', '--json'), 'run')).toMatchObject({ verdict: 'applied' })
  })

  it.runIf(runs)('each protected name must be typed for a deploy too', async () => {
    const project = await setUp({ prisma: 7, database: 'sqlite' })
    project.write('safe-migrate.config.json', '{ "protect": { "tables": ["Profile"], "columns": ["users.name"] } }')
    const terminal = await openSafeMigrate(project, 'deploy')
    onTestFinished(() => terminal.close())
    await terminal.waitFor('Type users.name to go on')
    await terminal.type('users.name')
    await terminal.press('Enter')
    await terminal.waitFor('Type Profile to go on')
    await terminal.type('y')
    await terminal.press('Enter')
    expect(await terminal.waitForExit()).toMatchObject({ exitCode: 1, screen: expect.stringContaining('Stopped before any change') })
    expect(await project.query('SELECT count(*) AS n FROM "Profile"')).toEqual([{ n: 40 }])
  })
})
