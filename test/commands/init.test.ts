import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Command } from 'commander'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { buildProgram } from '../../src/cli/program.js'
import { commands } from '../../src/commands/index.js'
import { loadConfig } from '../../src/config/load.js'
import { configSchema } from '../../src/config/schema.js'
import { childEnvironment } from '../helpers/child-environment.js'
import { repositoryRoot, safeMigrateBin, workspaceDir } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { runCommand } from '../helpers/run-command.js'
import { recordSkip } from '../helpers/skip.js'
import { hasTerminal, openTerminal } from '../helpers/terminal.js'

interface Layout {
  readonly database?: 'postgresql' | 'sqlite'
  /** Folder of the project in the repository. */
  readonly inside?: string
  /** Files of the repository. */
  readonly files?: Readonly<Record<string, string>>
}

/** A git repository with a Prisma 7 project, as a person would have it; no connection URL is set. */
function makeRepository({ database = 'postgresql', inside = '.', files = {} }: Layout = {}) {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), 'safe-migrate-init-')))
  onTestFinished(() => rmSync(top, { recursive: true, force: true }))
  const root = path.join(top, inside)
  mkdirSync(path.join(top, '.git'))
  cpSync(path.join(workspaceDir(7), database), root, { recursive: true, filter: (file) => !file.includes('generated') })
  symlinkSync(path.join(repositoryRoot, 'node_modules'), path.join(root, 'node_modules'))
  const all = { [path.join(inside, 'package.json')]: '{\n  "name": "shop",\n  "scripts": {\n    "dev": "node ."\n  }\n}\n', ...files }
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(top, name)), { recursive: true })
    writeFileSync(path.join(top, name), content)
  }
  const env = childEnvironment(7)
  return {
    top,
    root,
    env,
    read: (file: string) => readFileSync(path.join(top, file), 'utf8'),
    init: (...words: string[]) => runCommand(process.execPath, [safeMigrateBin, 'init', ...words], { cwd: root, env }),
    snapshot: () => readTree(top),
  }
}

/** Every file with its text and mode. */
function readTree(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !name.includes('node_modules'))
  const files = names.map((name) => path.join(folder, name)).filter((file) => statSync(file).isFile())
  return Object.fromEntries(files.map((file) => [path.relative(folder, file), `${statSync(file).mode} ${readFileSync(file, 'utf8')}`]))
}

interface Workflow {
  readonly on: { readonly pull_request?: { readonly paths: readonly string[] }; readonly schedule?: readonly object[] }
  readonly permissions?: object
  readonly concurrency?: { readonly 'cancel-in-progress': boolean }
  readonly jobs: Record<
    string,
    { readonly defaults?: object; readonly steps: readonly { name?: string; uses?: string; run?: string; with?: object; env?: object }[] }
  >
}
/** An expression of GitHub's, as it stands in a workflow. */
const github = (expression: string, rest = '') => ['$', `{{ ${expression} }}`, rest].join('')
const searchPath = process.env.PATH ?? ''
const workflow = (text: string): Workflow => parse(text) as Workflow
const stepsOf = (text: string) => Object.values(workflow(text).jobs).flatMap(({ steps }) => steps)

