import type { HarmlessStory, ToldStory } from './told-story.js'

/** As Prisma writes it. */
const REBUILD = (table: string, columns: string, insert: string) => [
  'PRAGMA foreign_keys=OFF',
  `CREATE TABLE "new_${table}" (${columns})`,
  ...(insert === '' ? [] : [insert]),
  `DROP TABLE "${table}"`,
  `ALTER TABLE "new_${table}" RENAME TO "${table}"`,
  'PRAGMA foreign_keys=ON',
]

const PARENT = 'CREATE TABLE "User" (id INTEGER PRIMARY KEY, name TEXT)'
const TABLE = `CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT, n INTEGER); INSERT INTO "T" VALUES (1, 'x', 5), (2, 'y', 2), (3, NULL, NULL)`

export const TOLD_SQLITE: readonly ToldStory[] = [
  {
    name: 'rebuild, old column missing from the SELECT list',
    setup: TABLE,
    migration: REBUILD('T', 'id INTEGER PRIMARY KEY, a TEXT, n INTEGER', 'INSERT INTO "new_T" (id, n) SELECT id, n FROM "T"'),
    rules: ['drop-column'],
    losses: ['T.a: 2 of 2 values are gone (now NULL), as predicted (id 1, 2)'],
  },
  {
    name: 'rebuild without INSERT',
    setup: TABLE,
    migration: [
      ...REBUILD('T', 'id INTEGER PRIMARY KEY, a TEXT, n INTEGER', ''),
      `INSERT INTO "T" VALUES (1, 'new', 1), (2, 'new', 2), (3, NULL, NULL)`,
    ],
    rules: ['rebuild-table'],
    losses: ['T.a: 2 of 2 values changed, as predicted (id 1, 2)', 'T.n: 1 of 2 values changed, as predicted (id 1)'],
  },
  {
    name: 'rebuild with DISTINCT, LIMIT, JOIN: fewer rows, and others put in their place',
    setup: TABLE,
    migration: REBUILD(
      'T',
      'id INTEGER PRIMARY KEY, a TEXT, n INTEGER',
      'INSERT INTO "new_T" (id, a, n) SELECT id, a, n FROM "T" LIMIT 2',
    ).concat([`INSERT INTO "T" VALUES (9, 'x', 0)`]),
    rules: ['rebuild-table'],
    losses: ['T: 1 of 3 rows is gone, as predicted (id 3)'],
    notices: ['T: 1 row was added'],
  },
  {
    name: 'rebuild with OR REPLACE: of rows with one value one is left',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO "T" VALUES (1, 'x'), (2, 'x'), (3, 'y')`,
    migration: REBUILD('T', 'id INTEGER PRIMARY KEY, a TEXT UNIQUE', 'INSERT OR REPLACE INTO "new_T" (id, a) SELECT id, a FROM "T"'),
    rules: ['rebuild-table'],
    losses: ['T: 1 of 3 rows is gone, as predicted (id 1)'],
  },
  {
    name: 'rebuild, expression instead of column: literal, CAST, and coalesce, which loses nothing',
    setup: TABLE,
    migration: REBUILD(
      'T',
      'id INTEGER PRIMARY KEY, a TEXT, n INTEGER',
      `INSERT INTO "new_T" (id, a, n) SELECT id, 'x', coalesce(n, 0) FROM "T"`,
    ),
    rules: ['rebuild-table'],
    losses: ['T.a: 1 of 2 values changed, as predicted (id 2)'],
  },
  {
    name: 'rebuild, type change: text is kept in an INTEGER column',
    setup: TABLE,
    migration: REBUILD('T', 'id INTEGER PRIMARY KEY, a INTEGER, n INTEGER', 'INSERT INTO "new_T" (id, a, n) SELECT id, a, n FROM "T"'),
    rules: ['alter-column-type'],
    losses: ["T.a: 2 values do not fit the type INTEGER: the database kept them as they were, and Prisma's client cannot read them"],
  },
  {
    name: 'rebuild, type change: text that says more than its number',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO "T" VALUES (1, '1.50'), (2, '007.5'), (3, '0.30000000000000004'), (4, '7.0'), (5, '0.5')`,
    migration: REBUILD('T', 'id INTEGER PRIMARY KEY, a DECIMAL', 'INSERT INTO "new_T" (id, a) SELECT id, a FROM "T"'),
    rules: ['alter-column-type'],
    losses: ['T.a: 2 of 5 values changed, as predicted (id 1, 2)'],
  },
  {
    name: 'rebuild, expression instead of column: the ends of 64 bits become real numbers',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, n BIGINT); INSERT INTO "T" VALUES (1, 9223372036854775807), (2, -9223372036854775808), (3, 5)`,
    migration: REBUILD('T', 'id INTEGER PRIMARY KEY, n BIGINT', 'INSERT INTO "new_T" (id, n) SELECT id, round(n) FROM "T"'),
    rules: ['rebuild-table'],
    losses: ['T.n: 2 of 3 values changed, as predicted (id 1, 2)'],
    notices: ["T.n: 2 values do not fit the type BIGINT: the database kept them as they were, and Prisma's client cannot read them"],
  },
  {
    name: 'rebuild inside BEGIN … COMMIT: foreign keys are cleared',
    setup: `${PARENT}; CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" (id) ON DELETE SET NULL); INSERT INTO "User" VALUES (1, 'a'); INSERT INTO "Post" VALUES (1, 1), (2, NULL)`,
    migration: ['BEGIN', ...REBUILD('User', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO "new_User" SELECT * FROM "User"'), 'COMMIT'],
    rules: ['rebuild-table'],
    losses: ['Post.userId: 1 of 1 value is gone (now NULL), as predicted (id 1)'],
  },
  {
    name: 'rebuild inside BEGIN … COMMIT: rows that reference it are deleted',
    setup: `${PARENT}; CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" (id) ON DELETE CASCADE); INSERT INTO "User" VALUES (1, 'a'); INSERT INTO "Post" VALUES (1, 1), (2, NULL)`,
    migration: ['BEGIN', ...REBUILD('User', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO "new_User" SELECT * FROM "User"'), 'COMMIT'],
    rules: ['rebuild-table'],
    losses: ['Post: 1 of 2 rows is gone, as predicted (id 1)'],
  },
  {
    name: 'triggers, indexes, checks and the high-water mark of AUTOINCREMENT go with the old table',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT CHECK (a > ''), n INTEGER); INSERT INTO "T" VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', 3); DELETE FROM "T" WHERE id = 3;
      CREATE INDEX "T_a_idx" ON "T" (a) WHERE a IS NOT NULL; CREATE TRIGGER "log" AFTER INSERT ON "T" BEGIN SELECT 1; END`,
    migration: REBUILD(
      'T',
      'id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, n INTEGER',
      'INSERT INTO "new_T" (id, a, n) SELECT id, a, n FROM "T"',
    ),
    rules: [],
    losses: [],
    notices: [
      'The sequence T went back from 3 to 2: ids may be given a second time',
      'The index T_a_idx of T is gone',
      "The check constraint CHECK ( a > '' ) of T is gone",
      'The trigger log of T is gone',
    ],
  },
  {
    name: 'DROP TABLE with foreign keys off: what references it is left behind',
    setup: `${PARENT}; CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" (id)); INSERT INTO "User" VALUES (1, 'a'); INSERT INTO "Post" VALUES (1, 1), (2, NULL)`,
    migration: ['PRAGMA foreign_keys=off', 'DROP TABLE "User"', 'PRAGMA foreign_keys=on'],
    rules: ['drop-table'],
    losses: ['User: the table is gone, with 1 row, as predicted', 'Post: 1 row (userId) references nothing in User(id)'],
  },
  {
    name: 'ALTER TABLE DROP COLUMN',
    setup: TABLE,
    migration: ['ALTER TABLE "T" DROP COLUMN a'],
    rules: ['drop-column'],
    losses: ['T.a: the column is gone, with 2 values, as predicted'],
  },
  {
    name: 'UPDATE without WHERE, DELETE that is made good by an INSERT',
    setup: TABLE,
    migration: [`UPDATE "T" SET n = 7`, `DELETE FROM "T" WHERE id = 3`, `INSERT INTO "T" VALUES (4, NULL, NULL)`],
    rules: ['update-unfiltered', 'delete-filtered'],
    losses: ['T: 1 of 3 rows is gone, as predicted (id 3)', 'T.n: 2 of 2 values changed, as predicted (id 1, 2)'],
    notices: ['T: 1 row was added'],
  },
  {
    name: 'REPLACE INTO: a row is replaced, and what references it goes',
    setup: `${PARENT}; CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" (id) ON DELETE CASCADE); INSERT INTO "User" VALUES (1, 'a'), (2, 'b'); INSERT INTO "Post" VALUES (1, 1), (2, NULL)`,
    migration: [`REPLACE INTO "User" VALUES (1, 'new')`],
    rules: ['overwrite-rows'],
    losses: ['Post: 1 of 2 rows is gone, as predicted (id 1)', 'User.name: 1 of 2 values changed, as predicted (id 1)'],
  },
  {
    name: 'a rebuild with foreign keys on clears references of a table that was written before',
    setup: `${PARENT}; CREATE TABLE "Post" (id INTEGER PRIMARY KEY, v TEXT, "userId" INTEGER REFERENCES "User" (id) ON DELETE SET NULL);
      INSERT INTO "User" VALUES (1, 'a'); INSERT INTO "Post" VALUES (1, 'x', 1), (2, 'y', NULL)`,
    migration: [
      `UPDATE "Post" SET v = 'z'`,
      ...REBUILD('User', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO "new_User" SELECT * FROM "User"').slice(1, -1),
    ],
    rules: ['update-unfiltered', 'rebuild-table'],
    losses: ['Post.v: 2 of 2 values changed, as predicted (id 1, 2)', 'Post.userId: 1 of 1 value is gone (now NULL), as predicted (id 1)'],
  },
  {
    name: 'a rebuild that cannot be counted leaves rows that reference nothing',
    setup: `${PARENT}; CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" (id));
      INSERT INTO "User" VALUES (1, NULL), (2, 'b'); INSERT INTO "Post" VALUES (1, 1), (2, 2)`,
    migration: [
      `UPDATE "User" SET name = 'c' WHERE name IS NULL`,
      ...REBUILD(
        'User',
        'id INTEGER PRIMARY KEY, name TEXT',
        `INSERT INTO "new_User" (id, name) SELECT id, name FROM "User" WHERE name <> 'c'`,
      ),
    ],
    rules: ['rebuild-table'],
    losses: ['User: 1 of 2 rows is gone, as predicted (id 1)', 'Post: 1 row (userId) references nothing in User(id)'],
  },
  {
    name: 'a real number that is whole is the same one as an integer',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, a REAL, b INTEGER); INSERT INTO "T" VALUES (1, 7, 7), (2, 1.5, 9007199254740993)`,
    migration: REBUILD(
      'T',
      'id INTEGER PRIMARY KEY, a BIGINT, b INTEGER',
      'INSERT INTO "new_T" (id, a, b) SELECT id, a, round(b) FROM "T"',
    ),
    rules: ['rebuild-table', 'alter-column-type'],
    losses: [
      'T.b: 1 of 2 values changed, as predicted (id 2)',
      "T.a: 1 value does not fit the type BIGINT: the database kept it as it was, and Prisma's client cannot read it",
    ],
  },
  {
    name: 'a value that does not fit its column is written where nothing was',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO "T" VALUES (1, NULL), (2, 2)`,
    migration: [`UPDATE "T" SET n = 'none' WHERE n IS NULL`, `INSERT INTO "T" VALUES (3, 'x')`],
    rules: [],
    losses: [],
    notices: [
      'T: 1 row was added',
      "T.n: 2 values do not fit the type INTEGER: the database kept them as they were, and Prisma's client cannot read them",
    ],
  },
  {
    name: 'a table is dropped, and its rows are in another one with less in them',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO "T" VALUES (1, 'x', NULL), (2, 'y', NULL)`,
    migration: [
      'CREATE TABLE "Copy" (id INTEGER PRIMARY KEY, a TEXT, b TEXT)',
      'INSERT INTO "Copy" SELECT id, a, b FROM "T"',
      'DROP TABLE "T"',
      ...REBUILD('Copy', 'id INTEGER PRIMARY KEY, a TEXT, b TEXT', 'INSERT INTO "new_Copy" (id, a, b) SELECT id, b, a FROM "Copy"'),
    ],
    rules: ['drop-table'],
    losses: ['T.a: 2 of 2 values are gone (now NULL), as predicted (id 1, 2)'],
  },
  {
    name: 'a trigger cuts what is copied to another column before the old one is dropped',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO "T" VALUES (1, 'long', NULL), (2, 'longer', NULL), (3, NULL, NULL);
      CREATE TRIGGER cut AFTER UPDATE OF b ON "T" WHEN NEW.id = 2 BEGIN UPDATE "T" SET b = substr(NEW.b, 1, 3) WHERE id = NEW.id; END`,
    migration: ['UPDATE "T" SET b = a', 'ALTER TABLE "T" DROP COLUMN a'],
    rules: ['drop-column'],
    losses: ['T.a: the column is gone, with 2 values, as predicted'],
  },
  {
    name: 'rows are ignored on their way to another table before theirs is dropped',
    setup: `${TABLE}; CREATE TABLE "U" (id INTEGER PRIMARY KEY, a TEXT, n INTEGER);
      CREATE TRIGGER swallow BEFORE INSERT ON "U" WHEN NEW.id = 3 BEGIN SELECT RAISE(IGNORE); END`,
    migration: ['INSERT INTO "U" SELECT * FROM "T"', 'DROP TABLE "T"'],
    rules: ['drop-table'],
    losses: ['T: the table is gone, with 3 rows, as predicted'],
    notices: ['U: 2 rows were added'],
  },
  {
    name: 'a table is copied and dropped: rows that reference it are deleted',
    setup: `${PARENT}; INSERT INTO "User" VALUES (1, 'a'), (2, 'b'); CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" ON DELETE CASCADE); INSERT INTO "Post" VALUES (1, 1), (2, 1), (3, NULL)`,
    migration: [
      'CREATE TABLE "Person" (id INTEGER PRIMARY KEY, name TEXT)',
      'INSERT INTO "Person" SELECT * FROM "User"',
      'DROP TABLE "User"',
    ],
    rules: ['drop-table'],
    losses: ['Post: 2 of 3 rows are gone, as predicted (id 1, 2)'],
  },
  {
    name: 'a table is copied and dropped without foreign keys: rows that reference it are orphans',
    setup: `${PARENT}; INSERT INTO "User" VALUES (1, 'a'), (2, 'b'); CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" ON DELETE CASCADE); INSERT INTO "Post" VALUES (1, 1), (2, 1), (3, NULL)`,
    migration: [
      'PRAGMA foreign_keys=OFF',
      'CREATE TABLE "Person" (id INTEGER PRIMARY KEY, name TEXT)',
      'INSERT INTO "Person" SELECT * FROM "User"',
      'DROP TABLE "User"',
      'PRAGMA foreign_keys=ON',
    ],
    rules: ['drop-table'],
    losses: ['Post: 2 rows (userId) reference nothing in User()'],
  },
  {
    name: 'a rebuild deletes rows that others reference, and what was put off is forgotten',
    setup: `${PARENT}; INSERT INTO "User" VALUES (1, 'a'); CREATE TABLE "Post" (id INTEGER PRIMARY KEY, "userId" INTEGER REFERENCES "User" ON DELETE CASCADE); INSERT INTO "Post" VALUES (1, 1);
      CREATE TABLE "Note" (id INTEGER PRIMARY KEY, "postId" INTEGER REFERENCES "Post"); INSERT INTO "Note" VALUES (1, 1), (2, NULL)`,
    migration: [
      'BEGIN',
      'PRAGMA defer_foreign_keys=ON',
      ...REBUILD('User', 'id INTEGER PRIMARY KEY, name TEXT', 'INSERT INTO "new_User" (id, name) SELECT id, name FROM "User"'),
      'PRAGMA defer_foreign_keys=OFF',
      'COMMIT',
    ],
    rules: ['rebuild-table'],
    losses: ['Post: 1 of 1 row is gone, as predicted (id 1)', 'Note: 1 row (postId) references nothing in Post(id)'],
  },
]

/** Nothing is lost, nobody is asked, and nothing is said. */
const HARMLESS: readonly HarmlessStory[] = [
  {
    name: 'columns are added with defaults',
    migration: [`ALTER TABLE "T" ADD COLUMN x TEXT NOT NULL DEFAULT 'x'`, 'ALTER TABLE "T" ADD COLUMN y INTEGER'],
  },
  {
    name: 'table, column and key are renamed',
    migration: [
      'ALTER TABLE "T" RENAME TO "Tee"',
      'ALTER TABLE "Tee" RENAME COLUMN a TO label',
      'ALTER TABLE "Tee" RENAME COLUMN id TO key',
    ],
  },
  {
    name: 'types are widened',
    migration: REBUILD('T', 'id BIGINT PRIMARY KEY, a TEXT, n REAL', 'INSERT INTO "new_T" (id, a, n) SELECT id, a, n FROM "T"'),
  },
  {
    name: 'a table is rebuilt, its columns reordered and one added',
    migration: REBUILD(
      'T',
      `x TEXT DEFAULT 'x', n INTEGER, a TEXT, id INTEGER PRIMARY KEY`,
      'INSERT INTO "new_T" (id, a, n) SELECT id, a, n FROM "T"',
    ),
  },
  {
    name: 'a column is copied beside and to another table with other rows, and dropped',
    setup: `${TABLE}; CREATE TABLE "U" (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO "U" VALUES (9, 9)`,
    migration: [
      'INSERT INTO "U" SELECT id, n FROM "T"',
      'ALTER TABLE "T" ADD COLUMN b TEXT',
      'UPDATE "T" SET b = n',
      'ALTER TABLE "T" DROP COLUMN n',
    ],
    rules: ['drop-column'],
    notices: ['T.n: the column is gone; T.b has what it held, 2 values', 'U: 3 rows were added'],
  },
  { name: 'the file is rewritten', migration: ['VACUUM', 'REINDEX', 'ANALYZE'] },
  {
    name: 'new columns are back-filled',
    migration: ['ALTER TABLE "T" ADD COLUMN m INTEGER', 'UPDATE "T" SET m = n * 2 WHERE n IS NOT NULL'],
  },
  {
    name: 'a trigger notes in updatedAt that rows are written',
    setup: `CREATE TABLE "T" (id INTEGER PRIMARY KEY, c TEXT, "updatedAt" DATETIME NOT NULL DEFAULT 0); INSERT INTO "T" VALUES (1, 'a', 0), (2, 'b', 0);
      CREATE TRIGGER touch AFTER UPDATE ON "T" BEGIN UPDATE "T" SET "updatedAt" = CURRENT_TIMESTAMP WHERE id = NEW.id; END`,
    migration: ['ALTER TABLE "T" ADD COLUMN m TEXT', 'UPDATE "T" SET m = c'],
    rules: ['stamp-rows'],
    losses: ['T.updatedAt: 2 of 2 values changed, as predicted (id 1, 2)'],
  },
  {
    name: 'others insert meanwhile',
    migration: ['ALTER TABLE "T" ADD COLUMN m TEXT', 'UPDATE "T" SET m = a'],
    meanwhile: [`INSERT INTO "T" VALUES (1001, 'theirs', 1), (1002, NULL, NULL)`],
    notices: ['T: 2 rows were added; the migrations insert nothing here, so somebody else did'],
  },
]

export const HARMLESS_SQLITE: readonly ToldStory[] = HARMLESS.map((one) => ({ setup: TABLE, rules: [], losses: [], ...one }))
