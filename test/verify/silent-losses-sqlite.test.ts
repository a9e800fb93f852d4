import { describe, expect, test } from 'vitest'
import { alarms, type Experiment, experiment, openSqlite } from './lab.js'

const SETUP = `
  CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "age" TEXT, "score" REAL, "note" TEXT, "at" DATETIME, "bin" BLOB);
  CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
  CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY, "authorId" INTEGER, CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id") ON DELETE SET NULL);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
  INSERT INTO "User" SELECT i, 'u' || i || '@x', CAST(i AS TEXT), i * 1.5, CASE WHEN i % 2 THEN 'n' || i END, 1700000000000 + i, x'00ff' FROM n;
  INSERT INTO "Post" SELECT id, id FROM "User";`

/** As Prisma writes it. */
const rebuild = (columns: string, insert: string): string =>
  `PRAGMA defer_foreign_keys=ON; PRAGMA foreign_keys=OFF; CREATE TABLE "new_User" (${columns}); ${insert}; DROP TABLE "User"; ALTER TABLE "new_User" RENAME TO "User"; PRAGMA foreign_keys=ON; PRAGMA defer_foreign_keys=OFF;`

const COLUMNS =
  '"id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "age" TEXT, "score" REAL, "note" TEXT, "at" DATETIME, "bin" BLOB'
const ALL = '"id", "email", "age", "score", "note", "at", "bin"'

const losses: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a column left out of the INSERT of a rebuild',
    rebuild(
      COLUMNS,
      'INSERT INTO "new_User" ("id", "email", "age", "score", "at", "bin") SELECT "id", "email", "age", "score", "at", "bin" FROM "User"',
    ),
    ['User.note: 10 of 10 values are gone (now NULL) (id 1, 3, 5, 7, 9, …)'],
  ],
  [
    'a rebuild that copies nothing',
    rebuild(COLUMNS, 'SELECT 1'),
    ['User: 20 of 20 rows are gone (id 1, 2, 3, 4, 5, …)', 'Post: 20 rows (authorId) reference nothing in User(id)'],
  ],
  [
    'a rebuild that drops rows and puts others in',
    rebuild(
      COLUMNS,
      `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User" WHERE "id" < 19; INSERT INTO "new_User" ("id", "email") VALUES (50, 'a'), (51, 'b')`,
    ),
    ['User: 2 of 20 rows are gone (id 19, 20)', 'Post: 2 rows (authorId) reference nothing in User(id)'],
  ],
  [
    'an expression instead of a column',
    rebuild(
      COLUMNS,
      `INSERT INTO "new_User" (${ALL}) SELECT "id", "email", "age", round("score"), coalesce("note", 'none'), "at", "bin" FROM "User"`,
    ),
    ['User.score: 10 of 20 values changed (id 1, 3, 5, 7, 9, …)'],
  ],
  [
    'a foreign key nulled by a rebuild inside a transaction',
    `PRAGMA foreign_keys=ON; BEGIN; ${rebuild(COLUMNS, `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`)} COMMIT`,
    ['Post.authorId: 20 of 20 values are gone (now NULL) (id 1, 2, 3, 4, 5, …)'],
  ],
  [
    'text kept in an INTEGER column',
    `UPDATE "User" SET "age" = 'old' WHERE "id" = 7; ${rebuild(COLUMNS.replace('"age" TEXT', '"age" INTEGER'), `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`)}`,
    [
      'User.age: 1 of 20 values changed (id 7)',
      "User.age: 1 value does not fit the type INTEGER: the database kept it as it was, and Prisma's client cannot read it",
    ],
  ],
  [
    'orphans left behind by DROP TABLE with foreign keys off',
    'PRAGMA foreign_keys=OFF; DELETE FROM "User" WHERE "id" > 18',
    ['User: 2 of 20 rows are gone (id 19, 20)', 'Post: 2 rows (authorId) reference nothing in User(id)'],
  ],
  [
    'values swapped between rows',
    `UPDATE "User" SET "note" = CASE "id" WHEN 1 THEN 'n3' ELSE 'n1' END WHERE "id" IN (1, 3)`,
    ['User.note: 2 of 10 values changed (id 1, 3)'],
  ],
  [
    'a number that became a text of the same digits in a column that stays',
    `UPDATE "User" SET "at" = 'x' || "at" WHERE "id" = 4; UPDATE "User" SET "bin" = CAST("bin" AS TEXT) WHERE "id" = 5`,
    ['User.at: 1 of 20 values changed (id 4)', 'User.bin: 1 of 20 values changed (id 5)'],
  ],
]

