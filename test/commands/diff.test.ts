import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import { expect, it, onTestFinished } from 'vitest'
import { hiddenTrigger } from '../helpers/hidden-trigger.js'
import { makeProject } from '../helpers/make-project.js'
import { safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'

it('a run that lost rows names the command, and that lists them: data on stdout, everything else on stderr', async () => {
  const project = await makeProject({
    prisma: 7,
    database: 'sqlite',
    migrations: [{ name: '20250301000000_slug', sql: 'ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;' }],
  })
  onTestFinished(() => project.cleanup())
  for (const id of ['a', 'b', 'c'])
    await project.query(`INSERT INTO "BlogPost" ("id", "Title", "updatedAt") VALUES ('${id}', 'Post ${id}', '2025-01-01')`)
  for (const sql of hiddenTrigger('sqlite', `DELETE FROM "BlogPost" WHERE "id" > 'a'`)) await project.query(sql)
  const run = readReport(await project.safeMigrate('deploy', '--json'), 'run')
  expect(run).toMatchObject({ verdict: 'lost-kept', exitCode: 6 })
  const command = run.next.map((line) => /safe-migrate (diff .*)$/.exec(line)?.[1]).find((one) => one !== undefined)
  expect(command).toBe(`diff ${run.snapshot?.id} --show-values`)

  const listed = await project.safeMigrate(...(command ?? '').split(' '))
  expect(listed.exitCode).toBe(0)
  expect(listed.stdout).toMatch(/BlogPost {2}3 → 1 row {2}2 rows gone\n {2}\+ the column slug\n {2}- id b {2}Title: "Post b", body: NULL/)

  const csv = await project.safeMigrate('diff', '--as', 'csv', '--exit-code')
  expect(csv.exitCode).toBe(1)
  expect(parse(csv.stdout, { columns: true })).toEqual([
    expect.objectContaining({ table: 'BlogPost', change: 'column-added', column: 'slug' }),
    { schema: '', table: 'BlogPost', change: 'row-gone', key: 'b', column: '', before: '', after: '', rows: '1' },
    { schema: '', table: 'BlogPost', change: 'row-gone', key: 'c', column: '', before: '', after: '', rows: '1' },
  ])
  expect(csv.stderr).toContain('3 lines written as csv to stdout')

  expect(readReport(await project.safeMigrate('diff', '--json'), 'diff')).toMatchObject({
    written: null,
    tables: [{ name: 'BlogPost', rowsGone: 2 }],
  })
  expect(readReport(await project.safeMigrate('diff', '--as', 'csv', '--json'), 'error').error.message).toContain('both go to stdout')

  const before = readdirSync(project.dir).sort()
  const killed = project.start(['diff', '--as', 'csv', '--output', 'gone.csv'])
  const left = () => readdirSync(project.dir).filter((name) => !before.includes(name))
  for (const deadline = Date.now() + 60_000; left().length === 0 && Date.now() < deadline; ) await sleep(1)
  killed.kill('SIGKILL')
  await killed
  // It has its name when it is complete; the next command removes the rest. (It may have come to its end before it was killed.)
  expect(left()).toEqual([expect.stringMatching(/^gone\.csv(?:\.partial-\d+)?$/)])
  rmSync(join(project.dir, 'gone.csv'), { force: true })
  const closed = '"$0" "$@" --as ndjson | true; "$0" "$@" --as csv --output gone.csv >/dev/null 2>&1'
  expect((await project.run('sh', ['-c', closed, process.execPath, safeMigrateBin, 'diff'])).stderr).toContain('nobody reads')
  expect(left()).toEqual(['gone.csv'])
  const again = await project.safeMigrate('diff', '--as', 'csv', '--output', 'gone.csv')
  expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('It is there already') })
})