describe('init', () => {
  it('without a terminal shows what it would write, writes nothing, and says so', async () => {
    const repository = makeRepository()
    const before = repository.snapshot()
    const result = await repository.init()
    expect(result.exitCode).toBe(1)
    expect(result.stdout).toContain('+++ package.json')
    expect(result.stdout).toContain('+    "db:migrate": "safe-migrate dev",')
    expect(result.stdout).toContain('--- /dev/null')
    expect(result.stdout).toContain('Nothing was written')
    expect(result.stdout).toContain('--yes')
    expect((await repository.init('--dry-run')).exitCode).toBe(0)
    expect(repository.snapshot()).toEqual(before)
  })

  it('--yes writes it all; the second time there is nothing to do, to the byte', async () => {
    const repository = makeRepository({ files: { '.husky/pre-push': 'npm test\n', '.gitignore': 'node_modules\n' } })
    const first = readReport(await repository.init('--yes', '--json'), 'init')
    expect(first.written).toEqual([
      'package.json',
      '.gitignore',
      'safe-migrate.config.ts',
      '.husky/pre-push',
      '.github/workflows/safe-migrate-check.yml',
      '.github/workflows/safe-migrate-deploy.yml',
      '.github/workflows/safe-migrate-snapshot.yml',
    ])
    expect(first.next.join('\n')).toContain('npm install --save-dev safe-migrate')
    expect(repository.read('package.json')).toBe(
      `{\n  "name": "shop",\n  "scripts": {\n    "dev": "node .",\n    "db:migrate": "safe-migrate dev",\n    "db:migrate-deploy": "safe-migrate deploy",\n    "db:check": "safe-migrate check",\n    "db:plan": "safe-migrate plan",\n    "db:status": "safe-migrate status",\n    "db:snapshot": "safe-migrate snapshot create",\n    "db:restore": "safe-migrate restore"\n  }\n}\n`,
    )
    expect(repository.read('.husky/pre-push')).toBe('npm test\nnpx safe-migrate check --changed\n')
    expect(statSync(path.join(repository.top, '.husky/pre-push')).mode & 0o111).toBe(0o111)
    expect(repository.read('.gitignore')).toContain('\n.safe-migrate/\n')
    const after = repository.snapshot()
    const second = await repository.init()
    expect(second.stdout).toContain('Everything is there')
    expect(second.exitCode).toBe(0)
    expect(readReport(await repository.init('--yes', '--json'), 'init').written).toEqual([])
    expect(repository.snapshot()).toEqual(after)
  })

  it('never changes what is somebody’s own: a script, a workflow, a configuration', async () => {
    const mine = 'name: mine\n'
    const repository = makeRepository({
      files: {
        'package.json':
          '{ "scripts": { "db:migrate": "prisma migrate dev", "release": "prisma migrate deploy && node ." }, "safe-migrate": { "onLoss": "restore" } }\n',
        '.github/workflows/safe-migrate-check.yml': mine,
        '.husky/pre-push': 'npm run db:check\n',
      },
    })
    const result = await repository.init('--yes')
    expect(result.exitCode).toBe(0)
    const written: unknown = JSON.parse(repository.read('package.json'))
    expect(written).toMatchObject({ scripts: { 'db:migrate': 'prisma migrate dev', 'db:check': 'safe-migrate check' } })
    expect(result.stdout).toContain('The script db:migrate stays as it is (prisma migrate dev)')
    expect(result.stdout).toContain('The script release runs prisma migrate deploy by itself')
    expect(repository.read('.github/workflows/safe-migrate-check.yml')).toBe(mine)
    expect(repository.read('.husky/pre-push')).toBe('npm run db:check\n')
    expect(existsSync(path.join(repository.top, 'safe-migrate.config.ts'))).toBe(false)
  })

  it('keeps tabs, Windows line ends and a missing last line end', async () => {
    const repository = makeRepository({
      files: {
        'package.json': '{\r\n\t"name": "shop",\r\n\t"files": ["a", "b"]\r\n}',
        '.gitignore': 'node_modules\r\ndist',
        '.husky/pre-push': 'npm test',
      },
    })
    await repository.init('--yes')
    const text = repository.read('package.json')
    expect(text).toMatch(
      /^\{\r\n\t"name": "shop",\r\n\t"files": \["a", "b"\],\r\n\t"scripts": \{\r\n\t\t"db:migrate": "safe-migrate dev",\r\n/,
    )
    expect(text).toMatch(/\r\n\t\}\r\n\}$/)
    expect(text.replaceAll('\r\n', '')).not.toContain('\n')
    expect(repository.read('.gitignore')).toBe(
      'node_modules\r\ndist\r\n\r\n# Snapshots of the database, by safe-migrate\r\n.safe-migrate/\r\n',
    )
    expect(repository.read('.husky/pre-push')).toBe('npm test\nnpx safe-migrate check --changed\n')
  })

  it('without husky there is no hook, and it says how to get one; a hooks path of git’s is used', async () => {
    const without = makeRepository({ files: { 'pnpm-lock.yaml': '' } })
    const result = await without.init('--yes')
    expect(existsSync(path.join(without.top, '.husky'))).toBe(false)
    expect(result.stdout).toContain('pnpm add -D husky')
    const configured = makeRepository({ files: { '.git/config': '[core]\n\thooksPath = githooks\n' } })
    await configured.init('--yes')
    expect(configured.read('githooks/pre-push')).toBe('#!/usr/bin/env sh\n\nnpx safe-migrate check --changed\n')
  })

  it('a database that is a file gets no workflow for releases, a repository elsewhere none at all', async () => {
    const sqlite = makeRepository({ database: 'sqlite' })
    expect((await sqlite.init('--yes')).stdout).toContain('the database is a file')
    expect(readdirSync(path.join(sqlite.top, '.github/workflows'))).toEqual(['safe-migrate-check.yml'])
    const elsewhere = makeRepository({ files: { '.git/config': '[remote "origin"]\n\turl = git@gitlab.com:shop/shop.git\n' } })
    expect((await elsewhere.init('--yes')).stdout).toContain('No GitHub workflow: the repository is on gitlab.com')
    expect(existsSync(path.join(elsewhere.top, '.github'))).toBe(false)
  })
})

