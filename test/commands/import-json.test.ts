import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import type { FixtureDatabase } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'

const COMMON = `model Author {
  id    Int     @id @default(autoincrement())
  email String  @unique
  big   BigInt? @map("big_one")
  posts Post[]
  boss  Author? @relation("boss", fields: [bossId], references: [id])
  bossId Int?
  staff Author[] @relation("boss")
  @@map("authors")
}
model Post {
  id       Int    @id @default(autoincrement())
  slug     String @unique
  author   Author @relation(fields: [authorId], references: [id])
  authorId Int
}`

const MODELS: Record<FixtureDatabase, string> = {
  sqlite: `${COMMON}
model Thing {
  id     Int       @id
  amount Decimal?
  at     DateTime?
  bytes  Bytes?
  text   String?
  ratio  Float?
  count  Int?
}`,
  postgresql: `${COMMON}
enum Kind {
  A
  B
}
model Thing {
  id     Int       @id
  amount Decimal?  @db.Decimal(10, 2)
  at     DateTime? @db.Timestamp(6)
  bytes  Bytes?
  text   String?   @db.VarChar(20)
  ratio  Float?
  count  Int?
  kind   Kind?
  tags   String[]
  json   Json?
  raw    Json?     @db.Json
}`,
}

const PEOPLE: Record<FixtureDatabase, readonly string[]> = {
  sqlite: [
    `CREATE TABLE "authors" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL UNIQUE, "big_one" BIGINT, "bossId" INTEGER REFERENCES "authors"("id"))`,
    `CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "slug" TEXT NOT NULL UNIQUE, "authorId" INTEGER NOT NULL REFERENCES "authors"("id"), "upper" TEXT GENERATED ALWAYS AS (upper("slug")))`,
  ],
  postgresql: [
    `CREATE TABLE "authors" ("id" SERIAL PRIMARY KEY, "email" TEXT NOT NULL UNIQUE, "big_one" BIGINT, "bossId" INTEGER REFERENCES "authors"("id"))`,
    `CREATE TABLE "Post" ("id" SERIAL PRIMARY KEY, "slug" TEXT NOT NULL UNIQUE, "authorId" INTEGER NOT NULL REFERENCES "authors"("id"), "upper" TEXT GENERATED ALWAYS AS (upper("slug")) STORED)`,
  ],
}

const THINGS: Record<FixtureDatabase, readonly string[]> = {
  sqlite: [
    `CREATE TABLE "Thing" ("id" INTEGER NOT NULL PRIMARY KEY, "amount" DECIMAL, "at" DATETIME, "bytes" BLOB, "text" TEXT, "ratio" REAL, "count" INTEGER)`,
    `INSERT INTO "Thing" VALUES (1, 12.5, '2024-01-02T03:04:05.678+00:00', x'00ff10', 'a "b" \\ ' || char(10) || char(1) || '🦄', 0.1, 7), (2, NULL, NULL, NULL, '', -0.0, NULL),
      (3, 'no number', 1704164645678, 'text in it', CAST(x'ff00' AS TEXT), 9e999, 'no number'), (4, 9007199254740993, x'01', x'', NULL, 5, 1.5)`,
  ],
  postgresql: [
    `CREATE TYPE "Kind" AS ENUM ('A', 'B')`,
    `CREATE TABLE "Thing" ("id" INTEGER NOT NULL PRIMARY KEY, "amount" DECIMAL(10,2), "at" TIMESTAMP(6), "bytes" BYTEA, "text" VARCHAR(20), "ratio" DOUBLE PRECISION, "count" INTEGER, "kind" "Kind", "tags" TEXT[], "json" JSONB, "raw" JSON)`,
    `INSERT INTO "Thing" VALUES (1, 12.50, '2024-01-02 03:04:05.678901', '\\x00ff10', E'a "b" \\\\ \\n\\x01🦄', 0.1, 7, 'B', ARRAY['x,y', NULL, '"'], '{"n": 12345678901234567890.10}', E'{"b":1,\\n "a":2.50}'),
      (2, NULL, NULL, '', '', '-0', NULL, NULL, '{}', 'null', NULL), (3, 'NaN', '0044-03-15 BC', NULL, NULL, 'NaN', -1, 'A', '[0:1]={a,b}', '{"$json": 1}', ' null ')`,
  ],
}

