import { PAIR, type Sequence } from './sequence.js'

const FAMILY = `CREATE TABLE "User" (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE "Post" (id INTEGER PRIMARY KEY, title TEXT, "userId" INTEGER REFERENCES "User"(id) ON DELETE CASCADE);
INSERT INTO "User" VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO "Post" VALUES (1, 'p', 1), (2, 'q', 1), (3, 'p', 2);`

/** Rows and values that earlier statements add, change and delete, themselves or through foreign keys. */
export const rows: readonly Sequence[] = [
  {
    name: 'update, then delete by the new value',
    setup: PAIR,
    migrations: [`UPDATE "T" SET a = 'gone' WHERE id > 1;`, `DELETE FROM "T" WHERE a = 'gone';`],
    findings: ['S2 update-filtered T.a: 1 values', 'S2 delete-filtered T: not measured, 1:1 writes to T first'],
    lost: { 'rows T': 2 },
  },
  {
    name: 'duplicates inserted, then unique',
    setup: PAIR,
    migrations: [`INSERT INTO "T" VALUES (4, 'x', NULL);`, `CREATE UNIQUE INDEX u ON "T"(a);`],
    findings: ['S3 add-unique T.a: not measured, 1:1 adds rows to T first'],
    fails: true,
  },
  {
    name: 'table dropped and created again, then delete',
    setup: PAIR,
    migrations: [
      'DROP TABLE "T"; CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT);',
      `INSERT INTO "T" VALUES (1, 'x'); DELETE FROM "T" WHERE id = 1;`,
    ],
    findings: ['S1 drop-table T: 3 rows'],
    lost: { 'values T.b': 1, 'rows T': 3 },
  },
  {
    name: 'rows that a cascade deletes and an insert makes again',
    setup: FAMILY,
    migrations: [
      'DELETE FROM "User" WHERE id = 1;',
      `INSERT INTO "User" VALUES (1, 'a'); INSERT INTO "Post" VALUES (1, 'p', 1), (2, 'q', 1);`,
    ],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 deleted'],
  },
  {
    name: 'unique after a cascade',
    setup: FAMILY,
    migrations: ['DELETE FROM "User" WHERE id = 1;', 'CREATE UNIQUE INDEX u ON "Post"(title);'],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 deleted', 'S3 add-unique Post.title: not measured, 1:1 writes to Post first'],
    lost: { 'rows Post': 2, 'rows User': 1 },
  },
  {
    name: 'unique after a key that is emptied',
    setup: FAMILY.replace('CASCADE', 'SET NULL'),
    migrations: ['DELETE FROM "User" WHERE id = 1;', 'CREATE UNIQUE INDEX u ON "Post"("userId");'],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 cleared', 'S3 add-unique Post.userId: not measured, 1:1 writes to Post first'],
    lost: { 'values Post.userId': 2, 'rows User': 1 },
  },
  {
    name: 'child rows deleted by a cascade, then delete by filter',
    setup: FAMILY,
    migrations: ['DELETE FROM "User" WHERE id = 1;', `DELETE FROM "Post" WHERE title = 'p';`],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 deleted', 'S2 delete-filtered Post: not measured, 1:1 writes to Post first'],
    lost: { 'rows Post': 3, 'rows User': 1 },
  },
  {
    name: 'child rows deleted by a cascade, then the table dropped',
    setup: FAMILY,
    migrations: ['DELETE FROM "User" WHERE id = 1;', `DROP TABLE "Post";`],
    findings: [
      'S2 delete-filtered User: 1 rows, Post 2 deleted',
      'S1 drop-table Post: 3 rows, at most, since 1:1 deletes rows of Post first',
    ],
    lost: { 'rows Post': 3, 'rows User': 1 },
  },
  {
    name: 'child rows deleted by a cascade, then a column dropped',
    setup: FAMILY,
    migrations: ['DELETE FROM "User" WHERE id = 1;', `ALTER TABLE "Post" DROP COLUMN title;`],
    findings: [
      'S2 delete-filtered User: 1 rows, Post 2 deleted',
      'S1 drop-column Post.title: 3 values, at most, since 1:1 deletes rows of Post first',
    ],
    lost: { 'values Post.title': 3, 'rows Post': 2, 'rows User': 1 },
  },
  {
    name: 'child rows deleted by a cascade, then all',
    setup: FAMILY,
    migrations: ['DELETE FROM "User" WHERE id = 1;', `DELETE FROM "Post";`],
    findings: [
      'S2 delete-filtered User: 1 rows, Post 2 deleted',
      'S1 delete-unfiltered Post: 3 rows, at most, since 1:1 deletes rows of Post first',
    ],
    lost: { 'rows Post': 3, 'rows User': 1 },
  },
  {
    name: 'rows deleted, then all',
    setup: PAIR,
    migrations: ['DELETE FROM "T" WHERE id = 1;', `DELETE FROM "T";`],
    findings: ['S2 delete-filtered T: 1 rows', 'S1 delete-unfiltered T: 3 rows, at most, since 1:1 deletes rows of T first'],
    lost: { 'rows T': 3 },
  },
  {
    name: 'rows deleted, then a column dropped',
    setup: PAIR,
    migrations: ['DELETE FROM "T" WHERE id = 1;', `ALTER TABLE "T" DROP COLUMN a;`],
    findings: ['S2 delete-filtered T: 1 rows', 'S1 drop-column T.a: 2 values, at most, since 1:1 deletes rows of T first'],
    lost: { 'values T.a': 2, 'rows T': 1 },
  },
  {
    name: 'rows deleted, then the table',
    setup: PAIR,
    migrations: ['DELETE FROM "T" WHERE id = 1;', `DROP TABLE "T";`],
    findings: ['S2 delete-filtered T: 1 rows', 'S1 drop-table T: 3 rows, at most, since 1:1 deletes rows of T first'],
    lost: { 'rows T': 3 },
  },
  {
    name: 'values cleared, then the column dropped',
    setup: PAIR,
    migrations: ['UPDATE "T" SET a = NULL WHERE id = 1;', `ALTER TABLE "T" DROP COLUMN a;`],
    findings: ['S2 update-filtered T.a: 1 values', 'S1 drop-column T.a: 2 values, at most, since 1:1 overwrites values of a first'],
    lost: { 'values T.a': 2 },
  },
  {
    name: 'values filled, then the column dropped',
    setup: PAIR,
    migrations: [`UPDATE "T" SET b = 'n' WHERE b IS NULL;`, `ALTER TABLE "T" DROP COLUMN b;`],
    findings: ['S1 drop-column T.b: 1 values'],
    lost: { 'values T.b': 1 },
  },
  {
    name: 'rows added, then the table dropped',
    setup: PAIR,
    migrations: [`INSERT INTO "T" VALUES (4, 'n', NULL);`, `DROP TABLE "T";`],
    findings: ['S1 drop-table T: 3 rows'],
    lost: { 'rows T': 3 },
  },
  {
    name: 'child dropped, then parents deleted',
    setup: FAMILY,
    migrations: ['DROP TABLE "Post";', 'DELETE FROM "User" WHERE id = 1;'],
    findings: ['S1 drop-table Post: 3 rows', 'S2 delete-filtered User: 1 rows'],
    lost: { 'rows Post': 3, 'rows User': 1 },
  },
  {
    name: 'child emptied, then parents deleted',
    setup: FAMILY,
    migrations: ['DELETE FROM "Post";', 'DELETE FROM "User" WHERE id = 1;'],
    findings: ['S1 delete-unfiltered Post: 3 rows', 'S2 delete-filtered User: not measured, 1:1 writes to Post first'],
    lost: { 'rows Post': 3, 'rows User': 1 },
  },
  {
    name: 'child renamed, then parents deleted',
    setup: FAMILY,
    migrations: ['ALTER TABLE "Post" RENAME TO "Article";', 'DELETE FROM "User" WHERE id = 1;'],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 deleted'],
    lost: { 'rows Post': 2, 'rows User': 1 },
  },
  {
    name: 'key column of the child dropped, then parents deleted',
    databases: ['postgresql'],
    setup: FAMILY,
    migrations: ['ALTER TABLE "Post" DROP COLUMN "userId";', 'DELETE FROM "User" WHERE id = 1;'],
    findings: ['S1 drop-column Post.userId: 3 values', 'S2 delete-filtered User: 1 rows'],
    lost: { 'values Post.userId': 3, 'rows User': 1 },
  },
  {
    name: 'child added to, then parents deleted',
    setup: FAMILY,
    migrations: [`INSERT INTO "Post" VALUES (4, 'n', 1);`, 'DELETE FROM "User" WHERE id = 1;'],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 deleted'],
    lost: { 'rows Post': 2, 'rows User': 1 },
  },
  {
    name: 'children moved to another parent, then parents deleted',
    setup: FAMILY,
    migrations: [`UPDATE "Post" SET "userId" = 3 WHERE "userId" = 1;`, 'DELETE FROM "User" WHERE id = 1;'],
    findings: ['S2 update-filtered Post.userId: 2 values', 'S2 delete-filtered User: not measured, 1:1 writes to Post first'],
    lost: { 'values Post.userId': 2, 'rows User': 1 },
  },
  {
    name: 'parents deleted twice',
    setup: FAMILY,
    migrations: ['DELETE FROM "User" WHERE id = 1;', 'DELETE FROM "User" WHERE id < 3;'],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 deleted', 'S2 delete-filtered User: not measured, 1:1 writes to User first'],
    lost: { 'rows Post': 3, 'rows User': 2 },
  },
  {
    name: 'cascade added, then parents deleted',
    databases: ['postgresql'],
    setup: FAMILY.replace(' REFERENCES "User"(id) ON DELETE CASCADE', ''),
    migrations: [
      'ALTER TABLE "Post" ADD CONSTRAINT fk FOREIGN KEY ("userId") REFERENCES "User"(id) ON DELETE CASCADE;',
      'DELETE FROM "User" WHERE id = 1;',
    ],
    findings: ['info add-foreign-key Post.userId: 0 failing', 'S2 delete-filtered User: 1 rows, Post 2 deleted'],
    lost: { 'rows Post': 2, 'rows User': 1 },
  },
  {
    name: 'cascade in place of restrict, then parents deleted',
    databases: ['postgresql'],
    setup: FAMILY.replace('CASCADE', 'RESTRICT'),
    migrations: [
      'ALTER TABLE "Post" DROP CONSTRAINT "Post_userId_fkey"; ALTER TABLE "Post" ADD CONSTRAINT "Post_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON DELETE CASCADE;',
      'DELETE FROM "User" WHERE id = 1;',
    ],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 deleted'],
    lost: { 'rows Post': 2, 'rows User': 1 },
  },
  {
    name: 'restrict in place of cascade, then parents deleted',
    databases: ['postgresql'],
    setup: FAMILY,
    migrations: [
      'ALTER TABLE "Post" DROP CONSTRAINT "Post_userId_fkey"; ALTER TABLE "Post" ADD CONSTRAINT "Post_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON DELETE SET NULL;',
      'DELETE FROM "User" WHERE id = 1;',
    ],
    findings: ['S2 delete-filtered User: 1 rows, Post 2 cleared'],
    lost: { 'values Post.userId': 2, 'rows User': 1 },
  },
]
