import { appendFileSync, readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { makeProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

it('earlier runs, newest first: real ones, those that earlier versions recorded, of other databases, open and unreadable ones', async () => {
  const project = await makeProject({
    prisma: 7,
    database: 'sqlite',
    migrations: [{ name: '20250101000000_add', sql: 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n' }],
  })
  onTestFinished(() => project.cleanup())
  const history = async (...words: string[]) => readReport(await project.safeMigrate('status', '--history', '--json', ...words), 'history')
  expect((await history()).runs).toEqual([])

  const deployed = readReport(await project.safeMigrate('deploy', '--json'), 'run')
  const [run] = (await history()).runs
  expect(run).toMatchObject({
    runId: deployed.runId,
    startedAt: deployed.startedAt,
    command: 'deploy',
    isThisDatabase: true,
    state: 'ended',
    outcome: 'applied',
    exitCode: 0,
    settledBy: null,
    migrations: ['20250101000000_add'],
    applied: ['20250101000000_add'],
    snapshot: { id: deployed.snapshot?.id, state: 'here' },
    replaced: null,
  })
  expect(run?.by).toContain(hostname())
  expect(run?.seconds).toBeGreaterThan(0)

  const folder = path.join(project.dir, '.safe-migrate', 'runs')
  /** As version 0.1.0 wrote them: no `by`, and nothing but an outcome in the end. */
  const record = (name: string, head: object, ...steps: object[]) => {
    const first = {
      format: 1,
      runId: name,
      command: 'deploy',
      pid: 2 ** 22 + 1,
      host: hostname(),
      targetIdentity: 'elsewhere',
      target: 'PostgreSQL database "old"',
      startedAt: '2020-01-01T00:00:00.000Z',
      ...head,
    }
    for (const line of [first, ...steps]) appendFileSync(path.join(folder, `${name}.jsonl`), `${JSON.stringify(line)}\n`)
  }
  const [migrate, end] = [
    { step: 'migrate', at: '2020-01-01T00:00:01.000Z', snapshot: 'long-gone', pending: ['1_a'] },
    { step: 'end', at: '2020-01-01T00:00:02.500Z' },
  ]
  record('2020c', {}, { step: 'snapshot-taken', at: '', snapshot: 'long-gone' }, migrate, { ...end, outcome: 'lost-kept' })
  record('2020b', {}, migrate)
  record('2020a', {}, { ...end, outcome: 'stopped before any change' })
  record('2019', { format: 2 })
  appendFileSync(path.join(folder, '2018.jsonl'), 'nonsense\n')
  for (const name of readdirSync(path.join(project.dir, '.safe-migrate', 'snapshots')))
    rmSync(path.join(project.dir, '.safe-migrate', 'snapshots', name), { recursive: true })

  const all = await history()
  expect(all.runs).toMatchObject([
    { ...run, snapshot: { state: 'gone' } },
    {
      runId: '2020c',
      by: hostname(),
      isThisDatabase: false,
      outcome: 'lost-kept',
      exitCode: 6,
      seconds: 2.5,
      migrations: ['1_a'],
      applied: null,
      snapshot: { id: 'long-gone', state: 'gone' },
    },
    { runId: '2020b', state: 'open', outcome: null, exitCode: null, seconds: null },
    { runId: '2020a', state: 'ended', outcome: 'stopped before any change', exitCode: null, migrations: [] },
  ])
  expect(all.unreadable).toEqual([
    { file: '2019.jsonl', why: 'another version of safe-migrate wrote it' },
    { file: '2018.jsonl', why: expect.stringContaining('no journal') },
  ])
  const cut = await history('--limit', '2')
  expect([cut.runs.map(({ runId }) => runId), cut.older]).toEqual([[deployed.runId, '2020c'], 2])

  const { stdout } = await project.safeMigrate('status', '--history')
  expect(stdout).toMatch(
    /✖ 2020-01-01 00:00:00 UTC {2}deploy {2}data lost, kept \(exit code 6\) {2}2\.5 s {2}\S+ {2}on PostgreSQL database "old"/,
  )
  expect(stdout).toContain('snapshot long-gone (gone)')
  expect(stdout).toContain('did not come to its end')
  expect((await project.safeMigrate('status', '--limit', '2')).exitCode).toBe(2)
  expect((await project.safeMigrate('status', '--history', '--limit', 'x')).exitCode).toBe(2)
})