const EVERYTHING: Record<FixtureDatabase, string> = {
  sqlite: `SELECT quote("id") || ' ' || ${['amount', 'at', 'bytes', 'text', 'ratio', 'count'].map((name) => `typeof("${name}") || coalesce(hex(CAST("${name}" AS BLOB)), '')`).join(" || ' ' || ")} AS row FROM "Thing" ORDER BY "id"`,
  postgresql: 'SELECT t::text AS row FROM "Thing" t ORDER BY "id"',
}

async function setUp(database: FixtureDatabase): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database, base: 'empty', models: MODELS[database] })
  onTestFinished(() => project.cleanup())
  for (const sql of [...PEOPLE[database], ...THINGS[database]]) await project.query(sql)
  await project.query(`INSERT INTO "authors" ("id", "email", "big_one", "bossId") VALUES (1, 'ada@x.io', 9223372036854775807, NULL)`)
  await project.query(`INSERT INTO "authors" ("id", "email", "big_one", "bossId") VALUES (2, 'bob@x.io', NULL, 1)`)
  await project.query(`INSERT INTO "Post" ("id", "slug", "authorId") VALUES (10, 'one', 1), (11, 'two', 2)`)
  return project
}

const report = async (project: TestProject, ...words: string[]) =>
  readReport(await project.safeMigrate('import', ...words, '--json'), 'import-json')
const numbers = ({ tables }: Awaited<ReturnType<typeof report>>) =>
  Object.fromEntries(
    tables.map(({ name, inserted, overwritten, deleted, unchanged }) => [name, [inserted, overwritten, deleted, unchanged]]),
  )

it.each([
  ['would overwrite more', '{"id":10,"slug":"uno","authorId":1}\\n{"id":11,"slug":"due","authorId":1}'],
  ['has a row that is none', '{"id":10,"slug":"uno","authorId":1}\\n{"id":11}'],
])('a file that was changed while the snapshot was taken, and now %s, is not written', async (_name, text) => {
  const project = await setUp('sqlite')
  project.write('Post.ndjson', '{"id":10,"slug":"uno","authorId":1}\n')
  const take = `cp "$SAFE_MIGRATE_DATABASE_NAME" "$SAFE_MIGRATE_SNAPSHOT_DIR/kept.db" && printf '${text}\\n' > Post.ndjson`
  project.write('safe-migrate.config.json', JSON.stringify({ engine: 'command', commands: { take, restore: 'false' } }))
  const { exitCode, stderr } = await project.safeMigrate('import', 'Post.ndjson', '--mode', 'upsert', '--yes')
  expect(stderr).toMatch(
    /Post\.ndjson, or the rows in the database, changed while the snapshot \S+ was taken[\s\S]*Nothing was written[\s\S]*--dry-run/,
  )
  expect(exitCode).toBe(1)
  expect((await project.query('SELECT "slug" FROM "Post" ORDER BY "id"')).map(({ slug }) => slug)).toEqual(['one', 'two'])
})

