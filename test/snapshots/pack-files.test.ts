import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packFiles } from '../../src/snapshots/files/pack-files.js'
import { ignoreProgress } from '../../src/util/progress.js'
import { failureOf, saidBy, temporaryFolder } from './snapshot-test.js'

test('a symbolic link is packed where what it points at is packed too, or is not there', async () => {
  const [root, elsewhere] = [temporaryFolder(), temporaryFolder()]
  mkdirSync(join(root, 'uploads/2024'), { recursive: true })
  mkdirSync(join(root, 'shared'))
  writeFileSync(join(root, 'uploads/2024/a.jpg'), 'a')
  symlinkSync('2024', join(root, 'uploads/latest'))
  symlinkSync('nowhere', join(root, 'uploads/gone'))
  const pack = (...paths: string[]) => packFiles(root, paths, temporaryFolder(), ignoreProgress)
  expect(await pack('uploads')).toBe(5)
  symlinkSync('../shared', join(root, 'uploads/shared'))
  expect(saidBy(await failureOf(pack('uploads')))).toMatch(/uploads\/shared is a symbolic link to [\s\S]*files: \["uploads", "shared"\]/)
  expect(await pack('uploads', 'shared')).toBe(7)
  symlinkSync(elsewhere, join(root, 'linked'))
  expect(saidBy(await failureOf(pack('linked')))).toMatch(/linked is a symbolic link to [\s\S]*Move what it points at into the project/)
})
