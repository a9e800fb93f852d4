import { expect, it, onTestFinished } from 'vitest'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

async function setUp(sql: string): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database: 'postgresql' })
  onTestFinished(() => project.cleanup())
  await project.query(`INSERT INTO "users" ("email", "name") VALUES ('a@example.com', 'very-secret-value'), ('b@example.com', '12')`)
  project.addMigration('20250101000000_change', sql)
  return project
}

it('a measure never shows a value, also not in the words of the database', async () => {
  const project = await setUp('ALTER TABLE "users" ALTER COLUMN "name" TYPE INTEGER USING "name"::integer;\n')
  const result = await project.safeMigrate('plan', '--json')
  const { findings, exitCode } = readReport(result, 'plan')
  expect(exitCode).toBe(1)
  expect(findings).toMatchObject([{ rule: 'alter-column-type', impact: { measured: true, failing: { rows: 1, keys: ['1'] } } }])
  expect(result.output).not.toContain('very-secret-value')
})

it('what a statement calls is not called only to count', async () => {
  const project = await setUp(`UPDATE "users" SET "name" = f("name");\n`)
  await project.query('CREATE FUNCTION f(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN upper($1); END $$')
  const { findings } = readReport(await project.safeMigrate('plan', '--json'), 'plan')
  expect(findings.find(({ rule }) => rule === 'update-unfiltered')?.impact).toMatchObject({
    measured: false,
    why: expect.stringContaining('f()'),
  })
})

it('says which rows fail, with their values only when asked to, and what stays applied then', async () => {
  const project = await setUp(
    `CREATE TABLE "first" ("id" INTEGER);\nALTER TABLE "users" ADD CONSTRAINT "c" CHECK ("name" <> 'very-secret-value');\n`,
  )
  const hidden = await project.safeMigrate('plan', '--json')
  const { findings, atomicity } = readReport(hidden, 'plan')
  const failing = findings.find(({ rule }) => rule === 'add-check')?.impact
  expect(failing).toEqual({ measured: true, failing: { rows: 1, keys: ['1'] } })
  expect(atomicity).toMatchObject([{ migration: '20250101000000_change', atomic: 'no' }])
  const shown = readReport(await project.safeMigrate('plan', '--json', '--show-values'), 'plan')
  expect(shown.findings.find(({ rule }) => rule === 'add-check')?.impact).toMatchObject({ failing: { values: ['very-secret-value'] } })
  const { stderr, stdout } = await project.safeMigrate('plan')
  expect(stderr + stdout).toMatch(/If 20250101000000_change fails at line 2, what is above that line stays applied/)
})
