import { expect, it, onTestFinished } from 'vitest'
import { fillFixture } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

it('large objects that go with a migration are an alarm, and come back with a restore; a salvage is not advised', async () => {
  const project = await makeProject({ prisma: 7, database: 'postgresql' })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  await project.query(`SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, 'two')`)
  const hidden = hiddenTrigger('postgresql', 'PERFORM lo_unlink(oid) FROM pg_largeobject_metadata')
  for (const statement of hidden) await project.query(statement)
  project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
  const run = readReport(await project.safeMigrate('deploy', '--json'), 'run')
  expect([run.exitCode, run.differences.map(({ message }) => message)]).toEqual([6, ['2 of 2 large objects are gone']])
  expect(run.next.join('\n')).not.toContain('safe-migrate salvage')
  expect(await project.safeMigrate('restore', '--yes')).toMatchObject({ exitCode: 0 })
  const contents = "SELECT convert_from(lo_get(oid), 'UTF8') AS text FROM pg_largeobject_metadata ORDER BY oid"
  expect(await project.query(contents)).toEqual([{ text: 'one' }, { text: 'two' }])
})
