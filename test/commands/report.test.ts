import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { hasBrowser, lookAt, openBrowser } from '../helpers/browser.js'
import { fillFixture } from '../helpers/fixture-data.js'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject, type ProjectOptions, type TestProject } from '../helpers/make-project.js'
import { safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'

const HARMLESS = 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n'
const runs = hasBrowser('the report of a real run in a browser')

async function setUp(database: ProjectOptions['database'], sql: string): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database })
  onTestFinished(() => project.cleanup())
  await fillFixture(project)
  project.addMigration('20250101000000_next', sql)
  return project
}

/** As in a step of GitHub Actions. */
const inStep = (project: TestProject, summary: string, ...words: string[]) =>
  project.run(process.execPath, [safeMigrateBin, ...words], { env: { GITHUB_STEP_SUMMARY: summary } })

const read = (project: TestProject, name: string) => readFileSync(path.join(project.dir, name), 'utf8')
const textOf = (html: string) => html.replace(/<style>[\s\S]*?<\/style>/, '').replace(/<[^>]*>/g, ' ')

it('PostgreSQL: a run that lost data, in every format and in the summary of the step, with the figures of every table', async () => {
  const project = await setUp(
    'postgresql',
    `DROP TABLE "_GroupToUser";
CREATE TABLE "tag" ("id" INTEGER PRIMARY KEY);
ALTER TABLE "group" RENAME TO "team";
-- safe-migrate: allow delete-filtered Profile -- asked for
DELETE FROM "Profile" WHERE "userId" <= 3;
ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;
UPDATE "BlogPost" SET "slug" = 'post';
`,
  )
  for (const statement of hiddenTrigger('postgresql', `UPDATE "BlogPost" SET "Title" = upper("Title")`)) await project.query(statement)
  const summary = path.join(project.dir, 'summary')
  writeFileSync(summary, 'Already here.')
  const words = ['--report', 'run.html', '--report', 'out/run.md', '--report=out/run.JSON']
  const result = await inStep(project, summary, 'deploy', '--json', ...words)
  const report = readReport(result, 'run')
  expect(report).toMatchObject({ verdict: 'lost-kept', exitCode: 6, otherTables: 1 })
  expect(report.tables).toEqual([
    { schema: 'public', table: '_GroupToUser', rowsBefore: 0, rowsAfter: null, changed: [] },
    { schema: 'public', table: 'BlogPost', rowsBefore: 80, rowsAfter: 80, changed: ['Title'] },
    { schema: 'public', table: 'group', renamedTo: 'team', rowsBefore: 0, rowsAfter: 0, changed: [] },
    { schema: 'public', table: 'Profile', rowsBefore: 40, rowsAfter: 37, changed: [] },
    { schema: 'public', table: 'tag', rowsBefore: null, rowsAfter: 0, changed: [] },
  ])
  expect(JSON.parse(read(project, 'out/run.JSON'))).toEqual(report)
  const markdown = read(project, 'out/run.md')
  expect(readFileSync(summary, 'utf8')).toBe(`Already here.\n${markdown}`)
  for (const text of [textOf(read(project, 'run.html')), markdown.replace(/&#95;/g, '_').replace(/<[^>]*>/g, ' ')]) {
    expect(text).toContain('Data was lost.')
    expect(text).toMatch(/Profile: rows lost.*3.*3.*as predicted/)
    expect(text).toMatch(/BlogPost.Title: values changed.*80 of 80 values changed.*–.*80.*not predicted/)
    expect(text).toContain(`safe-migrate restore ${report.snapshot?.id}`)
    expect(text).toContain('asked for')
    expect(text).not.toContain('POST 1') // a value
  }
  expect(readdirSync(project.dir).filter((name) => name.startsWith('.run'))).toEqual([])
})

const HOSTILE = '</td><script>alert(1)</script>'

it('SQLite: a migration that failed half-way, on a page that shows names as text', async () => {
  const project = await setUp('sqlite', `ALTER TABLE "${HOSTILE}" ADD COLUMN "x" TEXT;\nINSERT INTO "${HOSTILE}" ("id") VALUES (1);\n`)
  await project.query(`CREATE TABLE "${HOSTILE}" ("id" INTEGER PRIMARY KEY); INSERT INTO "${HOSTILE}" VALUES (1)`)
  const result = await project.safeMigrate('deploy', '--report', 'run.html', '--report', 'run.md')
  expect(result.exitCode).toBe(4)
  const html = read(project, 'run.html')
  expect(html).not.toContain('<script')
  expect(textOf(html)).toMatch(/The migration failed: 20250101000000_next.*UNIQUE constraint failed.*took effect/s)
  expect(read(project, 'run.md').replace(/^```[\s\S]*?^```$/gm, '')).not.toContain('<script') // in a fence it is text
  if (!runs) return
  const browser = await openBrowser()
  try {
    for (const facts of await lookAt(browser, path.join(project.dir, 'run.html'))) {
      expect(facts).toMatchObject({ requests: [], messages: [], faint: [], scripts: 0 })
      expect(facts.overflow).toBeLessThanOrEqual(0)
      expect(facts.text).toContain(`ALTER TABLE "${HOSTILE}"`)
    }
  } finally {
    await browser.close()
  }
})

it('a run that ends with an error: what was known of it', async () => {
  const project = await setUp(
    'sqlite',
    `${HARMLESS}-- safe-migrate: allow drop-column users.name -- agreed\nALTER TABLE "users" DROP COLUMN "name";\n`,
  )
  const result = await inStep(
    project,
    path.join(project.dir, 'summary'),
    'deploy',
    '--engine',
    'nonsense',
    '--report',
    'run.html',
    '--json',
  )
  const report = readReport(result, 'error')
  expect(report.known).toMatchObject({ pending: ['20250101000000_next'], findings: [{ rule: 'drop-column' }], snapshot: null })
  const text = textOf(read(project, 'run.html'))
  for (const part of ['nonsense', '20250101000000_next', '30 values', 'agreed']) expect(text).toContain(part)
  expect(read(project, 'summary')).toContain('nonsense')
})

it('what cannot be written is found before anything is changed; a report of before is taken away, and only then', async () => {
  const project = await setUp('sqlite', HARMLESS)
  project.write('file', 'no folder')
  project.write('kept.html', 'of an earlier run')
  mkdirSync(path.join(project.dir, 'folder.md'))
  for (const [name, says] of [
    ['report.pdf', '.html, .md or .json'],
    ['report', '.html, .md or .json'],
    ['file/report.html', 'cannot be written'],
    ['folder.md', 'it is a folder'],
  ] as const) {
    const result = await project.safeMigrate('deploy', '--report', 'kept.html', '--report', name)
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toContain(says)
  }
  expect(read(project, 'kept.html')).toBe('of an earlier run')
  expect(existsSync(path.join(project.dir, '.safe-migrate'))).toBe(false)
  const result = await inStep(project, project.dir, 'plan', '--report', 'kept.html')
  expect(result.exitCode).toBe(0)
  expect(result.stderr).toContain('The summary of this step could not be written')
  expect(textOf(read(project, 'kept.html'))).toContain('nothing is lost in this database')
})

it('the summary: Markdown on stdout is not written twice, what is full stays as it is, what is long is cut', async () => {
  const project = await setUp('sqlite', 'DROP TABLE "users";\n')
  const summary = path.join(project.dir, 'summary')
  await inStep(project, summary, 'check', '--format', 'markdown')
  await inStep(project, summary, 'status')
  expect(existsSync(summary)).toBe(false)
  writeFileSync(summary, 'x'.repeat(1024 * 1024 - 700))
  await inStep(project, summary, 'check', '--format', 'github')
  const cut = readFileSync(summary, 'utf8')
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1024 * 1024)
  expect(cut).toMatch(/x\n\*\*.*stops a run[\s\S]*… [\s\S]*run safe-migrate to see all of them/)
  const { stderr, exitCode } = await inStep(project, summary, 'check')
  expect([stderr, exitCode]).toEqual([expect.stringContaining('is full'), 1])
  expect(readFileSync(summary, 'utf8')).toBe(cut)
})
