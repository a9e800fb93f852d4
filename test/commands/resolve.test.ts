import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { resolve } from '../../src/run/resolve.js'
import { makeProject, type ProjectOptions, type TestProject } from '../helpers/make-project.js'
import { readReport } from '../helpers/reports.js'
import { openOptions } from '../run/steps/steps.js'

const BOTH = [
  { prisma: 7, database: 'sqlite' },
  { prisma: 7, database: 'postgresql' },
] as const

async function setUp(options: ProjectOptions): Promise<TestProject> {
  const project = await makeProject(options)
  onTestFinished(() => project.cleanup())
  await project.query(`INSERT INTO "users" ("email", "name", "balance") VALUES ('a@example.com', 'A', 1), ('b@example.com', 'A', 2)`)
  return project
}

interface Situation {
  readonly name: string
  readonly sql: string
  /** What of it took effect. */
  readonly did?: readonly string[]
  /** As Prisma leaves it: an error recorded, nothing recorded (killed), or rolled back. */
  readonly row?: 'error' | 'killed' | 'rolled back'
  readonly isGone?: true
  readonly found: 'nothing' | 'everything' | 'half-way' | 'unknown'
  /** What `resolve --yes` does about it. */
  readonly done: 'applied' | 'rolled-back' | 'none'
  /** Where a person must decide: the SQL that is run by hand first, and the words. */
  readonly person?: { readonly sql?: readonly string[]; readonly words: string; readonly remaining?: readonly string[] }
}

const MAKE = (name: string) => `CREATE TABLE "${name}" ("id" INTEGER NOT NULL, "v" TEXT);`
const UPDATE = `UPDATE "users" SET "name" = 'B';`

/** Each is a migration of its own, all in one database; afterwards `prisma migrate deploy` must go through. */
const COMMON: readonly Situation[] = [
  { name: '01_nothing', sql: `${MAKE('a1')}\n${MAKE('a2')}`, found: 'nothing', done: 'rolled-back' },
  { name: '02_data_in_one_statement', sql: UPDATE, found: 'nothing', done: 'rolled-back' },
  {
    name: '03_killed_at_the_end',
    sql: `${MAKE('b1')}\nCREATE INDEX "b1_i" ON "b1"("v");`,
    did: [MAKE('b1'), 'CREATE INDEX "b1_i" ON "b1"("v")'],
    row: 'killed',
    found: 'everything',
    done: 'applied',
  },
  {
    name: '04_half_way',
    sql: `${MAKE('c1')}\nALTER TABLE "users" ADD COLUMN "c" TEXT;\nCREATE UNIQUE INDEX "c1_i" ON "c1"("v");`,
    did: [MAKE('c1')],
    found: 'half-way',
    done: 'none',
    person: {
      sql: ['ALTER TABLE "users" ADD COLUMN "c" TEXT', 'CREATE UNIQUE INDEX "c1_i" ON "c1"("v")'],
      words: '--applied',
      remaining: ['ALTER TABLE "users" ADD COLUMN "c" TEXT;', 'CREATE UNIQUE INDEX "c1_i" ON "c1"("v");'],
    },
  },
  {
    name: '05_data_and_killed',
    sql: `${UPDATE}\nDELETE FROM "Profile";`,
    row: 'killed',
    found: 'unknown',
    done: 'none',
    person: { words: '--rolled-back' },
  },
  {
    name: '06_data_after_what_is_there',
    sql: `${MAKE('d1')}\n${UPDATE}`,
    did: [MAKE('d1')],
    found: 'half-way',
    done: 'none',
    person: { words: '--applied --yes', remaining: [UPDATE] },
  },
  {
    name: '07_another_table_of_that_name',
    sql: 'CREATE TABLE "Profile" ("other" TEXT);\nCREATE TABLE "e2" ("id" INTEGER);',
    row: 'killed',
    found: 'unknown',
    done: 'none',
    person: { sql: ['CREATE TABLE "e2" ("id" INTEGER)'], words: '--applied --yes' },
  },
  { name: '08_gone', sql: MAKE('f1'), isGone: true, found: 'unknown', done: 'none', person: { words: '--rolled-back' } },
  { name: '09_rolled_back_and_there', sql: MAKE('g1'), did: [MAKE('g1')], row: 'rolled back', found: 'everything', done: 'applied' },
  { name: '10_rolled_back', sql: MAKE('h1'), row: 'rolled back', found: 'nothing', done: 'none' },
]

