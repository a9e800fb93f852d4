import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/config/defaults.js'
import { diffLine } from '../../src/reporters/diff-schema.js'
import { renderText } from '../../src/reporters/text.js'
import { type DiffRequest, diffSnapshot } from '../../src/run/diff.js'
import type { DiffReport } from '../../src/run/diff-report.js'
import { unattendedInterface } from '../../src/run/unattended.js'
import type { DiffLine } from '../../src/verify/diff-line.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { ENGINES, type PartsTest, partsSuite } from '../snapshots/parts-suite.js'
import { failureOf, saidBy } from '../snapshots/snapshot-test.js'

const server = await dumpablePostgresqlServer('differences row by row')
const setUp = partsSuite(server as PostgresqlServer)

interface Listed {
  readonly report: DiffReport
  readonly lines: readonly DiffLine[]
}

async function diff(there: PartsTest, request: Partial<DiffRequest & { readonly showValues: boolean }> = {}): Promise<Listed> {
  const { showValues = false, ...rest } = request
  let text = ''
  const report = await diffSnapshot(
    {
      project: there.context.project,
      config: { ...DEFAULT_CONFIG, directory: '.', showValues, environment: null, protectedBy: null },
      ui: unattendedInterface,
    },
    { wanted: 'latest', only: [], skip: [], as: 'ndjson', output: null, limit: 20, exitCode: false, ...rest },
    async (written) => {
      text += written
      return true
    },
  )
  const lines = rest.as === 'csv' ? [] : text.split('\n').filter((line) => line !== '')
  return { report, lines: lines.map((line) => diffLine.parse(JSON.parse(line))) }
}

/** `User 3 row-gone`, `User 4 value-changed name "Ada" → "Bob"`. */
function short({ table, key, change, column, before, after, row, rows, now }: DiffLine): string {
  const keyText = key === null ? '' : ` ${Object.values(key).join('/')}`
  const values = before === undefined ? '' : ` ${JSON.stringify(before)} → ${JSON.stringify(after)}`
  return `${table}${keyText} ${change}${column === null ? '' : ` ${column}`}${now === undefined ? '' : ` ${now}`}${values}${row === undefined ? '' : ` ${JSON.stringify(row)}`}${rows === 1 ? '' : ` ×${rows}`}`
}

const SHOP = `
CREATE TABLE "User" (id INTEGER PRIMARY KEY, name TEXT, note TEXT);
CREATE TABLE "Tagging" (post INTEGER NOT NULL, tag TEXT NOT NULL, weight INTEGER, PRIMARY KEY (post, tag));
CREATE TABLE "Log" (at INTEGER, what TEXT);
CREATE TABLE "Same" (id INTEGER PRIMARY KEY, x TEXT);
CREATE TABLE "Gone" (id INTEGER PRIMARY KEY, x TEXT);
INSERT INTO "User" VALUES (1, 'Ada', NULL), (2, 'Bob', ''), (3, 'a "b", c', 'x'), (4, NULL, 'y'), (10, 'Ten', 'z');
INSERT INTO "Tagging" VALUES (1, 'a,b', 1), (1, 'c', 2), (2, 'a', 3);
INSERT INTO "Log" VALUES (1, 'x'), (1, 'x'), (2, NULL), (3, 'stays');
INSERT INTO "Same" VALUES (1, 'x');
INSERT INTO "Gone" VALUES (1, 'x'), (2, NULL);`

const CHANGES = `
DELETE FROM "User" WHERE id IN (1, 10);
UPDATE "User" SET name = NULL WHERE id = 2;
UPDATE "User" SET name = 'line' || chr_10 || 'two', note = '' WHERE id = 3;
UPDATE "User" SET name = 'Eve', note = NULL WHERE id = 4;
INSERT INTO "User" VALUES (11, '=1+1', NULL);
DELETE FROM "Tagging" WHERE tag = 'a,b';
UPDATE "Tagging" SET weight = 4 WHERE post = 2;
DELETE FROM "Log" WHERE at = 1;
INSERT INTO "Log" VALUES (2, ''), (2, '');
DROP TABLE "Gone";
CREATE TABLE "New" (id INTEGER PRIMARY KEY);
INSERT INTO "New" VALUES (1);`