describe('what is written works', () => {
  const LOCKS = [
    ['npm', 'package-lock.json', 'npm ci', 'npx safe-migrate'],
    ['pnpm', 'pnpm-lock.yaml', 'pnpm install --frozen-lockfile', 'pnpm exec safe-migrate'],
    ['yarn', 'yarn.lock', 'yarn install --frozen-lockfile', 'yarn safe-migrate'],
    ['bun', 'bun.lock', 'bun install --frozen-lockfile', 'bunx safe-migrate'],
  ] as const

  it.each(LOCKS)('workflows of a project with %s: YAML, with commands that our command line has', async (name, lockFile, install, run) => {
    const repository = makeRepository({ files: { [lockFile]: '' } })
    await repository.init('--yes')
    const check = repository.read('.github/workflows/safe-migrate-check.yml')
    const deploy = repository.read('.github/workflows/safe-migrate-deploy.yml')
    expect(workflow(check).on.pull_request).toEqual({ paths: ['prisma/**'] })
    expect(Object.keys(workflow(deploy).on)).toEqual(['workflow_dispatch', 'push'])
    expect(workflow(deploy).concurrency).toMatchObject({ 'cancel-in-progress': false })
    for (const text of [check, deploy]) {
      const steps = stepsOf(text)
      const words = steps.flatMap((step) => step.run ?? [])
      expect(words).toContain(install)
      for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/)
      const ours = words.filter((command) => command.includes('safe-migrate'))
      expect(ours.length).toBeGreaterThan(0)
      for (const command of ours) {
        expect(command.startsWith(run)).toBe(true)
        expectToParse(command.slice(run.length))
      }
      expect(text).not.toContain('upload-artifact')
    }
    expect(stepsOf(deploy).at(-1)?.env).toEqual({ DATABASE_URL: github('secrets.DATABASE_URL') })
    if (name === 'pnpm') expect(stepsOf(check)[1]).toEqual({ uses: 'pnpm/action-setup@v4', with: { version: 10 } })
  })

  it.each(LOCKS)(
    'the daily snapshot of a project with %s: once a day, alone, and no more rights than it needs',
    async (_, lockFile, install, run) => {
      const repository = makeRepository({ inside: 'apps/api', files: { [`apps/api/${lockFile}`]: '' } })
      const { next } = readReport(await repository.init('--yes', '--json'), 'init')
      const text = repository.read('.github/workflows/safe-migrate-snapshot.yml')
      const { on, permissions, concurrency, jobs } = workflow(text)
      expect(Object.keys(on)).toEqual(['workflow_dispatch', 'schedule'])
      expect(on.schedule).toEqual([{ cron: expect.stringMatching(/^\d*[13579] \d+ \* \* \*$/) }])
      expect(permissions).toEqual({ contents: 'read' })
      expect(concurrency).toEqual({ group: 'safe-migrate-snapshot', 'cancel-in-progress': false })
      expect(jobs.snapshot).toMatchObject({ environment: 'snapshots', defaults: { run: { 'working-directory': 'apps/api' } } })
      const steps = stepsOf(text)
      expect(steps.flatMap((step) => step.run ?? [])).toContain(install)
      const take = steps.find((step) => step.run?.includes('snapshot create'))
      expect(take?.env).toEqual({ DATABASE_URL: github('secrets.DATABASE_URL') })
      expect(take?.run).toBe(`${run} snapshot create --if-changed`)
      expectToParse(take?.run?.slice(run.length) ?? '')
      // Nothing but what was encrypted is uploaded: whoever reads the repository can download it.
      const uploads = steps.filter((step) => step.uses?.includes('upload'))
      expect(uploads).toEqual([
        {
          uses: 'actions/upload-artifact@v4',
          with: expect.objectContaining({
            path: github('runner.temp', '/snapshots.tar.age'),
            'retention-days': 30,
            'if-no-files-found': 'error',
          }),
        },
      ])
      expect(next.join('\n')).toContain('SNAPSHOT_RECIPIENT')
      expect(next.join('\n')).toContain('everybody who can read the repository can download its artifacts')
    },
  )

  it('what is uploaded can be read with the key, by nobody else, and not at all without a key', async () => {
    const repository = makeRepository({ files: { 'safe-migrate.config.json': '{ "directory": "kept here" }' } })
    await repository.init('--yes')
    const steps = stepsOf(repository.read('.github/workflows/safe-migrate-snapshot.yml'))
    const [guard, encrypt] = ['Who can read', 'Encrypt'].map((name) => steps.find((step) => step.name?.startsWith(name))?.run ?? '')
    const bash = (script: string, env: Record<string, string> = {}) =>
      runCommand('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: repository.root,
        env: { PATH: searchPath, ...env },
      })
    const refused = await bash(guard ?? '')
    expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('::error::') })
    if (!(await hasAge('the encryption of the snapshot workflow'))) return
    await bash('age-keygen -o key.txt && age-keygen -o other.txt')
    const recipient = (await bash('age-keygen -y key.txt')).stdout.trim()
    const env = { SNAPSHOT_RECIPIENT: recipient, RUNNER_TEMP: repository.top }
    expect((await bash(guard ?? '', env)).exitCode).toBe(0)
    // tar fails, so the step does: an empty archive would look like a snapshot.
    expect((await bash(encrypt ?? '', env)).exitCode).not.toBe(0)
    mkdirSync(path.join(repository.root, 'kept here/snapshots/one'), { recursive: true })
    writeFileSync(path.join(repository.root, 'kept here/snapshots/one/manifest.json'), 'secret rows')
    expect((await bash(encrypt ?? '', env)).exitCode).toBe(0)
    expect(readFileSync(path.join(repository.top, 'snapshots.tar.age'), 'latin1')).not.toContain('secret rows')
    expect((await bash('age -d -i other.txt snapshots.tar.age | tar -t')).exitCode).not.toBe(0)
    rmSync(path.join(repository.root, 'kept here/snapshots'), { recursive: true })
    const [, advice] = /To have snapshots back: (.*)/.exec(repository.read('.github/workflows/safe-migrate-snapshot.yml')) ?? []
    await bash(advice?.replace('snapshot-key.txt', 'key.txt') ?? 'false')
    expect(repository.read('kept here/snapshots/one/manifest.json')).toBe('secret rows')
  })

  it('without GitHub: a line for cron, which finds Node.js, keeps a log that only its owner reads, and runs as it is', async () => {
    const repository = makeRepository({
      database: 'sqlite',
      inside: 'my 100% shop',
      files: { 'my 100% shop/package.json': '{ "scripts": { "x": "y" } }', 'bin/npx': '#!/bin/sh\necho "ran: $* in $PWD"\n' },
    })
    chmodSync(path.join(repository.top, 'bin/npx'), 0o755)
    const env = { ...repository.env, PATH: `${path.join(repository.top, 'bin')}${path.delimiter}${searchPath}` }
    const { stdout } = await runCommand(process.execPath, [safeMigrateBin, 'init', '--yes'], { cwd: repository.root, env })
    const [, line = ''] = /add the line: (.*)/.exec(stdout) ?? []
    expect(line).toMatch(/^\d*[13579] \d+ \* \* \* cd /)
    expect(line.replaceAll('\\%', '')).not.toContain('%')
    const command = line.split(' ').slice(5).join(' ').replaceAll('\\%', '%')
    const cron = { cwd: '/', env: { PATH: '/usr/bin:/bin', HOME: '/' } } // what cron gives: man 5 crontab
    expect((await runCommand('/bin/sh', ['-c', command], cron)).exitCode).toBe(0)
    const log = path.join(repository.root, '.safe-migrate/snapshot.log')
    expect(readFileSync(log, 'utf8')).toBe(`ran: safe-migrate snapshot create --if-changed in ${repository.root}\n`)
    expect([path.dirname(log), log].map((file) => statSync(file).mode & 0o777)).toEqual([0o700, 0o600])
  })

  it('scripts and hook are commands that our command line has', async () => {
    const repository = makeRepository({ files: { '.husky/pre-push': '' } })
    await repository.init('--yes')
    const { scripts } = JSON.parse(repository.read('package.json')) as { scripts: Record<string, string> }
    for (const [name, command] of Object.entries(scripts)) if (name.startsWith('db:')) expectToParse(command.replace('safe-migrate', ''))
    expectToParse(repository.read('.husky/pre-push').replace('npx safe-migrate', ''))
  })

  it('a project inside of a repository: paths from its root', async () => {
    const repository = makeRepository({
      inside: 'apps/api',
      files: { 'pnpm-lock.yaml': '', '.husky/pre-push': '', '.gitignore': 'dist\n', 'package.json': '{ "packageManager": "pnpm@10.1.0" }' },
    })
    await repository.init('--yes')
    expect(repository.read('.husky/pre-push')).toBe('(cd "apps/api" && pnpm exec safe-migrate check --changed)\n')
    expect(repository.read('.gitignore')).toMatch(/^dist\n\n#.*\n\.safe-migrate\/\n$/)
    expect(existsSync(path.join(repository.root, '.gitignore'))).toBe(false)
    const text = repository.read('.github/workflows/safe-migrate-check.yml')
    expect(workflow(text).on.pull_request?.paths).toEqual(['apps/api/prisma/**'])
    expect(workflow(text).jobs.check?.defaults).toEqual({ run: { 'working-directory': 'apps/api' } })
    expect(stepsOf(text)[1]).toEqual({ uses: 'pnpm/action-setup@v4', with: { package_json_file: 'apps/api/package.json' } })
    const after = repository.snapshot()
    expect((await repository.init('--yes')).stdout).toContain('Everything is there')
    expect(repository.snapshot()).toEqual(after)
  })

  it.each(['safe-migrate.config.ts', 'safe-migrate.config.mjs'])(
    '%s names every setting, and each is right when it is taken in',
    async (name) => {
      const repository = makeRepository()
      if (name.endsWith('.mjs')) {
        rmSync(path.join(repository.root, 'prisma.config.ts'))
        writeFileSync(path.join(repository.root, 'prisma.config.mjs'), `export default { datasource: { url: process.env.DATABASE_URL } }\n`)
      }
      await repository.init('--yes')
      expect(await loadConfig(repository.root)).toEqual(configSchema.parse({}))
      const text = repository.read(name).replace(/^import .*\n/, '')
      const active = text.replace(/^ {2}\/\/ (\w+: .*,)$/gm, '  $1')
      const other = makeRepository().root // modules are loaded once by their path
      writeFileSync(path.join(other, name), active)
      for (const key of Object.keys(configSchema.shape)) expect(active).toMatch(new RegExp(`^  ${key}: `, 'm'))
      const defaults = configSchema.parse({})
      // What is empty by default is shown by an example.
      const isEmpty = (value: unknown): boolean =>
        value === null || (typeof value === 'object' && value !== null && Object.values(value).every(isEmpty))
      for (const [key, value] of Object.entries(await loadConfig(other))) {
        const byDefault = defaults[key as keyof typeof defaults]
        if (isEmpty(byDefault)) expect(isEmpty(value), key).toBe(false)
        else expect(value, key).toEqual(byDefault)
      }
    },
  )
})

