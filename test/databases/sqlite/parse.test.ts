import { describe, expect, it } from 'vitest'
import { parseSqlite } from '../../../src/databases/sqlite/parse.js'
import type { Change } from '../../../src/sql/change.js'

async function parse(sql: string) {
  const parsed = await parseSqlite({ migration: 'm', file: 'm/migration.sql', sql })
  for (const statement of parsed.statements) {
    expect(sql.slice(statement.start, statement.end)).toBe(statement.sql)
    const isCovered = (change: Change) =>
      change.statement.index <= statement.index && statement.index <= (change.through ?? change.statement).index
    expect(parsed.changes.some(isCovered)).toBe(true)
  }
  return parsed
}

const kinds = async (sql: string) => (await parse(sql)).changes.map((change) => change.kind)

describe('splitting', () => {
  it('keeps the body of a trigger together', async () => {
    const sql =
      'CREATE TEMP TRIGGER x AFTER DELETE ON t BEGIN DELETE FROM u WHERE a = CASE WHEN 1 THEN 2 END; UPDATE u SET a = 1; END; SELECT 1;'
    expect(await kinds(sql)).toEqual(['create-object', 'harmless'])
  })
  it('reads what stands around something that cannot be parsed', async () => {
    expect(await kinds("nonsense; DELETE FROM t WHERE a = ';'; DROP DATABASE x")).toEqual(['opaque', 'delete', 'opaque'])
  })
  it('gives nothing for an empty file', async () => {
    for (const sql of ['', '\uFEFF', '-- x', ';;']) expect(await kinds(sql)).toEqual([])
  })
})

describe('foreign keys', () => {
  it('act where they are on, which PRAGMA cannot change inside a transaction', async () => {
    const drop = async (sql: string) => (await parse(sql)).changes.find((change) => change.kind === 'drop-table')
    expect(await drop('DROP TABLE t')).toMatchObject({ deletesRows: true })
    expect(await drop('PRAGMA foreign_keys=OFF; DROP TABLE t')).toMatchObject({ deletesRows: false })
    expect(await drop('PRAGMA foreign_keys = 0; PRAGMA foreign_keys = yes; DROP TABLE t')).toMatchObject({ deletesRows: true })
    expect(await drop('BEGIN; PRAGMA foreign_keys=OFF; DROP TABLE t; COMMIT')).toMatchObject({ deletesRows: true })
    expect(await drop('BEGIN; COMMIT; PRAGMA foreign_keys(off); DROP TABLE t')).toMatchObject({ deletesRows: false })
  })
})

describe('a rebuild is one change', () => {
  const rebuild = (insert: string) =>
    `CREATE TABLE "new_T" ("id" INTEGER PRIMARY KEY, "a" TEXT);\n${insert}\nDROP TABLE "T";\nALTER TABLE "new_T" RENAME TO "T";`
  const read = async (insert: string) => {
    const { changes } = await parse(rebuild(insert))
    expect(changes.map((change) => change.kind)).toEqual(['rebuild-table'])
    const [change] = changes
    if (change?.kind !== 'rebuild-table') throw new Error('no rebuild')
    return {
      sources: change.columns.map(({ source }) => source),
      copied: change.copied,
      filter: change.filter,
      adjusted: change.adjusted,
      countable: change.countable,
      onConflict: change.onConflict,
    }
  }
  const COPY = [
    { from: 'column', column: 'id' },
    { from: 'column', column: 'a' },
  ]
  it('that copies all', async () => {
    const whole = { sources: COPY, copied: true, filter: null, adjusted: false, countable: true, onConflict: 'none' }
    expect(await read('INSERT INTO "new_T" ("a", "id") SELECT "a", t."id" FROM "T" AS t;')).toEqual(whole)
    expect(await read('INSERT INTO "new_T" ("id", "a") SELECT "id", "a" FROM "T" WHERE true;')).toEqual(whole)
    expect(await read('INSERT INTO "new_T" SELECT * FROM T;')).toMatchObject({
      sources: [
        { from: 'position', index: 0 },
        { from: 'position', index: 1 },
      ],
      filter: null,
    })
  })
  it('that leaves out rows or columns, or puts in other values', async () => {
    expect(await read('')).toMatchObject({ copied: false, adjusted: false })
    expect(await read('INSERT INTO "new_T" ("id") SELECT "id" FROM "T";')).toMatchObject({ sources: [COPY[0], { from: 'default' }] })
    expect(await read(`INSERT INTO "new_T" ("id", "a") SELECT "id", coalesce("a", '') AS "a" FROM "T";`)).toMatchObject({
      sources: [COPY[0], { from: 'expression', sql: `coalesce("a", '')` }],
    })
    expect(await read('INSERT OR IGNORE INTO "new_T" ("id", "a") SELECT "id", "a" FROM "T";')).toMatchObject({
      filter: null,
      countable: true,
      onConflict: 'ignore',
    })
    expect(await read('INSERT INTO "new_T" ("id", "a") SELECT "id", "a" FROM "T" WHERE "a" > 1 LIMIT 3;')).toMatchObject({
      filter: 'WHERE "a" > 1 LIMIT 3',
      countable: true,
    })
    expect(await read('INSERT INTO "new_T" ("id", "a") SELECT T."id", u."a" FROM "T" JOIN u ON u.id = T.id;')).toMatchObject({
      sources: [COPY[0], { from: 'expression', sql: 'u."a"' }],
    })
  })
  it('that is filled in other ways is not understood', async () => {
    expect(await read('INSERT INTO "new_T" SELECT * FROM "T"; UPDATE "new_T" SET "a" = 1;')).toMatchObject({ adjusted: true })
    expect(await read('INSERT INTO "new_T" SELECT * FROM "T" UNION SELECT * FROM "U";')).toMatchObject({ adjusted: true })
    expect(await read('INSERT INTO "new_T" VALUES (1, 2);')).toMatchObject({ adjusted: true })
  })
  it('also when the old table is renamed first, and several in one block', async () => {
    const other =
      'ALTER TABLE "U" RENAME TO "U_old"; CREATE TABLE "U" ("id" INTEGER); INSERT INTO "U" SELECT "id" FROM "U_old"; DROP TABLE "U_old";'
    const { changes } = await parse(`${rebuild('INSERT INTO "new_T" SELECT * FROM "T";')} ${other} CREATE UNIQUE INDEX i ON "T"("a");`)
    expect(changes.map((change) => change.kind)).toEqual(['rebuild-table', 'rebuild-table', 'add-unique'])
  })
  it('is not one where another table is dropped', async () => {
    expect(await kinds('CREATE TABLE "new_T" ("id" INTEGER); DROP TABLE "U"; ALTER TABLE "new_T" RENAME TO "T";')).toEqual([
      'create-table',
      'drop-table',
      'rename-table',
    ])
  })
})
