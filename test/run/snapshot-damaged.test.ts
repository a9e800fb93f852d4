import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { settleOnRequest } from '../../src/run/settle.js'
import { readStatus } from '../../src/run/status.js'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject } from '../helpers/make-project.js'
import { failureOf, saidBy } from '../snapshots/snapshot-test.js'
import { openOptions, startUntil } from './steps/steps.js'

it.each([
  ['is gone', 'is missing', rmSync],
  ['is something else', 'SHA-256 differs', (file: string) => writeFileSync(file, 'x'.repeat(statSync(file).size))],
] as const)('the file of the snapshot %s while Prisma runs: not proven, and no run that stays open for ever', async (_, damage, harm) => {
  const project = await makeProject({ prisma: 7, database: 'sqlite' })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
  const run = await startUntil(project, ['deploy'], 'migrated')
  const folder = path.join(project.dir, '.safe-migrate', 'snapshots')
  const [id = ''] = readdirSync(folder).filter((name) => !name.startsWith('.'))
  harm(path.join(folder, id, 'database.sqlite'))
  const { exitCode, stderr } = await run.goOn()
  expect(exitCode).toBe(6)
  expect(stderr).toContain('whether data was lost is not known')
  expect(stderr).toMatch(new RegExp(`database.sqlite .*${damage}`))
  expect(stderr).toMatch(/undamaged copy of .*snapshots[\s\S]*close the run without it: safe-migrate status --resume/)
  expect(stderr).not.toMatch(/--undo|is complete/)
  const options = await openOptions(project)
  const resumed = await failureOf(settleOnRequest(options, 'resume', async () => true))
  expect([resumed.code, saidBy(resumed)]).toEqual(['unproven', expect.stringMatching(/is gone or damaged[\s\S]*run is closed/)])
  expect((await readStatus(options)).unfinished).toBeNull()
})