it('in a terminal the files are shown, and one can be left out', async () => {
  if (!(await hasTerminal('safe-migrate init in a terminal'))) return
  const repository = makeRepository()
  const terminal = await openTerminal([process.execPath, safeMigrateBin, 'init'], { cwd: repository.root, env: repository.env })
  onTestFinished(() => terminal.close())
  const shown = await terminal.waitFor('Write these files?')
  expect(shown).toContain('+    "db:migrate": "safe-migrate dev",')
  await terminal.press('Space', 'Enter')
  const { exitCode } = await terminal.waitForExit()
  expect(exitCode).toBe(0)
  expect(repository.read('package.json')).not.toContain('safe-migrate')
  expect(repository.read('.gitignore')).toContain('.safe-migrate/')
})

async function hasAge(what: string): Promise<boolean> {
  const { exitCode } = await execa('age', ['--version'], { reject: false })
  if (exitCode !== 0) recordSkip(what, 'no age here')
  return exitCode === 0
}

/** A line of a script, read by our own command line; the words after a redirection or an operator are the shell's. */
function expectToParse(line: string): void {
  const words = line
    .trim()
    .replace(/ (?:>>|\|\|).*$/, '')
    .split(/\s+/)
    .map((word) => word.replaceAll('"', ''))
  const invoked: string[] = []
  const program = buildProgram(commands, '0', async ({ command, passedOn }) => {
    invoked.push(command.name)
    expect(passedOn).toEqual([])
  })
  const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)]
  for (const command of every(program)) command.exitOverride().configureOutput({ writeErr: () => {} })
  program.parse(words, { from: 'user' })
  expect(invoked).toHaveLength(1)
}
