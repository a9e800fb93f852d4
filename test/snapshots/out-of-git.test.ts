import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/snapshots/store.js'
import { failureOf, saidBy, temporaryFolder } from './snapshot-test.js'

const owner = { id: '20260101t000000000z-shop', engine: 'sqlite-backup', targetIdentity: 'x' }

function repository() {
  const root = temporaryFolder()
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { encoding: 'utf8' })
  git('init', '-q')
  return { root, git, folder: join(root, 'backups', 'snapshots') }
}

test('a folder that git tracks is refused, with how to have git forget it', async () => {
  const { root, git, folder } = repository()
  mkdirSync(join(folder, 'old'), { recursive: true })
  writeFileSync(join(folder, 'old', 'users.json'), '[]')
  git('add', '-A')
  const error = await failureOf(openStore(folder).begin(owner))
  expect(saidBy(error)).toContain('old/users.json')
  expect(saidBy(error)).toContain("rm -r --cached 'backups/snapshots'")
  expect(readdirSync(folder)).toEqual(['old'])
  git('rm', '-r', '-q', '--cached', 'backups/snapshots')
  await (await openStore(folder).begin(owner)).discard()
  expect(git('status', '--porcelain', '--untracked-files=all')).toBe('')
  expect(existsSync(join(root, 'backups/snapshots/old/users.json'))).toBe(true)
})

test('one that it does not ignore is refused, also behind a link', async () => {
  const { root, folder } = repository()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '.gitignore'), '# nothing\n')
  const outside = join(temporaryFolder(), 'link')
  symlinkSync(folder, outside)
  for (const way of [folder, outside]) {
    const error = await failureOf(openStore(way).begin(owner))
    expect(error.message).toContain('does not ignore')
    expect(readdirSync(folder)).toEqual(['.gitignore'])
  }
  writeFileSync(join(root, '.gitignore'), '/backups/\n')
  await (await openStore(folder).begin(owner)).discard()
})

test('a tracked .gitignore and .gitkeep are no data', async () => {
  const { git, folder } = repository()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '.gitignore'), '*\n')
  writeFileSync(join(folder, '.gitkeep'), '')
  git('add', '-f', '-A')
  await (await openStore(folder).begin(owner)).discard()
})
