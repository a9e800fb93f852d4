import { describe, expect, it, onTestFinished } from 'vitest'
import { fillFixture, readEverything } from '../helpers/fixture-data.js'
import { makeProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'

const ORPHANS = { name: 'every post has an author', sql: 'SELECT "id" FROM "BlogPost" WHERE "Author Id" IS NULL', must: 'return no rows' }
const TITLES = { name: 'titles', sql: 'SELECT count("Title") AS titles FROM "BlogPost"', must: 'not shrink' }

describe.each(['sqlite', 'postgresql'] as const)('invariants of the configuration on %s', (database) => {
  it('one that cannot be checked stops before any change; broken ones are losses, whatever was accepted; what was broken before is not blamed', async () => {
    const project = await makeProject({
      prisma: 7,
      database,
      migrations: [
        {
          name: '20250301000000_clean',
          sql: `-- safe-migrate: allow delete-filtered -- they left\nDELETE FROM "users" WHERE "email" = 'user1@example.com';\n`,
        },
      ],
    })
    onTestFinished(() => project.cleanup())
    await fillFixture(project)
    const configure = (config: object) => project.write('safe-migrate.config.json', JSON.stringify(config))
    await project.query(`UPDATE "BlogPost" SET "Author Id" = NULL WHERE "Author Id" = 2`)
    const before = await readEverything(project)

    configure({ invariants: [ORPHANS, { ...TITLES, sql: 'SELECT nope FROM "BlogPost"' }] })
    expect(readReport(await project.safeMigrate('plan', '--json'), 'plan')).toMatchObject({
      exitCode: 1,
      blocking: 0,
      invariants: [
        { name: ORPHANS.name, state: 'broken', why: '2 rows where none may be' },
        { name: TITLES.name, state: 'not checkable', why: expect.stringContaining('nope') },
      ],
    })
    const stopped = await project.safeMigrate('deploy')
    expect(stopped.exitCode).toBe(2)
    expect(stopped.stderr).toContain('The invariant “titles” cannot be checked')
    expect(await readEverything(project)).toEqual(before)

    configure({ invariants: [ORPHANS, TITLES], criticalModels: ['User', 'Post'] })
    const result = await project.safeMigrate('deploy', '--json')
    const run = readReport(result, 'run')
    expect(run).toMatchObject({ verdict: 'lost-kept', exitCode: 6, prisma: { applied: ['20250301000000_clean'] } })
    expect(
      run.differences
        .filter(({ kind }) => kind === 'invariant-broken')
        .map(({ name, message, cause, weight }) => [name, message, cause, weight]),
    ).toEqual([
      [
        'every post has an author',
        'The invariant “every post has an author” is broken: 4 rows where none may be, 2 of them before the run',
        'unpredicted',
        'loss',
      ],
      ['User', 'users: it may never lose rows (criticalModels), and holds 39 of 40 rows', 'unpredicted', 'loss'],
    ])
    expect(JSON.stringify(run.differences.filter(({ kind }) => kind === 'invariant-broken'))).not.toContain('00000000-0000-4000')
    expect(result.stderr).toContain('is broken now, before the run')
  }, 180_000)
})
