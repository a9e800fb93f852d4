import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SafeMigrateError } from '../../src/errors.js'
import type { RunReport } from '../../src/run/report.js'
import type { RunOptions } from '../../src/run/run.js'
import { settleOnRequest } from '../../src/run/settle.js'
import { createSnapshot } from '../../src/run/snapshots.js'
import { readStatus } from '../../src/run/status.js'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { atStep, bringBack, findStrays, openOptions, readDatabase, readSteps, runKeepingSteps } from './steps/steps.js'

interface Scenario {
  readonly name: string
  readonly words: readonly string[]
  arrange(project: TestProject, options: RunOptions): Promise<void>
  /** Of the run that nobody kills. */
  readonly exitCode: number
  /** Steps that it must have, so that the table cannot become empty unnoticed. */
  readonly steps: readonly string[]
}

const FAILS = 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\nINSERT INTO "Profile" ("userId", "bio") VALUES (1, \'twice\');\n'

/** A new command that keeps a journal is one line here: every step that its run writes is killed after. */
const SCENARIOS: readonly Scenario[] = [
  {
    name: 'deploy that fails and restores',
    words: ['deploy', '--on-failure', 'restore'],
    arrange: async (project) => project.addMigration('20250101000000_change', FAILS),
    exitCode: 3,
    steps: ['migrate', 'migrated', 'judged', 'restore', 'restored', 'end'],
  },
  {
    name: 'restore',
    words: ['restore', '--yes'],
    arrange: async (project, options) => {
      await createSnapshot(options)
      await project.query('UPDATE "users" SET "name" = \'changed\'; DELETE FROM "Profile"; ALTER TABLE "users" ADD COLUMN "nickname" TEXT')
    },
    exitCode: 0,
    steps: ['start', 'restore', 'restored', 'end'],
  },
]

/** Nothing was changed yet, or all is done: to undo it is to close it. */
const SAME_EITHER_WAY: ReadonlySet<string> = new Set(['start', 'snapshot', 'end'])

async function setUp(scenario: Scenario) {
  const project = await makeProject({ prisma: 7, database: 'sqlite' })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  const opened = await openOptions(project)
  const ui: RunOptions['ui'] = { ...opened.ui, chooseRecovery: async () => 'restore' }
  const options = { ...opened, ui }
  await scenario.arrange(project, options)
  const before = await readDatabase(options)
  return { project, options, before }
}

/** Prisma survives a killed safe-migrate: until it is done, nothing can be settled. */
async function settle(options: RunOptions, how: 'resume' | 'undo'): Promise<RunReport> {
  for (let attempt = 0; attempt < 400; attempt++) {
    try {
      return await settleOnRequest(options, how, async () => true)
    } catch (error) {
      if (!(error instanceof SafeMigrateError) || !error.message.startsWith('Prisma is still running')) throw error
      await sleep(100)
    }
  }
  throw new Error('Prisma never ended')
}

interface Sides {
  readonly before: string
  readonly after: string
}

/** It is explained, and finished or undone; then everything is exactly as before the run or as after it, and nothing is left over. */
async function requireSettled(project: TestProject, options: RunOptions, how: 'resume' | 'undo', sides: Sides): Promise<void> {
  const steps = readSteps(project)
  const { unfinished } = await readStatus(options)
  expect(unfinished === null).toBe(steps.at(-1) === 'end')
  if (unfinished !== null) expect(unfinished.explanation).toContain('did not come to its end')
  const report = await settle(options, how)
  const now = await readDatabase(options)
  if (how === 'undo' && unfinished !== null) expect(now === sides.before ? 'as before' : now).toBe('as before')
  expect(now === sides.before ? 'as before' : now === sides.after ? 'as after' : now).toMatch(/^as (before|after)$/)
  if (report.verdict === 'not-applied') expect(now).toBe(sides.before)
  expect((await readStatus(options)).unfinished).toBeNull()
  expect(await findStrays(project, options)).toEqual([])
}

/** What failed, and where. */
async function at(where: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error })
  })
}

describe('SQLite, killed after every step of the journal', () => {
  it.each(SCENARIOS)(
    '$name',
    async (scenario) => {
      const { project, options, before } = await setUp(scenario)
      // One run: a kill leaves the files as they are at that moment, and the locks go with the process.
      const states = await runKeepingSteps(project, scenario.words)
      const after = await readDatabase(options)
      expect([...states.keys()].map((name) => name.slice(3))).toEqual(readSteps(project))
      expect(readSteps(project)).toEqual(expect.arrayContaining([...scenario.steps]))
      for (const [name, state] of states)
        for (const how of SAME_EITHER_WAY.has(name.slice(3)) ? (['resume'] as const) : (['undo', 'resume'] as const))
          await at(`killed after ${name}, then ${how}`, async () => {
            bringBack(project, state)
            await requireSettled(project, options, how, { before, after })
          })
    },
    180_000,
  )
})

describe('SQLite', () => {
  it('a clock that is set back between two snapshots does not change which is the latest', async () => {
    const project = await makeProject({ prisma: 7, database: 'sqlite' })
    onTestFinished(() => project.cleanup())
    await fillFixture(project)
    const ahead = await project.start(['snapshot', 'create'], atStep({ TEST_CLOCK_OFFSET: String(86_400_000) }))
    expect(ahead.exitCode).toBe(0)
    await project.query('DELETE FROM "Profile" WHERE "userId" = 1')
    expect((await project.safeMigrate('snapshot', 'create')).exitCode).toBe(0)
    await project.query('DELETE FROM "Profile"')
    expect((await project.safeMigrate('restore', '--yes')).exitCode).toBe(0)
    expect(await project.query('SELECT 1 FROM "Profile"')).toHaveLength(39)
  })
})