const EXPECTED = [
  'Gone table-gone ×2',
  'Gone 1 row-gone {"id":"1","x":"x"}',
  'Gone 2 row-gone {"id":"2","x":null}',
  'Log row-gone {"at":"1","what":"x"} ×2',
  'Log row-added {"at":"2","what":""} ×2',
  'Tagging 1/a,b row-gone {"post":"1","tag":"a,b","weight":"1"}',
  'Tagging 2/a value-changed weight "3" → "4"',
  'User 1 row-gone {"id":"1","name":"Ada","note":null}',
  'User 10 row-gone {"id":"10","name":"Ten","note":"z"}',
  'User 2 value-lost name "Bob" → null',
  'User 3 value-changed name "a \\"b\\", c" → "line\\ntwo"',
  'User 3 value-changed note "x" → ""',
  'User 4 value-set name null → "Eve"',
  'User 4 value-lost note "y" → null',
  'User 11 row-added {"id":"11","name":"=1+1","note":null}',
  'New table-added',
]

const lineFeed = (there: PartsTest): string => (there.isPostgresql ? 'chr(10)' : 'char(10)')
const change = (there: PartsTest): Promise<unknown> => there.query(CHANGES.replace('chr_10', lineFeed(there)))

describe.each(ENGINES)('a %s snapshot beside the database', (engine) => {
  test('every row and value, in the order of the keys, and nothing else', async () => {
    const there = await setUp(engine, SHOP)
    await there.take()
    expect((await diff(there)).report).toMatchObject({ exitCode: 0, tables: [], unchanged: 5, written: { lines: 0 } })
    await change(there)
    const { report, lines } = await diff(there, { showValues: true })
    expect(lines.map(short)).toEqual(EXPECTED)
    expect(
      report.tables.map(({ name, rowsGone, rowsAdded, rowsChanged, problem }) => [name, rowsGone, rowsAdded, rowsChanged, problem]),
    ).toEqual([
      ['Gone', 2, 0, 0, null],
      ['Log', 2, 2, 0, null],
      ['Tagging', 1, 0, 1, null],
      ['User', 2, 1, 3, null],
      ['New', 0, 1, 0, null],
    ])
    expect(report).toMatchObject({ exitCode: 0, unchanged: 1, written: { lines: EXPECTED.length } })
    // Nothing of it is left beside the tables or in the store.
    expect(readdirSync(there.store.folder).filter((name) => name.startsWith('.') && name !== '.gitignore')).toEqual([])
  })
})

