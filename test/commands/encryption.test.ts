import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { makeIdentity } from '../helpers/age-tool.js'
import { fillFixture } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

async function encryptedProject(): Promise<{ project: TestProject; closed: object; open: object }> {
  const project = await makeProject({ prisma: 7, database: 'sqlite' })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  const { recipient } = await makeIdentity(path.join(project.dir, 'identity.txt'))
  mkdirSync(path.join(project.dir, 'public'))
  writeFileSync(path.join(project.dir, 'public', 'a.txt'), 'one')
  const closed = { files: ['public'], encryption: { recipients: [recipient] } }
  return { project, closed, open: { ...closed, encryption: { recipients: [recipient], identityFile: 'identity.txt' } } }
}

const configure = (project: TestProject, config: object) => project.write('safe-migrate.config.json', JSON.stringify(config))

it('deploy without an identity compares all the same, and says why no row is named; with one the rows are named', async () => {
  const { project, closed, open } = await encryptedProject()
  configure(project, closed)
  for (const sql of hiddenTrigger('sqlite', `UPDATE "BlogPost" SET "Title" = 'lost' WHERE "Id" = (SELECT min("Id") FROM "BlogPost")`))
    await project.query(sql)
  project.addMigration('20260101000000_add', 'ALTER TABLE "BlogPost" ADD COLUMN "more" TEXT;\n')
  const blind = await project.safeMigrate('deploy')
  expect(blind.output).toContain('it cannot be restored from here')
  expect(blind.output).toMatch(/Rows cannot be named: .*is encrypted, and nothing here can decrypt it[\s\S]*BlogPost.Title: values changed/)
  expect(blind.exitCode).toBe(6)

  await project.query(`UPDATE "BlogPost" SET "Title" = 'again'`)
  configure(project, open)
  project.addMigration('20260102000000_add', 'ALTER TABLE "BlogPost" ADD COLUMN "most" TEXT;\n')
  const seeing = await project.safeMigrate('deploy')
  expect(seeing.output).toContain('BlogPost.Title: 1 of 80 values changed (id ')
  expect(seeing.exitCode).toBe(6)
})

it('verify, show, export, restore of rows, of files and of all', async () => {
  const { project, closed, open } = await encryptedProject()
  configure(project, open)
  const created = readReport(await project.safeMigrate('snapshot', 'create', '--json'), 'snapshots').snapshots[0]
  expect(created).toMatchObject({ encryption: 'recipients' })
  expect((await project.safeMigrate('snapshot', 'show')).stdout).toContain('encrypted (age)')
  expect((await project.safeMigrate('snapshot', 'verify', '--restore')).exitCode).toBe(0)
  const before = await project.query('SELECT * FROM "BlogPost" ORDER BY "Id"')
  await project.query('DELETE FROM "BlogPost"')
  writeFileSync(path.join(project.dir, 'public', 'a.txt'), 'changed')
  const output = path.join(project.dir, 'exported')
  expect((await project.safeMigrate('snapshot', 'export', '--output', output)).exitCode).toBe(0)
  expect(readdirSync(output).length).toBeGreaterThan(0)

  const snapshots = path.join(project.dir, '.safe-migrate', 'snapshots')
  configure(project, closed)
  const verified = await project.safeMigrate('snapshot', 'verify')
  expect([verified.exitCode, verified.output]).toEqual([0, expect.stringContaining('what is in them was not read')])
  for (const words of [
    ['restore', '--yes'],
    ['restore', '--only', 'BlogPost', '--yes'],
    ['restore', '--dry-run'],
    ['snapshot', 'export'],
    ['snapshot', 'verify', '--restore'],
  ]) {
    const refused = await project.safeMigrate(...words)
    expect(refused.exitCode, words.join(' ')).not.toBe(0)
    expect(refused.output).toMatch(/nothing here can decrypt it[\s\S]*Set encryption.identityFile/)
  }
  expect(readdirSync(snapshots).filter((name) => !name.startsWith('.'))).toHaveLength(1)

  configure(project, open)
  const parts = await project.safeMigrate('restore', '--only', 'BlogPost', '--yes')
  expect([parts.exitCode, parts.output]).toEqual([0, expect.any(String)])
  expect(await project.query('SELECT * FROM "BlogPost" ORDER BY "Id"')).toEqual(before)
  await project.query('DELETE FROM "BlogPost"')
  expect((await project.safeMigrate('restore', '--dry-run', '--files')).exitCode).toBe(0)
  expect((await project.safeMigrate('restore', '--yes', '--files')).exitCode).toBe(0)
  expect(await project.query('SELECT * FROM "BlogPost" ORDER BY "Id"')).toEqual(before)
  expect(readFileSync(path.join(project.dir, 'public', 'a.txt'), 'utf8')).toBe('one')
  expect(readdirSync(snapshots).filter((name) => name.startsWith('.opened-'))).toEqual([])
})

it('a passphrase cannot be written into the configuration, and a missing one stops a deploy before anything', async () => {
  const { project } = await encryptedProject()
  rmSync(path.join(project.dir, 'public'), { recursive: true })
  configure(project, { encryption: { passphrase: 'my-secret-words' } })
  const written = await project.safeMigrate('snapshot', 'create')
  expect(written.exitCode).toBe(2)
  expect(written.output).toContain('encryption.passphrase: unknown setting')
  expect(written.output).not.toContain('my-secret-words')
  configure(project, { encryption: { passphraseVariable: 'my-secret-words' } })
  expect((await project.safeMigrate('snapshot', 'create')).output).not.toContain('my-secret-words')
  configure(project, { encryption: { passphraseVariable: 'NOT_SET_ANYWHERE' } })
  project.addMigration('20260101000000_add', 'CREATE TABLE "Added" ("id" INTEGER PRIMARY KEY);\n')
  const stopped = await project.safeMigrate('deploy')
  expect([stopped.exitCode, stopped.output]).toEqual([2, expect.stringContaining('NOT_SET_ANYWHERE')])
  expect(await project.query(`SELECT 1 FROM sqlite_master WHERE name = 'Added'`)).toEqual([])
})