const harmless: readonly (readonly [string, Partial<Experiment> & Pick<Experiment, 'migration'>])[] = [
  ['a rebuild keeps every column', { migration: rebuild(COLUMNS, `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`) }],
  [
    'a rebuild adds and reorders columns',
    { migration: rebuild(`"extra" TEXT DEFAULT 'x', ${COLUMNS}`, `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`) },
  ],
  [
    'text of whole numbers becomes integer',
    { migration: rebuild(COLUMNS.replace('"age" TEXT', '"age" INTEGER'), `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`) },
  ],
  [
    'numbers become text',
    {
      migration: rebuild(
        COLUMNS.replace('"score" REAL', '"score" TEXT').replace('"at" DATETIME', '"at" TEXT'),
        `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`,
      ),
    },
  ],
  [
    'a real column becomes decimal',
    { migration: rebuild(COLUMNS.replace('"score" REAL', '"score" DECIMAL'), `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`) },
  ],
  ['a column is added', { migration: `ALTER TABLE "User" ADD COLUMN "x" TEXT DEFAULT 'a'` }],
  ['a column is renamed, which the content tells', { migration: 'ALTER TABLE "User" RENAME COLUMN "note" TO "remark"' }],
  ['a table is renamed, which the content tells', { migration: 'ALTER TABLE "User" RENAME TO "Person"' }],
  [
    'table, key and another column are renamed and more is written',
    {
      migration: `ALTER TABLE "User" RENAME TO "Person"; ALTER TABLE "Person" RENAME COLUMN "id" TO "key"; ALTER TABLE "Person" RENAME COLUMN "note" TO "remark"; INSERT INTO "Person" ("key", "email") VALUES (99, 'z')`,
      renames: [
        { schema: null, table: 'User', column: null, to: 'Person' },
        { schema: null, table: 'Person', column: 'id', to: 'key' },
        { schema: null, table: 'Person', column: 'note', to: 'remark' },
      ],
    },
  ],
  [
    'two tables change names',
    {
      migration: 'ALTER TABLE "User" RENAME TO "tmp"; ALTER TABLE "Post" RENAME TO "User"; ALTER TABLE "tmp" RENAME TO "Post"',
      renames: [
        { schema: null, table: 'User', column: null, to: 'tmp' },
        { schema: null, table: 'Post', column: null, to: 'User' },
        { schema: null, table: 'tmp', column: null, to: 'Post' },
      ],
    },
  ],
  [
    'NULLs are filled and rows inserted',
    { migration: `UPDATE "User" SET "note" = 'none' WHERE "note" IS NULL; INSERT INTO "User" ("email") VALUES ('new')` },
  ],
  [
    'a virtual table, a table without key and one WITHOUT ROWID',
    {
      setup: `CREATE VIRTUAL TABLE docs USING fts5(body); INSERT INTO docs VALUES ('hello'); CREATE TABLE log (line); INSERT INTO log VALUES (1), (1.0), ('1'), (NULL), (''); CREATE TABLE wr (a TEXT, b INTEGER, c, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO wr VALUES ('x', 9007199254740993, 1)`,
      migration: `ALTER TABLE log ADD COLUMN at TEXT; INSERT INTO docs VALUES ('more'); INSERT INTO wr VALUES ('x', 9007199254740992, 1)`,
    },
  ],
]