describe.each(['sqlite-backup', 'copy'] as const)('what there is to say, from a %s snapshot', (engine) => {
  test('values only with --show-values; CSV is read back as it was meant: NULL, an empty text, quotes, line feeds, keys of several columns', async () => {
    const there = await setUp(engine, SHOP)
    await there.take()
    await change(there)
    const { report, lines } = await diff(there, { exitCode: true })
    expect(report.exitCode).toBe(1)
    expect(lines.filter(({ table }) => table === 'Log').map(short)).toEqual(['Log row-gone ×2', 'Log row-added ×2'])
    for (const secret of ['Ada', 'two', 'Eve', 'stays', '=1+1']) expect(JSON.stringify([report, lines])).not.toContain(secret)
    expect(renderText(report)).toContain('User 5 → 4 rows  2 rows gone, 3 rows changed, 1 row added'.replace('User ', 'User  '))
    const file = join(there.context.project.root, 'lost.csv')
    const { report: written } = await diff(there, { as: 'csv', output: file, showValues: true })
    expect(written.written).toMatchObject({ as: 'csv', to: file, lines: EXPECTED.length })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const text = readFileSync(file, 'utf8')
    const rows: string[][] = parse(text)
    expect(rows[0]).toEqual(['schema', 'table', 'change', 'key', 'column', 'before', 'after', 'rows'])
    const users = rows.filter(([, table]) => table === 'User').map((row) => row.slice(2))
    expect(users).toContainEqual(['value-changed', '3', 'name', 'a "b", c', 'line\ntwo', '1'])
    expect(users).toContainEqual(['row-gone', '1', '', '{"id":"1","name":"Ada","note":null}', '', '1'])
    expect(rows.filter(([, table]) => table === 'Tagging').map((row) => row[3])).toEqual([
      '{"post":"1","tag":"a,b"}',
      '{"post":"2","tag":"a"}',
    ])
    expect(text).toContain('value-changed,3,note,x,"",1')
    expect(text).toContain('value-lost,4,note,y,,1')
    expect(await failureOf(diff(there, { as: 'csv', output: file })).then(saidBy)).toContain('lost.csv cannot be written')
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('--only and --skip, --limit, and what stops it leaves no file', async () => {
    const there = await setUp(engine, SHOP)
    const { root } = there.context.project
    const provider = there.isPostgresql ? 'postgresql' : 'sqlite'
    writeFileSync(
      join(root, 'schema.prisma'),
      `datasource db {\n  provider = "${provider}"\n}\nmodel Person {\n  id Int @id\n  @@map("User")\n}\n`,
    )
    await there.take()
    await change(there)
    const only = await diff(there, { only: ['Person', 'Same'], limit: 2, as: null })
    expect(only.report.tables.map(({ name, lines, moreLines }) => [name, lines.length, moreLines])).toEqual([['User', 2, 6]])
    expect(only.report.unchanged).toBe(1)
    expect(only.report.next.join('\n')).toContain('--only User --mode missing --dry-run')
    expect((await diff(there, { skip: ['Person', 'Gone', 'Log', 'New'] })).lines.map(short)).toEqual([
      'Tagging 1/a,b row-gone',
      'Tagging 2/a value-changed weight',
    ])
    expect(await failureOf(diff(there, { only: ['Persn'] })).then(saidBy)).toContain('did you mean Person')
    const stopped = new AbortController()
    stopped.abort()
    const output = join(root, 'out.ndjson')
    const failure = await failureOf(
      diffSnapshot(
        {
          project: there.context.project,
          config: { ...DEFAULT_CONFIG, directory: '.', environment: null, protectedBy: null },
          ui: { ...unattendedInterface, signal: stopped.signal },
        },
        { wanted: 'latest', only: [], skip: [], as: 'ndjson', output, limit: 5, exitCode: false },
        async () => true,
      ),
    )
    expect(failure.code).toBe('interrupted')
    expect(existsSync(output)).toBe(false)
    expect(readdirSync(root).filter((name) => name.includes('partial'))).toEqual([])
  })

  test('renamed tables and columns are the same ones; what a migration dropped is listed value by value', async () => {
    const there = await setUp(engine, SHOP)
    const { root } = there.context.project
    const since = { id: 'a', sql: 'ALTER TABLE "User" RENAME COLUMN "name" TO "title";\nALTER TABLE "User" RENAME TO "Person";\n' }
    await there.query(
      `CREATE TABLE "_prisma_migrations" (id TEXT PRIMARY KEY, checksum TEXT NOT NULL, finished_at ${there.isPostgresql ? 'timestamptz' : 'DATETIME'}, migration_name TEXT NOT NULL, logs TEXT, rolled_back_at ${there.isPostgresql ? 'timestamptz' : 'DATETIME'}, started_at ${there.isPostgresql ? 'timestamptz NOT NULL DEFAULT now()' : 'DATETIME NOT NULL DEFAULT current_timestamp'}, applied_steps_count INTEGER NOT NULL DEFAULT 0)`,
    )
    await there.take()
    mkdirSync(join(root, 'migrations', '20250101000000_rename'), { recursive: true })
    writeFileSync(join(root, 'migrations', '20250101000000_rename', 'migration.sql'), since.sql)
    await there.query(
      `${since.sql} INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name) VALUES ('a', 'x', ${there.isPostgresql ? 'now()' : 'current_timestamp'}, '20250101000000_rename');
       UPDATE "Person" SET title = 'Ida' WHERE id = 1; DELETE FROM "Person" WHERE id = 2;
       ALTER TABLE "Person" DROP COLUMN note; ALTER TABLE "Person" ADD COLUMN age INTEGER DEFAULT 5; ALTER TABLE "Log" DROP COLUMN what`,
    )
    const { report, lines } = await diff(there, { showValues: true })
    expect(lines.map(short)).toEqual([
      'Log column-gone what ×3',
      'User table-renamed Person ×5',
      'User column-renamed name title ×4',
      'User column-gone note ×4',
      'User column-added age ×4',
      'User 2 row-gone {"id":"2","name":"Bob","note":""}',
      'User 1 value-changed name "Ada" → "Ida"',
      'User 3 value-lost note "x" → null',
      'User 4 value-lost note "y" → null',
      'User 10 value-lost note "z" → null',
    ])
    expect(report.tables.map(({ name, nameNow }) => [name, nameNow])).toEqual([
      ['Log', 'Log'],
      ['User', 'Person'],
    ])
  })
})

test('values of every kind are the same text whoever asks (PostgreSQL)', async () => {
  const there = await setUp(
    'copy',
    `CREATE TYPE "Kind" AS ENUM ('A', 'B');
     CREATE TABLE "T" (id uuid PRIMARY KEY, b bytea, j json, jb jsonb, n numeric(30,10), a text[], t timestamptz(6), k "Kind", f float8, big int8, i interval, w int);
     INSERT INTO "T" VALUES ('00000000-0000-0000-0000-000000000001', '\\x00ff', '{"a": 1}', '{"a": 1}', 12345678901234567890.1, ARRAY['x,y', NULL, '"'], '2024-01-02 03:04:05.678901+00', 'A', 0.1, 9007199254740993, '1 day', 1)`,
  )
  await there.take()
  await there.query(
    `ALTER DATABASE "${there.databaseName}" SET bytea_output = 'escape'; ALTER DATABASE "${there.databaseName}" SET timezone = 'Asia/Tokyo';
     ALTER DATABASE "${there.databaseName}" SET intervalstyle = 'iso_8601'; ALTER DATABASE "${there.databaseName}" SET extra_float_digits = 0;
     UPDATE "T" SET b = '\\x01', j = '{"a":  2}', jb = '{"a": 2}', n = n + 0.0000000001, a = '{}', t = t + interval '1 microsecond', k = 'B', f = 0.1::float8 + 0.2::float8, big = big + 1, i = '2 days';
     ALTER TABLE "T" ALTER COLUMN w TYPE text USING 'one'`,
  )
  const { lines } = await diff(there, { showValues: true })
  expect(lines.map(({ column, before, after }) => [column, before, after])).toEqual([
    ['b', '\\x00ff', '\\x01'],
    ['j', '{"a": 1}', '{"a":  2}'],
    ['jb', '{"a": 1}', '{"a": 2}'],
    ['n', '12345678901234567890.1000000000', '12345678901234567890.1000000001'],
    ['a', '{"x,y",NULL,"\\""}', '{}'],
    ['t', '2024-01-02 03:04:05.678901+00', '2024-01-02 03:04:05.678902+00'],
    ['k', 'A', 'B'],
    ['f', '0.1', '0.30000000000000004'],
    ['big', '9007199254740993', '9007199254740994'],
    ['i', '1 day', '2 days'],
    ['w', '1', 'one'],
  ])
})

test('values of every kind are the same text (SQLite)', async () => {
  const there = await setUp(
    'sqlite-backup',
    `CREATE TABLE "T" (id TEXT PRIMARY KEY, b BLOB, f REAL, big BIGINT, mixed);
     INSERT INTO "T" VALUES (NULL, x'00ff', 0.3, 9007199254740993, 'x'), ('k', NULL, 1e308, 1, x'01')`,
  )
  await there.take()
  await there.query(`UPDATE "T" SET b = x'01', f = 0.1 + 0.2, big = big + 1, mixed = 5 WHERE id IS NULL; DELETE FROM "T" WHERE id = 'k'`)
  expect((await diff(there, { showValues: true })).lines.map(short)).toEqual([
    `T k row-gone {"id":"k","b":null,"f":"1.0e+308","big":"1","mixed":"x'01'"}`,
    `T  value-changed b "x'00FF'" → "x'01'"`,
    'T  value-changed f "0.3" → "0.30000000000000004"',
    'T  value-changed big "9007199254740993" → "9007199254740994"',
    'T  value-changed mixed "x" → "5"',
  ])
})

test('large objects that are gone or were written over', async () => {
  const there = await setUp('copy', "CREATE TABLE t (id int PRIMARY KEY); SELECT lo_from_bytea(7, 'a'), lo_from_bytea(8, 'b')")
  await there.take()
  const differences = async (request = {}) => {
    const { report } = await diff(there, { as: null, exitCode: true, ...request })
    return [report.exitCode, report.largeObjects, renderText(report)]
  }
  expect(await differences()).toEqual([0, null, expect.stringContaining('holds what snapshot')])
  await there.query("SELECT lo_put(7, 0, 'x'), lo_from_bytea(9, 'new')")
  const message = 'Large objects have other contents than before'
  expect(await differences()).toEqual([
    1,
    message,
    expect.stringMatching(/differs from snapshot \S+ in large objects[\s\S]*other contents/),
  ])
  await there.query('SELECT lo_unlink(8)')
  expect(await differences()).toEqual([1, '1 of 2 large objects is gone', expect.any(String)])
})
