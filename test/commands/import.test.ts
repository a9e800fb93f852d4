import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { type FixtureDatabase, repositoryRoot } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'

const PRIVY = join(repositoryRoot, 'fixtures', 'imports', 'privy')
const read = (name: string) => readFileSync(join(PRIVY, name), 'utf8')

const TABLES: Record<FixtureDatabase, string> = {
  sqlite: `CREATE TABLE "users" ("id" TEXT NOT NULL PRIMARY KEY, "privy_id" TEXT NOT NULL, "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" DATETIME NOT NULL, "imported_at" DATETIME, "wallet" TEXT, "embedded_wallet" TEXT, "email" TEXT, "slug" TEXT NOT NULL,
    "referral_code" TEXT NOT NULL, "source" TEXT NOT NULL DEFAULT 'WEB');`,
  postgresql: `CREATE TYPE "Source" AS ENUM ('WEB', 'privy');
    CREATE TABLE "users" ("id" TEXT NOT NULL PRIMARY KEY, "privy_id" TEXT NOT NULL, "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL, "imported_at" TIMESTAMP(3), "wallet" TEXT, "embedded_wallet" TEXT, "email" VARCHAR(40), "slug" TEXT NOT NULL,
    "referral_code" TEXT NOT NULL, "source" "Source" NOT NULL DEFAULT 'WEB');`,
}
const KEYS = `CREATE UNIQUE INDEX "u1" ON "users"("privy_id"); CREATE UNIQUE INDEX "u2" ON "users"("slug"); CREATE UNIQUE INDEX "u3" ON "users"("referral_code");`

async function setUp(database: FixtureDatabase, change: (config: string) => string = (config) => config): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database, base: 'empty', models: read('models.prisma') })
  onTestFinished(() => project.cleanup())
  project.addMigration('1_users', TABLES[database] + KEYS)
  expect((await project.prisma('migrate', 'deploy')).exitCode).toBe(0)
  project.write('safe-migrate.config.json', change(read('safe-migrate.config.json')))
  project.write('users.csv', read('users.csv'))
  return project
}

const report = async (project: TestProject, ...words: string[]) =>
  readReport(await project.safeMigrate('import', ...words, '--json'), 'import')
const users = (project: TestProject) => project.query('SELECT * FROM "users" ORDER BY "privy_id"')

