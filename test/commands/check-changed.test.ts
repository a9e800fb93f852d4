import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readChanged } from '../../src/commands/check-input.js'
import { findPathInRepository } from '../../src/project/repository.js'
import { makeProject } from '../helpers/make-project.js'
import { safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { runCommand } from '../helpers/run-command.js'

const author = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }
const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', ...author }

/** A repository whose branch `main` has the migrations 1_a and 2_b, in a sub folder with a blank in its name. */
function makeRepository(sub = 'packages/my shop') {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), 'changed-')))
  onTestFinished(() => rmSync(top, { recursive: true, force: true }))
  const repository = openRepository(path.join(top, 'work'), sub)
  mkdirSync(repository.root, { recursive: true })
  repository.git('init', '-q', '-b', 'main')
  repository.write('1_a', 'CREATE TABLE "a" ("id" INT);\n')
  repository.write('2_b', 'CREATE TABLE "b" ("id" INT);\n')
  repository.commit()
  return { ...repository, top }
}

function openRepository(folder: string, sub = 'packages/my shop') {
  const root = path.join(folder, sub)
  const migrationsDir = path.join(root, 'prisma', 'migrations')
  const git = (...words: string[]) => execFileSync('git', words, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' })
  return {
    folder,
    root,
    migrationsDir,
    git,
    write: (name: string, sql = 'SELECT 1;\n') => {
      mkdirSync(path.join(migrationsDir, name), { recursive: true })
      writeFileSync(path.join(migrationsDir, name, 'migration.sql'), sql)
    },
    commit: () => {
      git('add', '-A')
      git('commit', '-qm', 'x')
    },
  }
}

/** Names of what would be judged, and of what is complained of. */
function changed(project: { readonly root: string; readonly migrationsDir: string }, base: string | null = null) {
  const { judged, historyProblems, changedSince } = readChanged(project, base)
  return { judged: [...judged].map(({ migration }) => migration), problems: historyProblems.map(({ message }) => message), changedSince }
}

describe('--changed', () => {
  it('finds what is committed, staged, unstaged and untracked since the base, and nothing else', () => {
    const repository = makeRepository()
    expect(changed(repository)).toEqual({ judged: [], problems: [], changedSince: 'main' })
    repository.git('checkout', '-qb', 'feature')
    repository.write('3_committed')
    repository.commit()
    repository.write('4_staged')
    repository.git('add', '-A')
    repository.write('5_untracked')
    writeFileSync(path.join(repository.root, 'other.sql'), 'DROP TABLE "a";')
    expect(changed(repository)).toEqual({ judged: ['3_committed', '4_staged', '5_untracked'], problems: [], changedSince: 'main' })
  })

  it('reads the migrations before and between them, without judging them', () => {
    const repository = makeRepository()
    repository.write('3_c')
    const { sources, judged, base } = readChanged(repository, null)
    expect(sources.map(({ migration }) => migration)).toEqual(['1_a', '2_b', '3_c'])
    expect([...judged].map(({ file }) => file)).toEqual(['prisma/migrations/3_c/migration.sql'])
    expect(findPathInRepository(base)).toBe('packages/my shop')
  })

  it('compares with where the branch left the base: what others did there since is not ours', () => {
    const repository = makeRepository()
    repository.git('checkout', '-qb', 'feature')
    repository.write('3_ours')
    repository.commit()
    repository.git('checkout', '-q', 'main')
    repository.write('4_theirs')
    repository.commit()
    repository.git('checkout', '-q', 'feature')
    expect(changed(repository).judged).toEqual(['3_ours'])
    repository.git('merge', '-q', '--no-edit', 'main')
    expect(changed(repository).judged).toEqual(['3_ours'])
  })

  it('complains of an old migration that was edited, unstaged too, and judges it', () => {
    const repository = makeRepository()
    repository.write('1_a', 'DROP TABLE "x";\n')
    const { judged, problems } = changed(repository)
    expect(judged).toEqual(['1_a'])
    expect(problems).toEqual([expect.stringMatching(/^1_a was changed after main had it: where it is applied it does not run again/)])
  })

  it('complains of one that was deleted, and of one that was renamed', () => {
    const repository = makeRepository()
    rmSync(path.join(repository.migrationsDir, '1_a'), { recursive: true })
    renameSync(path.join(repository.migrationsDir, '2_b'), path.join(repository.migrationsDir, '3_b'))
    repository.commit()
    const { judged, problems } = changed(repository, 'main~1')
    expect(judged).toEqual(['3_b'])
    expect(problems).toEqual([
      expect.stringMatching(/^1_a was deleted or renamed, and main~1 has it/),
      expect.stringMatching(/^2_b was deleted or renamed/),
    ])
  })

  it('complains of a folder without a migration.sql', () => {
    const repository = makeRepository()
    mkdirSync(path.join(repository.migrationsDir, '3_empty'))
    expect(changed(repository)).toMatchObject({ judged: [], problems: [expect.stringMatching(/^3_empty has no migration.sql.*P3015/)] })
  })

  it('takes names with blanks, line ends, quotes and letters of any script', () => {
    const repository = makeRepository('ordner "ä"\n名/[x]*')
    const names = ['3_mit leer', '4_zeile\nende', '5_“名前”', '6_\\"quote']
    for (const name of names) repository.write(name)
    expect(changed(repository).judged).toEqual(names)
    repository.commit()
    expect(changed(repository, 'HEAD~1').judged).toEqual(names)
  })

  it('first push of a branch, with nothing to compare with: everything is new', () => {
    const repository = makeRepository()
    repository.git('branch', '-m', 'trunk')
    expect(changed(repository)).toEqual({ judged: ['1_a', '2_b'], problems: [], changedSince: undefined })
  })

  it('a repository without a commit', () => {
    const repository = makeRepository()
    rmSync(path.join(repository.folder, '.git'), { recursive: true })
    repository.git('init', '-q', '-b', 'main')
    expect(changed(repository).judged).toEqual(['1_a', '2_b'])
  })

  it('the upstream of the branch, then the default branch of origin; detached too', () => {
    const repository = makeRepository()
    repository.git('clone', '-q', repository.folder, path.join(repository.top, 'clone'))
    const clone = openRepository(path.join(repository.top, 'clone'))
    clone.write('3_pushed')
    clone.commit()
    expect(changed(clone)).toMatchObject({ judged: ['3_pushed'], changedSince: 'origin/main' })
    clone.git('checkout', '-q', '--detach')
    expect(changed(clone)).toMatchObject({ judged: ['3_pushed'], changedSince: 'origin/main' })
    clone.git('checkout', '-qb', 'feature')
    clone.git('push', '-qu', 'origin', 'feature')
    expect(changed(clone)).toMatchObject({ judged: [], changedSince: 'origin/feature' })
    clone.git('branch', '-qD', 'main')
    expect(changed(clone, 'main')).toMatchObject({ judged: ['3_pushed'], changedSince: 'origin/main' })
  })

  it('a shallow clone without the base: says what to fetch', () => {
    const repository = makeRepository()
    repository.git('checkout', '-qb', 'feature')
    repository.write('3_c')
    repository.commit()
    repository.git('clone', '-q', '--depth', '1', '--single-branch', `file://${repository.folder}`, path.join(repository.top, 'clone'))
    const clone = openRepository(path.join(repository.top, 'clone'))
    const next = ['In a GitHub workflow, give actions/checkout: fetch-depth: 0', 'Elsewhere: git fetch --unshallow']
    expect(() => changed(clone, 'main')).toThrow(expect.objectContaining({ code: 'usage', next }))
    clone.git('fetch', '-q', '--depth', '1', 'origin', 'main:refs/remotes/origin/main')
    expect(() => changed(clone, 'main')).toThrow(/shallow/)
  })

  it('a base that is not there, and a folder that is in no repository', () => {
    const repository = makeRepository()
    expect(() => changed(repository, 'nope')).toThrow('There is no branch, tag or commit nope here.')
    expect(() => changed(repository, '--output=x')).toThrow('There is no branch, tag or commit --output=x here.')
    rmSync(path.join(repository.folder, '.git'), { recursive: true })
    expect(() => changed(repository)).toThrow('--changed needs a git repository')
  })

  it('a worktree, a submodule, and a link to the repository', () => {
    const repository = makeRepository()
    const worktree = openRepository(path.join(repository.top, 'tree'))
    repository.git('worktree', 'add', '-q', '-b', 'feature', worktree.folder)
    worktree.write('3_c')
    expect(changed(worktree).judged).toEqual(['3_c'])
    expect(changed(repository).judged).toEqual([])
    const outer = openRepository(path.join(repository.top, 'outer'), 'sub/packages/my shop')
    mkdirSync(outer.folder)
    outer.git('init', '-q', '-b', 'main')
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', repository.folder, 'sub')
    outer.write('3_inner')
    expect(changed(outer).judged).toEqual(['3_inner'])
    symlinkSync(worktree.folder, path.join(repository.top, 'link'))
    expect(changed(openRepository(path.join(repository.top, 'link'))).judged).toEqual(['3_c'])
  })
})

it('in a hook: judges what would be pushed, does not wait for stdin, and minds no variable of git', async () => {
  const project = await makeProject({ prisma: 7, database: 'sqlite' })
  onTestFinished(() => project.cleanup())
  const git = (...words: string[]) => execFileSync('git', words, { cwd: project.dir, env, encoding: 'utf8' })
  writeFileSync(path.join(project.dir, '.gitignore'), 'node_modules\n')
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-qm', 'x')
  project.addMigration('20250101000000_drop', 'DROP TABLE "users";\n')
  const words = [safeMigrateBin, 'check', '--changed', '--json']
  const child = spawn(process.execPath, words, {
    cwd: project.dir,
    env: { ...env, GIT_DIR: '.git', GIT_PREFIX: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.on('data', (data) => (stdout += data))
  const exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  child.stdin.destroy()
  const report = readReport({ exitCode, stdout, stderr: '', output: stdout, signal: undefined }, 'plan')
  expect(report).toMatchObject({ exitCode: 1, changedSince: 'main', pending: ['20250101000000_drop'], findings: [{ rule: 'drop-table' }] })
  const text = await runCommand(process.execPath, [safeMigrateBin, 'check', '--changed'], { cwd: project.dir, env })
  expect(text.stdout).toContain('1 file changed since main: 1 finding stops a run')
  for (const wrong of [
    ['--changed', 'x.sql'],
    ['--base', 'main'],
  ])
    expect((await runCommand(process.execPath, [safeMigrateBin, 'check', ...wrong], { cwd: project.dir, env })).exitCode).toBe(2)
})

describe('files', () => {
  const check = (folder: string, words: readonly string[], input?: string) =>
    runCommand(process.execPath, [safeMigrateBin, 'check', '--provider', 'postgresql', '--json', ...words], {
      cwd: folder,
      env,
      ...(input === undefined ? {} : { input }),
    })

  it('standard input, a folder of migrations, a folder of files, the same one twice', async () => {
    const repository = makeRepository('shop')
    repository.write('3_c', 'DROP TABLE "a";\n')
    const stdin = readReport(await check(repository.root, ['-'], 'DROP TABLE "x";'), 'plan')
    expect(stdin).toMatchObject({ pending: ['<stdin>'], findings: [{ location: { file: '<stdin>' } }] })
    const folder = readReport(await check(repository.root, ['prisma/migrations', 'prisma/migrations/3_c']), 'plan')
    expect(folder.pending).toEqual(['1_a', '2_b', '3_c'])
    expect(folder.findings.map(({ location }) => location.file)).toEqual(['prisma/migrations/3_c/migration.sql'])
    cpSync(path.join(repository.migrationsDir, '3_c', 'migration.sql'), path.join(repository.root, 'b.sql'))
    writeFileSync(path.join(repository.root, 'a.sql'), '')
    expect(readReport(await check(repository.root, ['.']), 'plan').pending).toEqual(['a.sql', 'b.sql'])
    expect(readReport(await check(repository.root, ['prisma']), 'error').error.message).toContain('no .sql file in prisma')
  })

  it('what is not UTF-8 is refused, a NUL is a finding, nothing is nothing', async () => {
    const { root } = makeRepository('shop')
    writeFileSync(path.join(root, 'utf16.sql'), Buffer.from('\uFEFFDROP TABLE "a";', 'utf16le'))
    writeFileSync(path.join(root, 'latin1.sql'), Buffer.from('-- für alle\nDROP TABLE "a";', 'latin1'))
    writeFileSync(path.join(root, 'nul.sql'), 'SELECT 1;\0DROP TABLE "a";')
    writeFileSync(path.join(root, 'empty.sql'), '')
    expect(readReport(await check(root, ['utf16.sql']), 'error').error.message).toBe('utf16.sql is not UTF-8 text but UTF-16.')
    expect(readReport(await check(root, ['latin1.sql']), 'error')).toMatchObject({
      exitCode: 1,
      error: { message: 'latin1.sql is not UTF-8 text.' },
    })
    expect(readReport(await check(root, ['nul.sql']), 'plan').findings).toMatchObject([{ rule: 'could-not-be-analysed' }])
    expect(readReport(await check(root, ['empty.sql']), 'plan')).toMatchObject({ exitCode: 0, findings: [] })
  })
})