const OWN: Readonly<Record<(typeof BOTH)[number]['database'], readonly Situation[]>> = {
  sqlite: [
    {
      name: '20_rebuild_between_drop_and_rename',
      sql: 'PRAGMA foreign_keys=OFF;\nCREATE TABLE "new_r" ("id" INTEGER NOT NULL PRIMARY KEY, "v" TEXT NOT NULL);\nINSERT INTO "new_r" ("id", "v") SELECT "id", "v" FROM "r";\nDROP TABLE "r";\nALTER TABLE "new_r" RENAME TO "r";\nPRAGMA foreign_keys=ON;',
      did: ['CREATE TABLE "new_r" ("id" INTEGER NOT NULL PRIMARY KEY, "v" TEXT NOT NULL)'],
      row: 'killed',
      found: 'half-way',
      done: 'none',
      person: { sql: ['ALTER TABLE "new_r" RENAME TO "r"'], words: '--applied', remaining: ['ALTER TABLE "new_r" RENAME TO "r";'] },
    },
  ],
  postgresql: [
    {
      name: '20_invalid_index',
      sql: 'CREATE UNIQUE INDEX CONCURRENTLY "twice" ON "users"("active");',
      did: ['CREATE UNIQUE INDEX CONCURRENTLY "twice" ON "users"("active")'],
      found: 'half-way',
      done: 'none',
      person: { sql: ['DROP INDEX "public"."twice"', `UPDATE "users" SET "active" = ("email" = 'a@example.com')`], words: '--rolled-back' },
    },
    {
      name: '21_columns_and_an_enum',
      sql: `CREATE TYPE "Mood" AS ENUM ('SAD', 'OK');\nALTER TABLE "users" ADD COLUMN "mood" "Mood";\nALTER TABLE "users" ALTER COLUMN "active" DROP NOT NULL;\nALTER TABLE "users" ADD CONSTRAINT "positive" CHECK ("balance" > 0);`,
      did: [
        `CREATE TYPE "Mood" AS ENUM ('SAD', 'OK')`,
        'ALTER TABLE "users" ADD COLUMN "mood" "Mood"',
        'ALTER TABLE "users" ALTER COLUMN "active" DROP NOT NULL',
      ],
      found: 'half-way',
      done: 'none',
      person: {
        sql: ['ALTER TABLE "users" ADD CONSTRAINT "positive" CHECK ("balance" > 0)'],
        words: '--applied',
        // That a column takes NULL now does not show that it did not before.
        remaining: [
          'ALTER TABLE "users" ALTER COLUMN "active" DROP NOT NULL;',
          'ALTER TABLE "users" ADD CONSTRAINT "positive" CHECK ("balance" > 0);',
        ],
      },
    },
  ],
}

async function arrange(project: TestProject, { name, sql, did = [], row = 'error', isGone }: Situation): Promise<void> {
  if (isGone === undefined) project.addMigration(name, `${sql}\n`)
  for (const statement of did)
    await project.query(statement).catch((error: unknown) => expect(String(error)).toMatch(/could not create unique index/))
  const now = new Date().toISOString()
  const values = [
    randomUUID(),
    'x'.repeat(64),
    name,
    row === 'error' ? 'Database error:\nit failed' : null,
    row === 'rolled back' ? now : null,
    now,
  ]
  const places = values.map((_, index) => (project.provider === 'sqlite' ? '?' : `$${index + 1}${index >= 4 ? '::timestamptz' : ''}`))
  await project.query(
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count") VALUES (${places.join(', ')}, 0)`,
    ...values,
  )
}