describe.each(['sqlite', 'postgresql'] as const)('import of JSON on %s', (database) => {
  it.each(['ndjson', 'json', 'engine'] as const)('%s: every value comes back as it was, references first', async (format) => {
    const project = await setUp(database)
    const before = await project.query(EVERYTHING[database])
    if (format === 'engine') {
      const { stdout } = await project.safeMigrate('snapshot', 'create', '--engine', 'json', '--json')
      const id = /"id": ?"([^"]+)"/.exec(stdout)?.[1] ?? ''
      project.write('out', readFileSync(join(project.dir, '.safe-migrate', 'snapshots', id, 'data.json'), 'utf8'))
    } else {
      await project.safeMigrate('snapshot', 'create')
      await project.safeMigrate('snapshot', 'export', '--as', format, '--output', format === 'json' ? 'out.json' : 'out')
    }
    if (format === 'engine') project.write('out.json', readFileSync(join(project.dir, 'out'), 'utf8'))
    const file = format === 'ndjson' ? 'out' : 'out.json'
    expect(await report(project, file)).toMatchObject({ verdict: 'unchanged', exitCode: 0, snapshot: null })
    await project.query('DELETE FROM "Post"')
    await project.query('DELETE FROM "authors" WHERE "id" = 2')
    await project.query('DELETE FROM "Thing"')
    const planned = await report(project, file, '--dry-run')
    expect(planned).toMatchObject({ verdict: 'planned', problems: [], snapshot: null })
    expect(await project.query('SELECT "id" FROM "Thing"')).toEqual([])
    const done = await report(project, file)
    expect(done).toMatchObject({ verdict: 'imported', exitCode: 0, snapshot: { id: expect.any(String) } })
    expect(numbers(done)).toEqual(numbers(planned))
    expect(numbers(done)).toMatchObject({ authors: [1, 0, 0, 1], Post: [2, 0, 0, 0], Thing: [before.length, 0, 0, 0] })
    expect(await project.query(EVERYTHING[database])).toEqual(before)
    expect((await project.query('SELECT "upper" FROM "Post" ORDER BY "id"')).map((row) => row.upper)).toEqual(['ONE', 'TWO'])
    await project.query(`INSERT INTO "Post" ("slug", "authorId") VALUES ('next', 1)`)
    expect(Number((await project.query(`SELECT "id" FROM "Post" WHERE "slug" = 'next'`))[0]?.id)).toBe(12)
  })

  it('upsert, replace and a natural key; overwriting is asked for', async () => {
    const project = await setUp(database)
    // As an editor lays it out.
    project.write(
      'some.json',
      `{ "metadata": {},\n "data": {\n  "Post": [\n {\n "id": 77,\n "slug": "one",\n "authorId": 2 } , {"id":12, "slug":"three", "authorId":1}\n ] } }\n`,
    )
    expect(await report(project, 'some.json', '--key', 'slug', '--mode', 'upsert', '--yes')).toMatchObject({ verdict: 'imported' })
    const posts = async () =>
      (await project.query('SELECT "id", "slug", "authorId" FROM "Post" ORDER BY "id"')).map((row) =>
        Object.values(row).map(String).join(' '),
      )
    expect(await posts()).toEqual(['10 one 2', '11 two 2', '12 three 1'])
    const replaced = await report(project, 'some.json', '--mode', 'replace', '--yes')
    expect(numbers(replaced)).toEqual({ Post: [1, 0, 2, 1] })
    expect(await posts()).toEqual(['12 three 1', '77 one 2'])
    project.write('empty.json', '{"data":{"Post":[]}}')
    expect(await report(project, 'empty.json')).toMatchObject({ verdict: 'unchanged' })
    expect(numbers(await report(project, 'empty.json', '--mode', 'replace', '--yes'))).toEqual({ Post: [0, 0, 2, 0] })
    expect(await posts()).toEqual([])
  })

  it('every problem with its line and field, and nothing is written', async () => {
    const project = await setUp(database)
    project.write(
      'Thing.ndjson',
      [
        '{"id":5,"text":"new","count":1,"bytes":"AP8Q"}',
        '{"id":"x","text":"new","count":1,"bytes":"AP8Q"}',
        '{"id":6,"text":5,"count":1.5,"bytes":"***"}',
        '',
        '{"id":7,"text":"a","cuont":1,"bytes":null}',
        '{"id":8,"text":"a"',
        '[1]',
        '{"id":null,"text":"a","count":1,"bytes":null}',
        '{"id":9,"text":"a","count":{"x":1},"bytes":null}',
      ].join('\n'),
    )
    const refused = await report(project, 'Thing.ndjson')
    expect(refused).toMatchObject({ verdict: 'refused', exitCode: 1, rows: 8, snapshot: null, tables: [], moreProblems: 0 })
    const said = refused.problems.map(({ file, line, message }) => `${file} ${line} ${message}`)
    expect(said.sort()).toEqual([
      expect.stringMatching(/^Thing\.ndjson 2 id is /),
      expect.stringMatching(/^Thing\.ndjson 3 bytes is no base64/),
      expect.stringMatching(/^Thing\.ndjson 3 count is (a number|no whole number)/),
      expect.stringMatching(/^Thing\.ndjson 3 text is a number, and the column is/),
      'Thing.ndjson 5 Thing has no cuont; did you mean count?',
      'Thing.ndjson 5 count is missing',
      expect.stringMatching(/^Thing\.ndjson 6 is no JSON: /),
      'Thing.ndjson 7 is no row: a row is an object',
      'Thing.ndjson 8 id is null, and may not be',
      expect.stringMatching(/^Thing\.ndjson 9 count is an object/),
    ])
    expect(Number((await project.query('SELECT count(*) AS n FROM "Thing"'))[0]?.n)).toBe(database === 'sqlite' ? 4 : 3)
    const double = ['{"id":30,"slug":"x","authorId":1}', '{"id":30,"slug":"x","authorId":1}', '{"id":31,"slug":"y","authorId":1}']
    project.write('Post.ndjson', `${double.join('\n')}\n`)
    expect((await report(project, 'Post.ndjson', '--dry-run')).problems).toEqual([
      { file: 'Post.ndjson', line: 0, message: 'Post: several rows have the same id, which must be unique' },
      { file: 'Post.ndjson', line: 0, message: 'Post: several rows have the same slug, which must be unique' },
    ])
    project.write('Thin.ndjson', '{"id":5}')
    expect((await report(project, 'Thin.ndjson')).problems).toEqual([
      { file: 'Thin.ndjson', line: 0, message: 'there is no model or table Thin; did you mean Thing?' },
    ])
    project.write('Post.ndjson', '{"slug":"x","authorId":1}')
    expect((await report(project, 'Post.ndjson')).problems).toEqual([
      { file: 'Post.ndjson', line: 1, message: 'Post rows need id, by which they are found' },
    ])
  })

  it('what is no such file is refused', async () => {
    const project = await setUp(database)
    project.write('cut.json', '{"data":{"Post":[{"id":1,"slug":"x","authorId":1}')
    project.write('wrong.json', '{"data":\n{"Post":{}}}')
    project.write('newer.json', '{"metadata":{"format":9},"data":{}}')
    const cases = [
      ['cut.json', /line 1: the file ends in the middle/],
      ['wrong.json', /line 2: a list of rows should be here/],
      ['newer.json', /newer safe-migrate \(format 9\)/],
      ['nowhere.json', /There is no file nowhere\.json/],
    ] as const
    for (const [file, message] of cases) {
      const failed = readReport(await project.safeMigrate('import', file, '--json'), 'error')
      expect(failed.exitCode).toBe(2)
      expect(`${failed.error.message} ${failed.error.why ?? ''}`).toMatch(message)
    }
    const mixed = readReport(await project.safeMigrate('import', 'privy', 'cut.json', '--mode', 'upsert', '--json'), 'error')
    expect(mixed.error.message).toMatch(/--mode is for JSON/)
  })
})

