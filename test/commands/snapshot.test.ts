import { readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { makeProject } from '../helpers/make-project.js'
import { newerPostgresqlServer } from '../helpers/postgresql-server.js'
import { readReport } from '../helpers/reports.js'

describe.each(['sqlite', 'postgresql'] as const)('snapshot on %s', (database) => {
  it('create, list, show, verify', async () => {
    const project = await makeProject({ prisma: 7, database })
    onTestFinished(() => project.cleanup())
    await fillFixture(project)
    const created = readReport(await project.safeMigrate('snapshot', 'create', '--json'), 'snapshots')
    const [snapshot] = created.snapshots
    expect(snapshot).toMatchObject({
      reason: 'manual',
      tables: expect.arrayContaining([expect.objectContaining({ name: 'users', rows: 40 })]),
    })
    expect(snapshot?.why).not.toBe('')
    expect(readReport(await project.safeMigrate('snapshot', 'list', '--json'), 'snapshots').snapshots.map((one) => one.id)).toEqual([
      snapshot?.id,
    ])
    expect((await project.safeMigrate('snapshot', 'show')).stdout).toContain('users  40 rows')
    expect((await project.safeMigrate('snapshot', 'verify', '--restore')).exitCode).toBe(0)
    expect((await project.safeMigrate('snapshot', 'verify')).stdout).toContain('is complete and unchanged')
    const folder = snapshot?.folder ?? ''
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o077).toBe(0)
  })

  it('a damaged snapshot is refused, by verify and by restore, and the database is left alone', async () => {
    const project = await makeProject({ prisma: 7, database })
    onTestFinished(() => project.cleanup())
    await fillFixture(project)
    const [snapshot] = readReport(await project.safeMigrate('snapshot', 'create', '--json'), 'snapshots').snapshots
    const file = path.join(snapshot?.folder ?? '', 'fingerprint.json')
    writeFileSync(file, '{}')
    const before = await readEverything(project)
    expect(readReport(await project.safeMigrate('snapshot', 'verify', '--json'), 'error')).toMatchObject({
      exitCode: 1,
      error: { code: 'snapshot' },
    })
    expect(readReport(await project.safeMigrate('restore', '--yes', '--json'), 'error').error.message).toContain(snapshot?.id)
    expect(await readEverything(project)).toEqual(before)
    // A refused restore is no interrupted one: the next run is not held up by it.
    expect(readReport(await project.safeMigrate('status', '--json'), 'status').unfinished).toBeNull()
    project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
    expect((await project.safeMigrate('deploy')).exitCode).toBe(0)
  })
})

it('a PostgreSQL newer than every pg_dump: says so, and copies without it', async () => {
  const server = await newerPostgresqlServer()
  if (server === null) return
  const project = await makeProject({ prisma: 7, database: 'postgresql', server })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
  const report = readReport(await project.safeMigrate('deploy', '--json'), 'run')
  expect(report).toMatchObject({ verdict: 'applied', exitCode: 0, snapshot: { engine: 'copy' } })
  expect(report.snapshot?.why).toMatch(/pg_dump \d+\S* is older than the server, PostgreSQL \d+/)
  const before = await readEverything(project)
  await project.query('DELETE FROM "Profile"')
  expect((await project.safeMigrate('restore', '--yes')).exitCode).toBe(0)
  expect(Number((await project.query('SELECT count(*) AS n FROM "Profile"'))[0]?.n)).toBe(40)
  expect(Object.keys(await readEverything(project))).toEqual(Object.keys(before))
})

it('an engine that cannot work here is refused before anything is changed', async () => {
  const project = await makeProject({ prisma: 7, database: 'sqlite' })
  onTestFinished(() => project.cleanup())
  project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
  const report = readReport(await project.safeMigrate('deploy', '--engine', 'pg-dump', '--json'), 'error')
  expect(report.exitCode).toBe(2)
  expect(report.error.next.length).toBeGreaterThan(0)
  expect(readReport(await project.safeMigrate('status', '--json'), 'status').migrations.at(-1)).toMatchObject({ state: 'pending' })
})
