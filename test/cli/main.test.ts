import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { commands } from '../../src/commands/index.js'
import { makeProject } from '../helpers/make-project.js'
import { repositoryRoot, safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { runCommand } from '../helpers/run-command.js'

const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
const run = (...words: string[]) => runCommand(process.execPath, [safeMigrateBin, ...words], { cwd: repositoryRoot, env })

it('--help names every command and exit code', async () => {
  const { exitCode, stdout } = await run('--help')
  expect(exitCode).toBe(0)
  for (const { name } of commands) expect(stdout).toContain(name.split(' ')[0])
  expect(stdout).toContain('70')
})

it.each(commands.map((command) => command.name))('%s --help lists its options', async (name) => {
  const { exitCode, stdout } = await run(...name.split(' '), '--help')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('--json')
})

it('wrong words: exit code 2, and what to do', async () => {
  const unknown = await run('migrate')
  expect(unknown.exitCode).toBe(2)
  expect(unknown.stderr).toContain("unknown command 'migrate'")
  expect((await run('status', '--nonsense')).exitCode).toBe(2)
  expect(readReport(await run('status', '--nonsense', '--json'), 'error').error.code).toBe('usage')
  expect(readReport(await run('deploy', '--on-loss', 'pray', '--json'), 'error').exitCode).toBe(2)
})

it('every format on stdout, errors too, and nothing else', async () => {
  const check = (...words: string[]) => run('check', '--provider', 'postgresql', ...words)
  const file = 'fixtures/migrations/postgresql/drop-column.sql'
  const github = await check(file, '--format', 'github')
  expect(github.exitCode).toBe(1)
  expect(github.stdout).toMatch(/^::error file=fixtures\/migrations\/postgresql\/drop-column\.sql,line=\d+,/)
  expect(JSON.parse((await check(file, '--format=sarif')).stdout)).toMatchObject({
    version: '2.1.0',
    runs: [{ results: [{ level: 'error' }] }],
  })
  expect((await check(file, '--format', 'markdown')).stdout).toMatch(/^\*\*.*stops a run/)
  expect(readReport(await check(file, '--format', 'json'), 'plan').blocking).toBe(1)
  const missing = await check('nope.sql', '--format', 'github')
  expect(missing).toMatchObject({
    exitCode: 2,
    stderr: '',
    stdout: '::error title=safe-migrate::No such file: nope.sql%0APaths are relative to where you are.\n',
  })
  const unknown = await run('check', '--nonsense', '--format', 'sarif')
  expect(unknown.exitCode).toBe(2)
  expect(JSON.parse(unknown.stdout).runs[0].invocations[0].executionSuccessful).toBe(false)
  expect(await check(file, '--format', 'xml')).toMatchObject({ exitCode: 2, stdout: '' })
})

it('no colour where there is no terminal, or NO_COLOR', async () => {
  const { output } = await run('check')
  expect(output).not.toContain('\u001b')
})

it('nothing but JSON on stdout, Prisma’s words on stderr', async () => {
  const project = await makeProject({
    prisma: 7,
    database: 'sqlite',
    migrations: [{ name: '20250101000000_add', sql: 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n' }],
  })
  onTestFinished(() => project.cleanup())
  const result = await project.safeMigrate('deploy', '--json')
  expect(readReport(result, 'run').verdict).toBe('applied')
  expect(result.stderr).toContain('Applying migration `20250101000000_add`')
})

it('a run goes on when nobody reads it any more (`| head`), and so does Prisma', async () => {
  const project = await makeProject({
    prisma: 7,
    database: 'sqlite',
    migrations: [{ name: '20250101000000_add', sql: 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n' }],
  })
  onTestFinished(() => project.cleanup())
  const unread = (streams: string) => [`{ "$0" "$@" ${streams}; echo $? >code; } | true`, process.execPath, safeMigrateBin]
  const stdout = await project.run('sh', ['-c', ...unread(''), 'plan'])
  expect(stdout.output).toBe('')
  await project.run('sh', ['-c', ...unread('2>&1'), 'deploy'])
  expect(readFileSync(join(project.dir, 'code'), 'utf8')).toBe('0\n')
  expect(await project.query('SELECT "nickname" FROM "users"')).toEqual([])
})

it('a database that cannot be reached: exit code 2, no password anywhere', async () => {
  const project = await makeProject({
    prisma: 7,
    database: 'postgresql',
    env: { DATABASE_URL: 'postgresql://ada:s3cr3t-w0rd@127.0.0.1:1/shop' },
  })
  onTestFinished(() => project.cleanup())
  for (const words of [['deploy'], ['plan'], ['status'], ['snapshot', 'create']]) {
    const result = await project.run(process.execPath, [safeMigrateBin, ...words], {
      env: { DATABASE_URL: 'postgresql://ada:s3cr3t-w0rd@127.0.0.1:1/shop' },
    })
    expect(result.exitCode).toBe(2)
    expect(result.output).not.toContain('s3cr3t-w0rd')
    expect(result.output).toContain('127.0.0.1:1')
  }
})

it('the pre-push hook of this repository passes on its own migrations', () => {
  expect(execFileSync('sh', ['.husky/pre-push'], { cwd: repositoryRoot, encoding: 'utf8' })).toContain('nothing found that loses data')
})