describe('import of JSON: what PostgreSQL alone refuses', () => {
  it('values that would be rounded or cut, or that no enum has, are named; values are only quoted when asked for', async () => {
    const project = await setUp('postgresql')
    const rows = [
      '{"id":20,"amount":"1.234","at":"2024-01-01 00:00:00.1234567","text":"ok","kind":"A","tags":["a"],"count":1}',
      '{"id":21,"amount":"1.20","at":"2024-01-01","text":"longer than twenty letters","kind":"A","tags":[1],"count":1}',
      '{"id":22,"amount":"1.20","at":"2024-01-01","text":"longer than twenty letters","kind":"A","tags":[],"count":1}',
      '{"id":23,"amount":"1.20","at":"never","text":"ok","kind":"C","tags":[],"count":1}',
      '{"id":24,"amount":"1.20","at":"2024-01-01","text":"ok","kind":"Secret","tags":[],"count":99999999999}',
    ]
    project.write('Thing.ndjson', rows.join('\n'))
    const { problems, verdict } = await report(project, 'Thing.ndjson')
    expect(verdict).toBe('refused')
    expect(problems.map(({ line, message }) => `${line} ${message}`).sort()).toEqual([
      '1 amount has more than the 2 decimal places of numeric(10,2)',
      '1 at is more exact than timestamp(6) without time zone',
      '2 tags is a number, and the column is text',
      '3 text: value too long for type character varying(20)',
      expect.stringMatching(/^4 at: invalid input syntax for type timestamp$/),
      expect.stringMatching(/^5 count: value is out of range for type integer$|^5 kind: invalid input value for enum "Kind"$/),
    ])
    const quoted = await report(project, 'Thing.ndjson', '--show-values')
    expect(quoted.problems.map(({ message }) => message).join('\n')).toContain('invalid input syntax for type timestamp: "never"')
  })
})