describe.each(['sqlite', 'postgresql'] as const)('import on %s', (database) => {
  it('a Privy user export: tried first, then in one transaction, with a snapshot; the second time there is nothing new', async () => {
    const project = await setUp(database)
    expect(await report(project, 'privy', 'users.csv', '--dry-run')).toMatchObject({ exitCode: 0, rows: 3, inserted: 3, snapshot: null })
    expect(await users(project)).toEqual([])
    expect(await report(project, 'privy', 'users.csv')).toMatchObject({
      exitCode: 0,
      inserted: 3,
      updated: 0,
      skipped: 0,
      problems: [],
      ignored: ['Custom auth accounts'],
      snapshot: { id: expect.any(String) },
    })
    const rows = await users(project)
    expect(rows).toMatchObject([
      {
        wallet: '7dHbWXmci3dT8UFYWYZweBLXgycu7Y3iL6trKn1Y7ARj',
        embedded_wallet: null,
        email: 'ada@example.com',
        slug: 'ada-example-com',
        source: 'privy',
      },
      {
        wallet: '4Nd1mYQtqxVhDfFqzF2r6HjZ8hF6o3pBvV1S6z8wQ9aT',
        embedded_wallet: '3n5xq8vW1fT2pYb7uJrKz6DcMhGvEaLsXoQwNtRyUiPk',
        email: null,
        slug: 'x',
      },
      { wallet: null, email: 'Zoë "Z" <ada@example.com>', slug: 'zoe-z-ada-example-com' },
    ])
    const [first] = rows
    expect(String(first?.id)).toMatch(/^c[a-z0-9]{24}$/)
    expect(String(first?.referral_code)).toMatch(/^[a-z2-9]{8}$/)
    const created = await project.query(
      database === 'sqlite'
        ? 'SELECT "created_at" AS t FROM "users" ORDER BY "privy_id"'
        : `SELECT to_char("created_at", 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"') AS t FROM "users" ORDER BY "privy_id"`,
    )
    expect(created.map(({ t }) => t)).toEqual([
      '2024-03-15T09:12:44.000+00:00',
      '2024-03-15T10:00:00.500+00:00',
      '2024-03-15T11:30:00.000+00:00',
    ])
    expect(await report(project, 'privy', 'users.csv')).toMatchObject({ rows: 3, inserted: 0, skipped: 3 })
    expect(await users(project)).toEqual(rows)
  })

  it('update: what the file gives is written, empty cells and generated fields stay; what was there can be had back', async () => {
    const project = await setUp(database, (config) => config.replace('"skip"', '"update"'))
    await report(project, 'privy', 'users.csv')
    const before = await users(project)
    const [header = ''] = read('users.csv').split('\n')
    const id = 'did:privy:clx000000000000000000000'
    project.write(
      'users.csv',
      `${header}\n${id}1,,,,,new@example.com\n${id}4,2024-04-01,,,,four@example.com\n${id}4,2024-04-01,,,wallet4,\n`,
    )
    const updated = await report(project, 'privy', 'users.csv')
    expect(updated).toMatchObject({ exitCode: 0, inserted: 1, updated: 2, skipped: 0 })
    const after = await users(project)
    expect(after[0]).toEqual({ ...before[0], email: 'new@example.com', updated_at: after[0]?.updated_at })
    expect(after[3]).toMatchObject({ email: 'four@example.com', embedded_wallet: 'wallet4', slug: 'four-example-com' })
    expect((await project.safeMigrate('restore', updated.snapshot?.id ?? '', '--yes')).exitCode).toBe(0)
    expect(await users(project)).toEqual(before)
  })

  it('any problem, by the parser, the model or the database: all of them by line, without values, and nothing is written', async () => {
    const project = await setUp(database, (config) =>
      config.replace('"Email account": "email"', '"Email account": { "field": "slug" }').replace('"slug": { "slug": "email" }, ', ''),
    )
    await project.query(
      `INSERT INTO "users" ("id", "privy_id", "updated_at", "slug", "referral_code") VALUES ('1', 'x', '2024-01-01', 'secret-slug', 'y')`,
    )
    const [header = ''] = read('users.csv').split('\n')
    project.write('users.csv', `${header}\na,2024-02-31,,,,one\nb,"two\nlines",,,,two\nc,2024-01-01,,,\n,2024-01-01,,,,four\n`)
    const bad = await report(project, 'privy', 'users.csv')
    expect(bad).toMatchObject({ exitCode: 1, inserted: 0, snapshot: null, rows: 4 })
    expect(bad.problems).toEqual([
      { line: 2, message: '"Created at" → createdAt takes a day that exists' },
      { line: 3, message: '"Created at" → createdAt takes a time such as 2026-01-31T12:00:00Z' },
      { line: 5, message: 'has 5 cells, and the header has 6' },
      { line: 6, message: '"ID" → privyId is empty, and needs a value' },
    ])
    project.write('users.csv', `${header}\na,2024-01-01,,,,one\nb,2024-01-01,,,,secret-slug\n`)
    const refused = await project.safeMigrate('import', 'privy', 'users.csv')
    expect(refused.exitCode).toBe(1)
    expect(refused.stdout).toMatch(
      /users\.csv was not imported: 1 problem in 2 rows\. Nothing was changed[\s\S]*line 3 {2}.*(unique|UNIQUE)/,
    )
    expect(refused.stdout + refused.stderr).not.toContain('secret-slug')
    expect(await users(project)).toHaveLength(1)
  })

  it('tabs, many rows and a mark at the beginning; memory and parameters hold', async () => {
    const project = await setUp(database)
    const lines = Array.from({ length: 3000 }, (_, at) => `u${at}\t2024-01-01\t\t\t${at % 3 === 0 ? '' : `mail${at % 7}@example.com`}`)
    project.write(
      'users.tsv',
      `\uFEFFID\tCreated at\tExternal Solana accounts\tEmbedded Solana accounts\tEmail account\r\n${lines.join('\r\n')}\r\n`,
    )
    expect(await report(project, 'privy', 'users.tsv')).toMatchObject({ exitCode: 0, rows: 3000, inserted: 3000, ignored: [] })
    const [row] = await project.query('SELECT count(DISTINCT "slug") AS slugs, count(DISTINCT "referral_code") AS codes FROM "users"')
    expect([Number(row?.slugs), Number(row?.codes)]).toEqual([3000, 3000])
  }, 60_000)
})

it('what does not fit is said at once: mapping, model, fields, columns, key, file', async () => {
  const project = await setUp('sqlite', (config) =>
    config
      .replace('"privyId"', '"privyID"')
      .replace('"key": "privyId"', '"key": "email"')
      .replace('"Created at"', '"Created At"')
      .replace('"source": "PRIVY"', '"source": "NOWHERE"')
      .replace('"slug": { "slug": "email" }, ', ''),
  )
  const error = readReport(await project.safeMigrate('import', 'privy', 'users.csv', '--json'), 'error')
  expect(error).toMatchObject({ exitCode: 2, error: { code: 'config', message: 'imports.privy does not fit. Nothing was changed.' } })
  for (const part of [
    'User has no field privyID with a column; did you mean privyId?',
    'the file has no column "Created At"; did you mean Created at?',
    'constants: source takes one of WEB, PRIVY',
    'key: email is no unique key of User; it has id, privyId, slug, referralCode',
    'User.slug gets no value',
  ])
    expect(error.error.why).toContain(part)
  const unknown = readReport(await project.safeMigrate('import', 'prive', 'users.csv', '--json'), 'error')
  expect(unknown).toMatchObject({ exitCode: 2, error: { message: 'There is no import "prive" in the configuration; did you mean privy?' } })
  const missing = readReport(await project.safeMigrate('import', 'privy', 'nowhere.csv', '--json'), 'error')
  expect(missing.error.message).toContain('nowhere.csv cannot be imported')
  project.write('latin.csv', '')
  project.write('safe-migrate.config.json', read('safe-migrate.config.json'))
  const empty = readReport(await project.safeMigrate('import', 'privy', 'latin.csv', '--json'), 'error')
  expect(empty.error.why).toBe('It is empty. Nothing was changed.')
})