describe('silent losses on SQLite', () => {
  test.each(losses)('%s', async (_name, migration, expected) => {
    const { differences } = await experiment(openSqlite, { setup: SETUP, migration })
    expect(alarms(differences)).toEqual(expected)
  })

  test.each(harmless)('no alarm when %s', async (_name, what) => {
    const { differences } = await experiment(openSqlite, { setup: SETUP, ...what })
    expect(alarms(differences)).toEqual([])
  })

  test('a 64-bit integer that was rounded', async () => {
    const setup =
      'CREATE TABLE "T" (id INTEGER PRIMARY KEY, big BIGINT); INSERT INTO "T" VALUES (1, 9007199254740993), (2, -9223372036854775808)'
    const { differences } = await experiment(openSqlite, { setup, migration: 'UPDATE "T" SET big = 9007199254740992 WHERE id = 1' })
    expect(alarms(differences)).toEqual(['T.big: 1 of 2 values changed (id 1)'])
    expect(differences[0]?.values).toEqual([{ before: '9007199254740993', after: '9007199254740992' }])
  })

  test('storage classes in a column without a type: 1, 1.0, text 1 and NULL are four things', async () => {
    const setup = `CREATE TABLE "T" (id INTEGER PRIMARY KEY, v); INSERT INTO "T" VALUES (1, 1), (2, 1), (3, ''), (4, '1')`
    const { differences } = await experiment(openSqlite, {
      setup,
      migration: `UPDATE "T" SET v = 1.0 WHERE id = 1; UPDATE "T" SET v = '1' WHERE id = 2; UPDATE "T" SET v = NULL WHERE id = 3`,
    })
    expect(alarms(differences)).toEqual(['T.v: 1 of 4 values is gone (now NULL) (id 3)', 'T.v: 2 of 4 values changed (id 1, 2)'])
  })

  test('a collation by which two texts are one does not hide that one became the other', async () => {
    const setup = `CREATE TABLE "T" (id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE); INSERT INTO "T" VALUES (1, 'Ada'), (2, 'bob');
      CREATE TABLE "K" (v TEXT COLLATE NOCASE); INSERT INTO "K" VALUES ('Ada'), ('bob'); CREATE TABLE "N" (k TEXT COLLATE NOCASE PRIMARY KEY); INSERT INTO "N" VALUES ('Ada')`
    const { differences } = await experiment(openSqlite, {
      setup,
      migration: `UPDATE "T" SET v = lower(v); UPDATE "K" SET v = lower(v); UPDATE "N" SET k = lower(k)`,
    })
    expect(alarms(differences)).toEqual([
      'K: 1 of 2 rows changed or replaced (the table has no primary key to tell)',
      'N.k: 1 of 1 value changed (k Ada)',
      'T.v: 1 of 2 values changed (id 1)',
    ])
  })

  test('a number that text becomes is the same as long as it says the same, to its last digit', async () => {
    const texts = ['12', '12.0', '0.1', '0.1234567890123456', '1e3', '0.30000000000000004', '2024-01-01', '']
    const values = texts.map((text, at) => `(${at + 1}, '${text}')`).join(', ')
    const { differences } = await experiment(openSqlite, {
      setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO "T" VALUES ${values}`,
      migration: `CREATE TABLE "new_T" (id INTEGER PRIMARY KEY, v REAL);
        INSERT INTO "new_T" SELECT id, CASE id WHEN 6 THEN 0.3 ELSE CAST(v AS REAL) END FROM "T"; DROP TABLE "T"; ALTER TABLE "new_T" RENAME TO "T"`,
    })
    expect(alarms(differences)).toEqual(['T.v: 3 of 8 values changed (id 6, 7, 8)'])
  })

  test('what a rebuild takes along is noticed: AUTOINCREMENT, index, trigger, check', async () => {
    const setup = `${SETUP} CREATE TRIGGER "log" AFTER INSERT ON "User" BEGIN SELECT 1; END; DELETE FROM "User" WHERE "id" = 20;
      CREATE TABLE "C" (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0), t TEXT COLLATE NOCASE) STRICT; INSERT INTO "C" VALUES (1, 1, 'a')`
    const migration = `${rebuild(COLUMNS, `INSERT INTO "new_User" (${ALL}) SELECT ${ALL} FROM "User"`)}
      CREATE TABLE "new_C" (id INTEGER PRIMARY KEY, n INTEGER, t TEXT); INSERT INTO "new_C" SELECT * FROM "C"; DROP TABLE "C"; ALTER TABLE "new_C" RENAME TO "C"`
    const { differences } = await experiment(openSqlite, { setup, migration })
    expect(differences.map((one) => one.message)).toEqual([
      'The sequence User went back from 20 to 19: ids may be given a second time',
      'The index User_email_key of User is gone',
      'The check constraint CHECK ( n > 0 ) of C is gone',
      'The collation t COLLATE NOCASE of C is gone',
      'The trigger log of User is gone',
      'The table option STRICT of C is gone',
    ])
  })
})
