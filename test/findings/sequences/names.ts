import { PAIR, type Sequence } from './sequence.js'

const TWO = `CREATE TABLE "A" (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE "B" (id INTEGER PRIMARY KEY, v TEXT);
INSERT INTO "A" VALUES (1, 'x'), (2, 'y'); INSERT INTO "B" VALUES (1, 'p'), (2, 'q'), (3, 'r');`
const SWAP = 'ALTER TABLE "T" RENAME COLUMN a TO tmp; ALTER TABLE "T" RENAME COLUMN b TO a; ALTER TABLE "T" RENAME COLUMN tmp TO b;'
const SWAP_TABLES = 'ALTER TABLE "A" RENAME TO tmp; ALTER TABLE "B" RENAME TO "A"; ALTER TABLE tmp RENAME TO "B";'

/** What is called otherwise, or is of another type, by the time that it is lost. */
export const names: readonly Sequence[] = [
  {
    name: 'swap of columns, then drop of one',
    setup: PAIR,
    migrations: [SWAP, 'ALTER TABLE "T" DROP COLUMN a;'],
    findings: ['S1 drop-column T.b: 1 values'],
    lost: { 'values T.b': 1 },
  },
  {
    name: 'swap of columns, then update of one',
    setup: PAIR,
    migrations: [`${SWAP} UPDATE "T" SET a = 'n';`],
    findings: ['S1 update-unfiltered T.b: 1 values'],
    lost: { 'values T.b': 1 },
  },
  {
    name: 'swap of columns, then delete by one',
    setup: PAIR,
    migrations: [`${SWAP} DELETE FROM "T" WHERE a = 'p';`],
    findings: ['S2 delete-filtered T: 1 rows'],
    lost: { 'rows T': 1 },
  },
  {
    name: 'swap of tables, then drop of one',
    setup: TWO,
    migrations: [SWAP_TABLES, 'DROP TABLE "A";'],
    findings: ['S1 drop-table B: 3 rows'],
    lost: { 'rows B': 3 },
  },
  {
    name: 'swap of tables, then update of one',
    setup: TWO,
    migrations: [SWAP_TABLES, `UPDATE "A" SET v = NULL WHERE id > 1;`],
    findings: ['S2 update-filtered B.v: 2 values'],
    lost: { 'values B.v': 2 },
  },
  {
    name: 'swap of tables, then a delete that reads the other',
    setup: TWO,
    migrations: [SWAP_TABLES, `DELETE FROM "A" WHERE id IN (SELECT id FROM "B");`],
    findings: ['S2 delete-filtered B: not measured, 1:1 renames A or a column of it first'],
    lost: { 'rows B': 2 },
  },
  {
    name: 'column of one file renamed table',
    setup: PAIR,
    migrations: ['ALTER TABLE "T" RENAME TO "S";', 'ALTER TABLE "S" DROP COLUMN a;'],
    findings: ['S1 drop-column T.a: 2 values'],
    lost: { 'values T.a': 2 },
  },
  {
    name: 'column copied two files before, then the copy dropped',
    setup: PAIR,
    migrations: [
      'ALTER TABLE "T" ADD COLUMN c TEXT; UPDATE "T" SET c = a;',
      'ALTER TABLE "T" DROP COLUMN a;',
      'ALTER TABLE "T" DROP COLUMN c;',
    ],
    findings: ['S2 drop-column T.a: 2 values'],
    lost: { 'values T.a': 2 },
  },
  {
    name: 'reset by rename',
    setup: PAIR,
    migrations: ['ALTER TABLE "T" RENAME TO "T_old"; CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT, b TEXT);'],
    findings: [],
  },
  {
    name: 'reset by rename, then the old one dropped',
    setup: PAIR,
    migrations: ['ALTER TABLE "T" RENAME TO "T_old"; CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT, b TEXT);', 'DROP TABLE "T_old";'],
    findings: ['S1 drop-table T: 3 rows'],
    lost: { 'rows T': 3 },
  },
  {
    name: 'type changed twice',
    databases: ['postgresql'],
    setup: 'CREATE TABLE "T" (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO "T" VALUES (1, \'1.26\'), (2, \'10.5\');',
    migrations: [
      'ALTER TABLE "T" ALTER COLUMN v TYPE numeric(10,1) USING v::numeric(10,1);',
      'ALTER TABLE "T" ALTER COLUMN v TYPE integer;',
    ],
    findings: [
      'S2 alter-column-type T.v: 1 values',
      'S2 alter-column-type T.v: not measured, an earlier statement of these migrations changes its type',
    ],
    lost: { 'values T.v': 2 },
  },
  {
    name: 'search_path set in the first file only',
    databases: ['postgresql'],
    setup: `${PAIR} CREATE SCHEMA other; CREATE TABLE other."T" (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO other."T" VALUES (1, 'z');`,
    migrations: ['SET search_path = other; DELETE FROM "T" WHERE id = 1;', 'DELETE FROM "T" WHERE id > 1;'],
    findings: ['S2 delete-filtered T: 1 rows', 'S2 delete-filtered T: 2 rows'],
    lost: { 'rows T': 3 },
  },
  {
    name: 'search_path of two schemas',
    databases: ['postgresql'],
    setup: `${PAIR} CREATE SCHEMA other; CREATE TABLE other."S" (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO other."S" VALUES (1, 'z');`,
    migrations: ['SET search_path = other, public; DELETE FROM "S"; DELETE FROM "T" WHERE id > 1;'],
    findings: ['S1 delete-unfiltered S: 1 rows', 'S2 delete-filtered T: 2 rows'],
    lost: { 'rows S': 1, 'rows T': 2 },
  },
  {
    name: 'set_config of the search_path',
    databases: ['postgresql'],
    setup: `${PAIR} CREATE SCHEMA other; CREATE TABLE other."T" (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO other."T" VALUES (1, 'z');`,
    migrations: [`SELECT set_config('search_path', 'other', false); DROP TABLE "T";`],
    findings: ['S1 drop-table T: 1 rows'],
    lost: { 'rows T': 1 },
  },
  {
    name: 'search_path local to a transaction',
    databases: ['postgresql'],
    setup: `${PAIR} CREATE SCHEMA other; CREATE TABLE other."T" (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO other."T" VALUES (1, 'z');`,
    migrations: [`BEGIN; SET LOCAL search_path = other; DELETE FROM "T"; COMMIT; DELETE FROM "T" WHERE id = 3;`],
    findings: ['S1 delete-unfiltered T: 1 rows', 'S2 delete-filtered T: 1 rows'],
    lost: { 'rows T': 2 },
  },
  {
    name: 'enum recreated twice',
    databases: ['postgresql'],
    setup: `CREATE TYPE "Role" AS ENUM ('A', 'B', 'C'); CREATE TABLE "T" (id INTEGER PRIMARY KEY, r "Role"); INSERT INTO "T" VALUES (1, 'A'), (2, 'B'), (3, 'B');`,
    migrations: [recreate(['A', 'B']), recreate(['A'])],
    findings: ['info recreate-enum Role T.r: 0 failing', 'S3 recreate-enum Role T.r: 2 failing'],
  },
  {
    name: 'enum recreated with another value, which a row gets, and without it',
    databases: ['postgresql'],
    setup: `CREATE TYPE "Role" AS ENUM ('A', 'B'); CREATE TABLE "T" (id INTEGER PRIMARY KEY, r "Role"); INSERT INTO "T" VALUES (1, 'A'), (2, 'B');`,
    migrations: [recreate(['A', 'B', 'C']), `UPDATE "T" SET r = 'C' WHERE r = 'B';`, recreate(['A', 'C'])],
    findings: [
      'S2 update-filtered T.r: not measured, invalid input value for enum',
      'S3 recreate-enum Role T.r: not measured, 2:1 writes to T first',
    ],
    lost: { 'values T.r': 1 },
  },
]

/** As Prisma writes it. */
function recreate(labels: readonly string[]): string {
  return `BEGIN;
CREATE TYPE "Role_new" AS ENUM (${labels.map((label) => `'${label}'`).join(', ')});
ALTER TABLE "T" ALTER COLUMN r TYPE "Role_new" USING (r::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "public"."Role_old";
COMMIT;`
}
