import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import type { FixtureDatabase } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'

const MODELS: Record<FixtureDatabase, string> = {
  sqlite: `model Thing {
  id     Int       @id
  big    BigInt?   @map("big_one")
  amount Decimal?
  at     DateTime?
  bytes  Bytes?
  json   Json?
  text   String?
  ratio  Float?
  yes    Boolean?
  @@map("things")
}`,
  postgresql: `enum Kind {
  A
  B
}
model Thing {
  id     Int       @id
  big    BigInt?   @map("big_one")
  amount Decimal?
  at     DateTime?
  bytes  Bytes?
  json   Json?
  text   String?
  ratio  Float?
  yes    Boolean?
  kind   Kind?
  tags   String[]
  money  Decimal[]
  @@map("things")
}`,
}

const SQL: Record<FixtureDatabase, readonly string[]> = {
  sqlite: [
    `CREATE TABLE "things" ("id" INTEGER NOT NULL PRIMARY KEY, "big_one" BIGINT, "amount" DECIMAL, "at" DATETIME, "bytes" BLOB, "json" JSONB, "text" TEXT, "ratio" REAL, "yes" BOOLEAN)`,
    `INSERT INTO "things" VALUES (1, 9223372036854775807, 12.5, '2024-01-02T03:04:05.678+00:00', x'00ff10', '{"n":12345678901234567890}', 'a "b" \\ ' || char(10) || '🦄', 0.1, 1),
      (2, NULL, NULL, NULL, NULL, NULL, '', -0.5, 0), (3, 5, 'not a number', 1704164645678, 'text', x'01', NULL, 1e308, NULL)`,
  ],
  postgresql: [
    `CREATE TYPE "Kind" AS ENUM ('A', 'B')`,
    `CREATE TABLE "things" ("id" INTEGER NOT NULL PRIMARY KEY, "big_one" BIGINT, "amount" DECIMAL(65,30), "at" TIMESTAMP(6), "bytes" BYTEA, "json" JSONB, "text" TEXT, "ratio" DOUBLE PRECISION, "yes" BOOLEAN, "kind" "Kind", "tags" TEXT[], "money" DECIMAL[])`,
    `INSERT INTO "things" VALUES (1, 9223372036854775807, 12345678901234567890.123456789, '2024-01-02 03:04:05.678901', '\\x00ff10', '{"n": 12345678901234567890.123}', E'a "b" \\\\ \n🦄', 0.1, true, 'B', ARRAY['x,y', NULL, '"'], '{1.10,2}'),
      (2, NULL, NULL, NULL, NULL, NULL, '', 'NaN', false, NULL, '{}', NULL), (3, 5, 'NaN', 'infinity', '', 'null', NULL, 1e308, NULL, 'A', NULL, NULL)`,
  ],
}

/** As text, so that the test sees the digits that JSON.parse would round. */
const LINES: Record<FixtureDatabase, readonly string[]> = {
  sqlite: [
    '{"id":1,"big":"9223372036854775807","amount":12.5,"at":"2024-01-02T03:04:05.678+00:00","bytes":"AP8Q","json":"{\\"n\\":12345678901234567890}","text":"a \\"b\\" \\\\ \\n🦄","ratio":0.1,"yes":1}',
    '{"id":2,"big":null,"amount":null,"at":null,"bytes":null,"json":null,"text":"","ratio":-0.5,"yes":0}',
    '{"id":3,"big":"5","amount":"not a number","at":1704164645678,"bytes":{"$text":"text"},"json":{"$bytes":"AQ=="},"text":null,"ratio":1e+308,"yes":null}',
  ],
  postgresql: [
    '{"id":1,"big":"9223372036854775807","amount":"12345678901234567890.123456789000000000000000000000","at":"2024-01-02 03:04:05.678901","bytes":"AP8Q","json":{"n": 12345678901234567890.123},"text":"a \\"b\\" \\\\ \\n🦄","ratio":0.1,"yes":true,"kind":"B","tags":["x,y",null,"\\""],"money":["1.10","2"]}',
    '{"id":2,"big":null,"amount":null,"at":null,"bytes":null,"json":null,"text":"","ratio":"NaN","yes":false,"kind":null,"tags":[],"money":null}',
    '{"id":3,"big":"5","amount":"NaN","at":"infinity","bytes":"","json":{"$json": null},"text":null,"ratio":1e+308,"yes":null,"kind":"A","tags":null,"money":null}',
  ],
}

async function setUp(database: FixtureDatabase): Promise<TestProject> {
  const project = await makeProject({ prisma: 7, database, base: 'empty', models: MODELS[database] })
  onTestFinished(() => project.cleanup())
  for (const sql of SQL[database]) await project.query(sql)
  await project.query('CREATE TABLE "no model" ("a" INTEGER)')
  await project.safeMigrate('snapshot', 'create')
  return project
}

describe.each(['sqlite', 'postgresql'] as const)('snapshot export on %s', (database) => {
  it('ndjson: a file a model, every value exact, private, and of the moment of the snapshot', async () => {
    const project = await setUp(database)
    await project.query('DELETE FROM "things"')
    const report = readReport(await project.safeMigrate('snapshot', 'export', '--output', 'out', '--json'), 'export')
    expect(report).toMatchObject({ exitCode: 0, format: 'ndjson', output: join(project.dir, 'out') })
    expect(report.tables.map(({ name, rows }) => [name, rows]).sort()).toEqual([
      ['Thing', 3],
      ['no model', 0],
    ])
    expect(readdirSync(join(project.dir, 'out')).sort()).toEqual(['Thing.ndjson', 'no_model.ndjson'])
    expect(
      readFileSync(join(project.dir, 'out', 'Thing.ndjson'), 'utf8')
        .trimEnd()
        .split('\n'),
    ).toEqual(LINES[database])
    expect(statSync(join(project.dir, 'out', 'Thing.ndjson')).mode & 0o777).toBe(0o600)
    const again = readReport(await project.safeMigrate('snapshot', 'export', '--output', 'out', '--json'), 'error')
    expect(again).toMatchObject({ exitCode: 2, error: { message: expect.stringContaining('is there already') } })
  })

  it('json: one file with metadata and data', async () => {
    const project = await setUp(database)
    const result = await project.safeMigrate('snapshot', 'export', '--as', 'json', '--output', 'out.json')
    expect(result.stdout).toMatch(/3 rows of snapshot .* written to .*out\.json[\s\S]*\n {2}Thing {2}3 rows/)
    const text = readFileSync(join(project.dir, 'out.json'), 'utf8')
    for (const line of LINES[database]) expect(text).toContain(line)
    const { metadata, data } = JSON.parse(text) as { metadata: { counts: unknown; takenAt: string }; data: Record<string, unknown[]> }
    expect(metadata.counts).toEqual({ Thing: 3, 'no model': 0 })
    expect(new Date(metadata.takenAt).getTime()).toBeGreaterThan(Date.now() - 600_000)
    expect(data.Thing).toHaveLength(3)
    expect(data['no model']).toEqual([])
  })
})