describe.each(BOTH)('resolve on $database', (fixture) => {
  it('does what the database shows to be right, leaves the rest to a person, and Prisma agrees to all of it', async () => {
    const project = await setUp(fixture)
    if (fixture.database === 'sqlite') await project.query('CREATE TABLE "old" ("x" TEXT)')
    // What Prisma accepts does not depend on the database: all of them are decided on one.
    const common = fixture.database === 'sqlite' ? COMMON : COMMON.slice(0, 4)
    const situations = [...common, ...OWN[fixture.database]]
    for (const situation of situations) await arrange(project, situation)
    const report = await resolve(await openOptions(project), { name: null, decided: null, yes: true }, async () => false)
    expect(report.exitCode).toBe(1)
    const found = Object.fromEntries(report.migrations.map((one) => [one.name, [one.found, one.done]]))
    expect(found).toEqual(Object.fromEntries(situations.map((one) => [one.name, [one.found, one.done]])))
    for (const { name, person } of situations) {
      if (person === undefined) continue
      const said = report.migrations.find((one) => one.name === name)
      if (person.remaining !== undefined) expect(said?.remaining.map(({ sql }) => sql)).toEqual(person.remaining)
      expect(said?.next.join('\n')).toContain(`npx prisma migrate resolve ${person.words.split(' ')[0]} ${name}`)
      for (const sql of person.sql ?? []) await project.query(sql)
      const how = person.words.split(' ')[0] === '--applied' ? 'applied' : 'rolled-back'
      const request = { name, decided: how, yes: person.words.endsWith('--yes') } as const
      const decided = await resolve(await openOptions(project), request, async () => false)
      expect(decided).toMatchObject({ exitCode: 0, migrations: [{ name, done: how }] })
    }
    const deployed = await project.prisma('migrate', 'deploy')
    expect(deployed.output).toContain('01_nothing')
    expect(deployed.exitCode).toBe(0)
    expect(await project.query('SELECT * FROM "a2"')).toEqual([])
    if (common === COMMON) expect(await project.query('SELECT * FROM "h1"')).toEqual([])
    expect(readReport(await project.safeMigrate('resolve', '--json'), 'resolve')).toMatchObject({ exitCode: 0, migrations: [] })
  }, 400_000)
})

const DECISIONS = { '--applied': 'applied', '--rolled-back': 'rolled-back', '--restore': 'restore' } as const

it('never does what Prisma refuses, and says why in its words', async () => {
  const project = await setUp(BOTH[0])
  project.addMigration('30_pending', MAKE('p1'))
  await arrange(project, { name: '31_gone', sql: '', isGone: true, found: 'unknown', done: 'none' })
  await arrange(project, { name: '32_half', sql: `${MAKE('q1')}\n${MAKE('q2')}`, did: [MAKE('q1')], found: 'half-way', done: 'none' })
  const [row] = await project.query('SELECT migration_name AS name FROM "_prisma_migrations" ORDER BY 1')
  const applied = String(row?.name)
  const refused = [
    [applied, '--rolled-back', 'P3012'],
    [applied, '--applied', 'P3008'],
    ['30_pending', '--rolled-back', 'P3011'],
    ['31_gone', '--applied', 'P3017'],
    ['no_such', '--applied', 'P3017'],
  ] as const
  const history = () => project.query('SELECT * FROM "_prisma_migrations" ORDER BY 1')
  const before = await history()
  const options = await openOptions(project)
  const quiet = { ...options, ui: { ...options.ui, interactive: false } }
  const decide = (name: string, how: (typeof refused)[number][1] | '--restore', yes: boolean) =>
    resolve(quiet, { name, decided: DECISIONS[how], yes }, async () => false)
  for (const [name, how, code] of refused)
    await expect(decide(name, how, true)).rejects.toMatchObject({ code: 'history', why: expect.stringContaining(code) })
  // What contradicts the database needs one more word; what has no snapshot cannot go back.
  for (const how of ['--applied', '--rolled-back'] as const)
    await expect(decide('32_half', how, false)).rejects.toMatchObject({
      code: 'blocked',
      message: expect.stringContaining('only a part is there (missing: line 2)'),
      next: expect.arrayContaining([expect.stringContaining(`${how} --yes`)]),
    })
  await expect(decide('32_half', '--restore', false)).rejects.toMatchObject({
    message: expect.stringContaining('no snapshot from before 32_half'),
  })
  expect(await history()).toEqual(before)
  // Without a terminal and without a decision nothing is done.
  const look = (name: string | null) => resolve(quiet, { name, decided: null, yes: false }, async () => false)
  const asked = await look(null)
  expect(asked).toMatchObject({
    exitCode: 1,
    migrations: [
      { name: '31_gone', done: 'none' },
      { name: '32_half', done: 'none' },
    ],
  })
  // Edited and missing ones: told, and nothing that Prisma would refuse.
  appendFileSync(path.join(project.migrationsDir, applied, 'migration.sql'), '\n-- edited\n')
  const edited = await look(applied)
  expect(edited).toMatchObject({ exitCode: 0, migrations: [{ editedAfterApply: true, found: null, done: 'none' }] })
  project.removeMigration(applied)
  const gone = await look(applied)
  expect(gone).toMatchObject({ exitCode: 0, migrations: [{ missingOnDisk: true, found: null, done: 'none' }] })
  expect(`${edited.migrations[0]?.next} ${gone.migrations[0]?.next}`).not.toContain('resolve --')
}, 300_000)
