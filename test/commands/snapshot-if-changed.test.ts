import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

async function projectOn(database: 'sqlite' | 'postgresql'): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  return project
}

/** @returns how it was known that nothing changed; null when a snapshot was taken */
async function createIfChanged(project: TestProject, ...more: string[]): Promise<string | null> {
  const report = readReport(await project.safeMigrate('snapshot', 'create', '--if-changed', '--json', ...more), 'snapshots')
  expect(report.snapshots).toHaveLength(1)
  return report.unchanged?.how ?? null
}

const CHEAP = /has written nothing since/
const COMPARED = 'every row and every definition was compared'

describe.each(['sqlite', 'postgresql'] as const)('snapshot create --if-changed on %s', (database) => {
  it('takes one when there is none, none when nothing changed, and one after any change', async () => {
    const project = await projectOn(database)
    expect(await createIfChanged(project)).toBeNull()
    expect(await createIfChanged(project, '--exact')).toBe(COMPARED)
    const changes = [
      `UPDATE "BlogPost" SET "Title" = 'other'`,
      'CREATE INDEX more ON "BlogPost" ("Title")',
      database === 'sqlite' ? 'PRAGMA user_version = 7' : `COMMENT ON TABLE "BlogPost" IS 'changed'`,
    ]
    for (const sql of changes) {
      await project.query(sql)
      expect(await createIfChanged(project), sql).toBeNull()
      expect(await createIfChanged(project), sql).not.toBeNull()
    }
    const text = await project.safeMigrate('snapshot', 'create', '--if-changed')
    expect(text.stdout).toMatch(/Nothing changed since snapshot \S+: no other was taken/)
    expect((await project.safeMigrate('snapshot', 'create', '--exact')).exitCode).toBe(2)
  })

  it('takes another when the last one is damaged, of another engine, or without the files', async () => {
    const project = await projectOn(database)
    await createIfChanged(project)
    if (database === 'postgresql') expect(await createIfChanged(project, '--engine', 'copy')).toBeNull()
    mkdirSync(path.join(project.dir, 'public'))
    writeFileSync(path.join(project.dir, 'public', 'a.txt'), 'one')
    project.write('safe-migrate.config.json', JSON.stringify({ files: ['public'] }))
    await sleep(2600)
    expect(await createIfChanged(project)).toBeNull()
    expect(await createIfChanged(project)).not.toBeNull()
    writeFileSync(path.join(project.dir, 'public', 'a.txt'), 'two')
    expect(await createIfChanged(project)).toBeNull()
  })
})

it('SQLite: the file itself tells that nothing was written, in every journal mode', async () => {
  for (const mode of ['DELETE', 'WAL']) {
    const project = await projectOn('sqlite')
    const handle = new Sqlite(project.databaseName)
    onTestFinished(() => {
      handle.close()
    })
    handle.pragma(`journal_mode = ${mode}`)
    handle.exec('CREATE TABLE held (a)')
    await sleep(2600)
    expect(await createIfChanged(project)).toBeNull()
    expect(await createIfChanged(project)).toMatch(CHEAP)
    // As large as before, and read by a connection that stays open.
    handle.exec('INSERT INTO held VALUES (1)')
    await sleep(2600)
    expect(await createIfChanged(project)).toBeNull()
    handle.exec('UPDATE held SET a = 2')
    expect(await createIfChanged(project)).toBeNull()
  }
})
