import type { HarmlessStory, ToldStory } from './told-story.js'

const PARENT = `CREATE TABLE "User" (id integer PRIMARY KEY, name text); INSERT INTO "User" VALUES (1, 'a'), (2, 'b'), (3, 'C')`
const CHILD = (onDelete: string, rest = '') =>
  `CREATE TABLE "Post" (id integer PRIMARY KEY, "userId" integer${rest} REFERENCES "User" ON DELETE ${onDelete}); INSERT INTO "Post" VALUES (1, 1), (2, 2), (3, NULL)`

const BASE = `CREATE TABLE "T" (id integer PRIMARY KEY, c varchar(20), n integer, d numeric(10,2), r real, at timestamp(3));
  INSERT INTO "T" SELECT i, 'value ' || i, nullif(i % 7, 0), i * 1.25, i * 0.1, timestamp '2024-01-01' + i * interval '1 hour 1 ms' FROM generate_series(1, 100) i`

/** As Prisma writes it, for a column `s` of a table `T`. */
const recreateEnum = (using: string): readonly string[] => [
  'BEGIN',
  `CREATE TYPE "S_new" AS ENUM ('new', 'done')`,
  'ALTER TABLE "T" ALTER COLUMN s DROP DEFAULT',
  `ALTER TABLE "T" ALTER COLUMN s TYPE "S_new" USING ${using}`,
  'ALTER TYPE "S" RENAME TO "S_old"',
  'ALTER TYPE "S_new" RENAME TO "S"',
  'DROP TYPE "S_old"',
  `ALTER TABLE "T" ALTER COLUMN s SET DEFAULT 'new'`,
  'COMMIT',
]

/** Roles belong to all databases of a server. */
const OWNER = `told_owner_${process.pid}`

export const TOLD_POSTGRESQL: readonly ToldStory[] = [
  {
    name: 'drop-table-cascade: rows of other tables stay, and lose their foreign key',
    setup: `${PARENT}; CREATE TABLE "Post" (id integer PRIMARY KEY, "userId" integer CONSTRAINT "Post_fkey" REFERENCES "User"); CREATE VIEW "Names" AS SELECT name FROM "User"; INSERT INTO "Post" VALUES (1, 1), (2, 2)`,
    migration: ['DROP TABLE "User" CASCADE'],
    rules: ['drop-table'],
    losses: ['User: the table is gone, with 3 rows, as predicted'],
    notices: ['The foreign key Post_fkey of Post is gone', 'The view Names is gone'],
  },
  {
    name: 'drop-table-cascade: tables that inherit from it go with their rows',
    setup: `${PARENT}; CREATE TABLE "Admin" (level integer) INHERITS ("User"); INSERT INTO "Admin" VALUES (9, 'x', 1), (10, 'y', 2)`,
    migration: ['DROP TABLE "User" CASCADE'],
    rules: ['drop-table'],
    losses: ['Admin: the table is gone, with 2 rows, as predicted', 'User: the table is gone, with 3 rows, as predicted'],
  },
  {
    name: 'truncate-cascade: also where the foreign key says SET NULL',
    setup: `${PARENT}; ${CHILD('SET NULL')}`,
    migration: ['TRUNCATE "User" CASCADE'],
    rules: ['truncate-cascade'],
    losses: ['Post: 3 of 3 rows are gone, as predicted (id 1, 2, 3)', 'User: 3 of 3 rows are gone, as predicted (id 1, 2, 3)'],
  },
  {
    name: 'delete-unfiltered, cascade-reach: references are cleared by ON DELETE SET NULL',
    setup: `${PARENT}; ${CHILD('SET NULL')}`,
    migration: ['DELETE FROM "User" WHERE id IS NOT NULL'],
    rules: ['delete-unfiltered'],
    losses: [
      'Post.userId: 2 of 2 values are gone (now NULL), as predicted (id 1, 2)',
      'User: 3 of 3 rows are gone, as predicted (id 1, 2, 3)',
    ],
  },
  {
    name: 'delete-filtered, cascade-reach: references get their default',
    setup: `${PARENT}; ${CHILD('SET DEFAULT', ' DEFAULT 3')}`,
    migration: ['WITH gone AS (DELETE FROM "User" WHERE id < 3 RETURNING id) SELECT count(*) FROM gone'],
    rules: ['delete-filtered'],
    losses: ['Post.userId: 2 of 2 values changed, as predicted (id 1, 2)', 'User: 2 of 3 rows are gone, as predicted (id 1, 2)'],
  },
  {
    name: 'delete-filtered: MERGE deletes and overwrites',
    setup: `${PARENT}; CREATE TABLE "New" (id integer, name text); INSERT INTO "New" VALUES (1, 'z'), (2, NULL)`,
    migration: [
      'MERGE INTO "User" u USING "New" n ON u.id = n.id WHEN MATCHED AND n.name IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET name = n.name',
    ],
    rules: ['delete-filtered', 'update-filtered'],
    losses: ['User: 1 of 3 rows is gone, as predicted (id 2)', 'User.name: 1 of 3 values changed, as predicted (id 1)'],
  },
  {
    name: 'cascade-reach: ON UPDATE CASCADE carries a new key into what references it',
    setup: `CREATE TABLE "User" (id integer PRIMARY KEY, code text UNIQUE); CREATE TABLE "Post" (id integer PRIMARY KEY, code text REFERENCES "User" (code) ON UPDATE CASCADE);
      INSERT INTO "User" VALUES (1, 'a'), (2, 'b'); INSERT INTO "Post" VALUES (1, 'a'), (2, NULL)`,
    migration: [`UPDATE "User" SET code = upper(code) WHERE id = 1`],
    rules: ['update-filtered'],
    losses: ['Post.code: 1 of 1 value changed, as predicted (id 1)', 'User.code: 1 of 2 values changed, as predicted (id 1)'],
  },
  {
    name: 'update-unfiltered: values are overwritten',
    setup: PARENT,
    migration: [`UPDATE "User" SET name = lower(name)`],
    rules: ['update-unfiltered'],
    losses: ['User.name: 1 of 3 values changed, as predicted (id 3)'],
  },
  {
    name: 'update-to-null: values are cleared',
    setup: PARENT,
    migration: [`UPDATE "User" SET name = NULL WHERE id > 1`],
    rules: ['update-filtered'],
    losses: ['User.name: 2 of 3 values are gone (now NULL), as predicted (id 2, 3)'],
  },
  {
    name: 'upsert-overwrite',
    setup: PARENT,
    migration: [`INSERT INTO "User" VALUES (1, 'new'), (2, 'b'), (7, 'g') ON CONFLICT (id) DO UPDATE SET name = excluded.name`],
    rules: ['overwrite-rows'],
    losses: ['User.name: 1 of 3 values changed, as predicted (id 1)'],
    notices: ['User: 1 row was added'],
  },
  {
    name: 'drop-column: with CASCADE its index, key, view and generated column go too',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, c text UNIQUE, up text GENERATED ALWAYS AS (upper(c)) STORED); CREATE VIEW "V" AS SELECT c FROM "T"; INSERT INTO "T" VALUES (1, 'a'), (2, NULL)`,
    migration: ['ALTER TABLE "T" DROP COLUMN c CASCADE'],
    rules: ['drop-column'],
    losses: ['T.c: the column is gone, with 1 value, as predicted'],
    notices: ['T.up: the column is gone, with 1 value', 'The unique constraint T_c_key of T is gone', 'The view V is gone'],
  },
  {
    name: 'drop-add-rename: a rename written as a drop and an add',
    setup: PARENT,
    migration: ['ALTER TABLE "User" DROP COLUMN name, ADD COLUMN "fullName" text'],
    rules: ['drop-column'],
    losses: ['User.name: the column is gone, with 3 values, as predicted'],
  },
  {
    name: 'drop-recreate-same: the column is there under its name',
    setup: PARENT,
    migration: [`ALTER TABLE "User" DROP COLUMN name, ADD COLUMN name text DEFAULT 'a'`],
    rules: ['drop-column'],
    losses: ['User.name: 2 of 3 values changed, as predicted (id 2, 3)'],
  },
  {
    name: 'table-rename-by-recreate',
    setup: PARENT,
    migration: ['DROP TABLE "User"', 'CREATE TABLE "Person" (id integer PRIMARY KEY, name text)'],
    rules: ['drop-table'],
    losses: ['User: the table is gone, with 3 rows, as predicted'],
  },
  {
    name: 'implicit-m2m change: the rows of the join table go',
    setup: `CREATE TABLE "_AToB" ("A" integer NOT NULL, "B" integer NOT NULL, CONSTRAINT "_AToB_AB_pkey" PRIMARY KEY ("A", "B")); INSERT INTO "_AToB" VALUES (1, 1), (1, 2)`,
    migration: ['DROP TABLE "_AToB"', 'CREATE TABLE "AOnB" ("aId" integer NOT NULL, "bId" integer NOT NULL, PRIMARY KEY ("aId", "bId"))'],
    rules: ['drop-table'],
    losses: ['_AToB: the table is gone, with 2 rows, as predicted'],
  },
  {
    name: 'drop and recreate a table under its name',
    setup: PARENT,
    migration: [
      'DROP TABLE "User"',
      'CREATE TABLE "User" (id integer PRIMARY KEY, name text)',
      `INSERT INTO "User" VALUES (1, 'a'), (4, 'x'), (5, 'y')`,
    ],
    rules: ['drop-table'],
    losses: ['User: 2 of 3 rows are gone, as predicted (id 2, 3)'],
    notices: ['User: 2 rows were added'],
  },
  {
    name: 'enum-recreate: labels are merged by an UPDATE before it',
    setup: `CREATE TYPE "S" AS ENUM ('new', 'old', 'done'); CREATE TABLE "T" (id integer PRIMARY KEY, s "S" DEFAULT 'new'); INSERT INTO "T" VALUES (1, 'new'), (2, 'old'), (3, 'done')`,
    migration: [`UPDATE "T" SET s = 'done' WHERE s = 'old'`, ...recreateEnum('(s::text::"S_new")')],
    rules: ['update-filtered'],
    losses: ['T.s: 1 of 3 values changed, as predicted (id 2)'],
    notices: ['The enum S is defined otherwise now'],
  },
  {
    name: 'enum-recreate: labels are merged by USING CASE',
    setup: `CREATE TYPE "S" AS ENUM ('new', 'old', 'done'); CREATE TABLE "T" (id integer PRIMARY KEY, s "S" DEFAULT 'new'); INSERT INTO "T" VALUES (1, 'new'), (2, 'old'), (3, 'done')`,
    migration: recreateEnum(`(CASE s::text WHEN 'old' THEN 'done' ELSE s::text END)::"S_new"`),
    rules: ['alter-column-type'],
    losses: ['T.s: 1 of 3 values changed, as predicted (id 2)'],
    notices: ['The enum S is defined otherwise now'],
  },
  {
    name: 'drop-domain CASCADE: its columns go',
    setup: `CREATE DOMAIN "Mail" AS text CHECK (VALUE LIKE '%@%'); CREATE TABLE "T" (id integer PRIMARY KEY, m "Mail", l "Mail"[]); INSERT INTO "T" VALUES (1, 'a@b', '{c@d}'), (2, NULL, NULL)`,
    migration: ['DROP DOMAIN "Mail" CASCADE'],
    rules: ['drop-type'],
    losses: ['T.m: the column is gone, with 1 value, as predicted', 'T.l: the column is gone, with 1 value, as predicted'],
    notices: ['The domain Mail is gone'],
  },
  {
    name: 'drop-extension CASCADE: the columns of its types go',
    setup: `CREATE EXTENSION hstore SCHEMA public; CREATE TABLE "T" (id integer PRIMARY KEY, h hstore); INSERT INTO "T" VALUES (1, 'a=>1'), (2, NULL)`,
    migration: ['DROP EXTENSION hstore CASCADE'],
    rules: ['drop-extension'],
    losses: ['T.h: the column is gone, with 1 value, as predicted'],
    notices: ['The extension hstore is gone'],
  },
  {
    name: 'drop-schema CASCADE: its tables go',
    setup: `DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other; CREATE TABLE other."T" (id integer PRIMARY KEY); INSERT INTO other."T" VALUES (1)`,
    migration: ['DROP SCHEMA other CASCADE'],
    rules: ['drop-schema'],
    losses: ['other.T: the table is gone, with 1 row, as predicted'],
  },
  {
    name: 'type-lossy-silent: inet→cidr drops what is not of the network',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, a inet); INSERT INTO "T" VALUES (1, '10.1.2.3/8'), (2, '10.1.2.3'), (3, NULL)`,
    migration: ['ALTER TABLE "T" ALTER COLUMN a TYPE cidr'],
    rules: ['alter-column-type'],
    losses: ['T.a: 1 of 2 values changed, as predicted (id 1)'],
  },
  {
    name: 'type-lossy-silent: bits and fractions of a second are cut',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, b bit(8), v bit varying(8), i interval);
      INSERT INTO "T" VALUES (1, B'10100000', B'1010', '1.5 s'), (2, B'10100001', B'10101', '1 day 2 s'), (3, NULL, NULL, '0.4 s')`,
    migration: [
      'ALTER TABLE "T" ALTER COLUMN b TYPE bit(4) USING b::bit(4), ALTER COLUMN v TYPE bit varying(4) USING v::bit varying(4), ALTER COLUMN i TYPE interval(0)',
    ],
    rules: ['alter-column-type'],
    losses: [
      'T.b: 2 of 2 values changed, as predicted (id 1, 2)',
      'T.v: 1 of 2 values changed, as predicted (id 2)',
      'T.i: 2 of 3 values changed, as predicted (id 1, 3)',
    ],
  },
  {
    name: 'type-lossy-silent: an interval of months has no days',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, i interval); INSERT INTO "T" VALUES (1, '1 mon 5 days'), (2, '2 years')`,
    migration: ['ALTER TABLE "T" ALTER COLUMN i TYPE interval month'],
    rules: ['alter-column-type'],
    losses: ['T.i: 1 of 2 values changed, as predicted (id 1)'],
  },
  {
    name: 'drop-owned: what other roles own stays',
    setup: `${PARENT}; ${CHILD('RESTRICT')}; DROP ROLE IF EXISTS ${OWNER}; CREATE ROLE ${OWNER};
      CREATE TABLE "Old" (id integer PRIMARY KEY); INSERT INTO "Old" VALUES (1); CREATE VIEW "Seen" AS SELECT 1 AS one; ALTER TABLE "Old" OWNER TO ${OWNER}; ALTER VIEW "Seen" OWNER TO ${OWNER}`,
    migration: [`DROP OWNED BY ${OWNER}`, `DROP ROLE ${OWNER}`],
    rules: ['drop-owned'],
    losses: ['Old: the table is gone, with 1 row, as predicted'],
    notices: ['The view Seen is gone'],
  },
  {
    name: '_prisma_migrations touched: a migration would be applied again',
    setup: `${PARENT}; CREATE TABLE "_prisma_migrations" (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
      INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at) VALUES ('1', 'x', '1_first', now()), ('2', 'y', '2_second', now())`,
    migration: [`DELETE FROM "_prisma_migrations" WHERE migration_name = '1_first'`, `UPDATE "_prisma_migrations" SET checksum = 'z'`],
    rules: [],
    losses: [],
    mustBeAccepted: true,
  },
  {
    name: 'set-unlogged: nothing is gone before the next crash',
    setup: PARENT,
    migration: ['ALTER TABLE "User" SET UNLOGGED'],
    rules: [],
    losses: [],
    mustBeAccepted: true,
  },
  {
    name: 'drop-sequence / identity: ids may be given a second time',
    setup: `CREATE TABLE "T" (id serial PRIMARY KEY, n integer GENERATED BY DEFAULT AS IDENTITY); INSERT INTO "T" SELECT FROM generate_series(1, 5)`,
    migration: [`SELECT setval('"T_id_seq"', 2)`, 'ALTER TABLE "T" ALTER COLUMN n DROP IDENTITY'],
    rules: [],
    losses: [],
    notices: [
      'The sequence T_id_seq went back from 5 to 2: ids may be given a second time',
      'The identity n of T is gone',
      'The sequence T_n_seq of T is gone',
    ],
    mustBeAccepted: true,
  },
  {
    name: 'drop-default, drop-constraint, drop-index, drop-trigger, drop-matview: what guards the data is told',
    setup: `${PARENT}; ALTER TABLE "User" ADD CONSTRAINT "short" CHECK (length(name) < 9), ALTER COLUMN name SET DEFAULT 'x'; CREATE UNIQUE INDEX "User_name_key" ON "User" (name);
      CREATE MATERIALIZED VIEW "M" AS SELECT count(*) FROM "User"; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION f()`,
    migration: [
      'ALTER TABLE "User" ALTER COLUMN name DROP DEFAULT, DROP CONSTRAINT short',
      'DROP INDEX "User_name_key"',
      'DROP TRIGGER t ON "User"',
      'DROP MATERIALIZED VIEW "M"',
    ],
    rules: [],
    losses: [],
    notices: [
      'The index User_name_key of User is gone',
      'The check constraint short of User is gone',
      'The trigger t of User is gone',
      'The default name of User is gone',
      'The materialized view M is gone',
    ],
  },
  {
    name: 'enable RLS without a policy: no row is gone',
    setup: PARENT,
    migration: ['ALTER TABLE "User" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'],
    rules: [],
    losses: [],
  },
  {
    name: 'down-section in file: it is executed',
    setup: PARENT,
    migration: ['ALTER TABLE "User" ADD COLUMN extra text', '-- migrate:down\nALTER TABLE "User" DROP COLUMN name'],
    rules: ['drop-column'],
    losses: ['User.name: the column is gone, with 3 values, as predicted'],
  },
  {
    name: 'search_path confusion: the table of another schema is written',
    setup: `${PARENT}; DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other; CREATE TABLE other."User" (id integer PRIMARY KEY, name text); INSERT INTO other."User" VALUES (1, 'a'), (2, 'b')`,
    migration: ['SET search_path = other, public', `UPDATE "User" SET name = 'x' WHERE id = 1`],
    rules: ['update-filtered'],
    losses: ['other.User.name: 1 of 2 values changed, as predicted (id 1)'],
  },
  {
    name: 'dynamic SQL that nothing can read is an alarm',
    setup: PARENT,
    migration: [
      `DO $$ DECLARE t text := (SELECT relname FROM pg_class WHERE oid = '"User"'::regclass); BEGIN EXECUTE format('UPDATE %I SET name = %L', t, 'x'); END $$`,
    ],
    rules: [],
    losses: ['User.name: 3 of 3 values changed (id 1, 2, 3)'],
    mustBeAccepted: true,
    verdict: 'lost-kept',
  },
  {
    name: 'a function of the database that writes is an alarm where its body cannot be read',
    setup: `${PARENT}; CREATE FUNCTION wipe() RETURNS void LANGUAGE sql AS 'UPDATE "User" SET name = NULL'`,
    migration: ['SELECT wipe()'],
    rules: ['update-unfiltered'],
    losses: ['User.name: 3 of 3 values are gone (now NULL), as predicted (id 1, 2, 3)'],
  },
  {
    name: 'rows that were deleted come again with other values',
    setup: `CREATE TABLE "Role" (id integer PRIMARY KEY, name text, note text); INSERT INTO "Role" VALUES (1, 'USER', 'a'), (2, 'ADMIN', NULL)`,
    migration: ['DELETE FROM "Role"', `INSERT INTO "Role" VALUES (1, 'user', 'b'), (2, 'admin', 'c')`],
    rules: ['delete-unfiltered'],
    losses: ['Role.name: 2 of 2 values changed, as predicted (id 1, 2)', 'Role.note: 1 of 1 value changed, as predicted (id 1)'],
  },
  {
    name: 'a key is changed by the migration, not by others',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY); INSERT INTO "T" VALUES (1), (2)`,
    migration: ['UPDATE "T" SET id = id + 10'],
    rules: ['update-unfiltered'],
    losses: ['T: 2 of 2 rows are gone, as predicted (id 1, 2)'],
    notices: ['T: 2 rows were added'],
  },
  {
    name: 'what an attached partition has is not gone',
    setup: `CREATE TABLE "E" (id integer PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE "E1" PARTITION OF "E" FOR VALUES FROM (0) TO (10);
      CREATE TABLE "X" (id integer PRIMARY KEY); INSERT INTO "E" VALUES (1); INSERT INTO "X" VALUES (11), (12)`,
    migration: ['ALTER TABLE "E" ATTACH PARTITION "X" FOR VALUES FROM (10) TO (20)'],
    rules: [],
    losses: [],
  },
  {
    name: 'a type is renamed to that of a column, and dropped',
    setup: `CREATE TYPE "Role" AS ENUM ('A', 'B'); CREATE TABLE "T" (id integer PRIMARY KEY, r "Role"); INSERT INTO "T" VALUES (1, 'A'), (2, NULL)`,
    migration: [
      `CREATE TYPE "Role_new" AS ENUM ('A', 'C')`,
      `ALTER TABLE "T" ALTER COLUMN r TYPE "Role_new" USING (CASE r::text WHEN 'B' THEN 'C' ELSE r::text END)::"Role_new"`,
      'ALTER TYPE "Role" RENAME TO "Role_old"',
      'ALTER TYPE "Role_new" RENAME TO "Role"',
      'DROP TYPE "Role" CASCADE',
    ],
    rules: ['alter-column-type', 'drop-type'],
    losses: ['T.r: the column is gone, with 1 value, as predicted'],
  },
  {
    name: 'a type that the migration made takes a column of before along',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, r text); INSERT INTO "T" VALUES (1, 'A'), (2, NULL)`,
    migration: [
      `CREATE TYPE "Role" AS ENUM ('A')`,
      'ALTER TABLE "T" ALTER COLUMN r TYPE "Role" USING (r::"Role")',
      'DROP TYPE "Role" CASCADE',
    ],
    rules: ['alter-column-type', 'drop-type'],
    losses: ['T.r: the column is gone, with 1 value, as predicted'],
  },
  {
    name: 'a whole number as a floating-point number is the same number',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, a bigint, b bigint);
      INSERT INTO "T" VALUES (1, -9223372036854775808, 9007199254740992), (2, 9223372036854775807, 9007199254740993), (3, 16777216, 7)`,
    migration: ['ALTER TABLE "T" ALTER COLUMN a TYPE real, ALTER COLUMN b TYPE double precision'],
    rules: ['alter-column-type'],
    losses: ['T.a: 1 of 3 values changed, as predicted (id 2)', 'T.b: 1 of 3 values changed, as predicted (id 2)'],
  },
  {
    name: 'a key that is cut and cannot be cast back',
    setup: `CREATE TABLE "T" (id uuid PRIMARY KEY, v text); INSERT INTO "T" VALUES ('00000000-0000-4000-8000-000000000000', 'a')`,
    migration: ['ALTER TABLE "T" ALTER COLUMN id TYPE varchar(10) USING id::varchar(10)'],
    rules: ['alter-column-type'],
    losses: ['T: 1 of 1 row is gone, as predicted (id 00000000-0000-4000-8000-000000000000)'],
    notices: ['T: 1 row was added'],
  },
  {
    name: 'a trigger cuts what is copied to a new column before the old one is dropped',
    setup: `${BASE}; CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object('title', left(to_jsonb(NEW)->>'title', 7))); RETURN NEW; END $$;
      CREATE TRIGGER cut BEFORE UPDATE ON "T" FOR EACH ROW WHEN (OLD.id > 50) EXECUTE FUNCTION cut()`,
    migration: ['ALTER TABLE "T" ADD COLUMN title text', 'UPDATE "T" SET title = c', 'ALTER TABLE "T" DROP COLUMN c'],
    rules: ['drop-column'],
    losses: ['T.c: the column is gone, and 50 of its 100 values are not in T.title, to which they were copied (id 51, 52, 53, 54, 55, …)'],
    mustBeAccepted: false,
    verdict: 'lost-kept',
  },
  {
    name: 'a trigger cuts what is copied to another table before the column is dropped',
    setup: `${BASE}; CREATE TABLE "U" (id integer PRIMARY KEY, c text); INSERT INTO "U" VALUES (-1, 'other');
      CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object('c', left(to_jsonb(NEW)->>'c', 7))); RETURN NEW; END $$;
      CREATE TRIGGER cut BEFORE INSERT ON "U" FOR EACH ROW EXECUTE FUNCTION cut()`,
    migration: ['INSERT INTO "U" (id, c) SELECT id, c FROM "T"', 'ALTER TABLE "T" DROP COLUMN c'],
    rules: ['drop-column'],
    losses: ['T.c: the column is gone, and 91 of its 100 values are not in U, to which they were copied (id 10, 11, 12, 13, 14, …)'],
    notices: ['U: 100 rows were added'],
    mustBeAccepted: false,
    verdict: 'lost-kept',
  },
  {
    name: 'a trigger cuts what is copied of rows without a key before their table is dropped',
    setup: `CREATE TABLE "T" (a integer, b text); INSERT INTO "T" SELECT i % 3, CASE WHEN i = 7 THEN 'more than 7' ELSE 'x' END FROM generate_series(1, 9) i; CREATE TABLE "U" (a integer, b text); INSERT INTO "U" VALUES (7, 'own'), (0, 'x');
      CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object('b', left(to_jsonb(NEW)->>'b', 7))); RETURN NEW; END $$;
      CREATE TRIGGER cut BEFORE INSERT ON "U" FOR EACH ROW EXECUTE FUNCTION cut()`,
    migration: ['INSERT INTO "U" SELECT * FROM "T"', 'DROP TABLE "T"'],
    rules: ['drop-table'],
    losses: ['T: the table is gone, and 1 of its 9 rows is not in U, to which they were copied'],
    notices: ['U: 9 rows were added'],
    mustBeAccepted: false,
    verdict: 'lost-kept',
  },
  {
    name: 'the copy of a column that is overwritten was cut by a trigger',
    setup: `${BASE}; CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object('old', left(to_jsonb(NEW)->>'old', 8))); RETURN NEW; END $$;
      CREATE TRIGGER cut BEFORE UPDATE ON "T" FOR EACH ROW WHEN (OLD.id > 98) EXECUTE FUNCTION cut()`,
    migration: ['ALTER TABLE "T" ADD COLUMN old text', 'UPDATE "T" SET old = c', `UPDATE "T" SET c = 'new'`],
    rules: ['update-unfiltered'],
    losses: ['T.c: 100 of 100 values changed (id 1, 2, 3, 4, 5, …)'],
    mustBeAccepted: false,
    verdict: 'lost-kept',
  },
  {
    name: 'rows are deleted, as agreed, and a trigger cuts copies of others',
    setup: `${BASE}; CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object('title', left(to_jsonb(NEW)->>'title', 7))); RETURN NEW; END $$;
      CREATE TRIGGER cut BEFORE UPDATE ON "T" FOR EACH ROW WHEN (OLD.id > 95) EXECUTE FUNCTION cut()`,
    migration: [
      'ALTER TABLE "T" ADD COLUMN title text',
      'UPDATE "T" SET title = c',
      'DELETE FROM "T" WHERE id < 20',
      'ALTER TABLE "T" DROP COLUMN c',
    ],
    rules: ['delete-filtered', 'drop-column'],
    losses: [
      'T.c: the column is gone, and 5 of its 100 values are not in T.title, to which they were copied (id 96, 97, 98, 99, 100)',
      'T: 19 of 100 rows are gone, as predicted (id 1, 2, 3, 4, 5, …)',
    ],
    verdict: 'lost-kept',
  },
  {
    name: 'a value of char(n) has no blanks at its end, and a date is a moment in the zone of the session',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, a varchar(40), b date); INSERT INTO "T" VALUES (1, 'trail  ', '2024-01-01'), (2, 'none', NULL)`,
    migration: [`SET TimeZone = 'Europe/Berlin'`, 'ALTER TABLE "T" ALTER COLUMN a TYPE char(40), ALTER COLUMN b TYPE timestamptz(3)'],
    rules: ['alter-column-type'],
    losses: ['T.a: 1 of 2 values changed, as predicted (id 1)', 'T.b: 1 of 1 value changed, as predicted (id 1)'],
  },
  {
    name: 'a copy that gives several rows for one, or none, is no copy',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, c text, lines text[]); INSERT INTO "T" VALUES (1, 'a', '{x,y}'), (2, 'b', '{}')`,
    migration: ['CREATE TABLE "Line" AS SELECT id, c, unnest(lines) AS line FROM "T"', 'ALTER TABLE "T" DROP COLUMN c'],
    rules: ['drop-column'],
    losses: ['T.c: the column is gone, with 2 values, as predicted'],
  },
  {
    name: 'a copy of ONLY a partitioned table has no rows',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE "T_1" PARTITION OF "T" FOR VALUES FROM (0) TO (9); INSERT INTO "T" VALUES (1), (2)`,
    migration: ['CREATE TABLE old AS SELECT * FROM ONLY "T"', 'DROP TABLE "T"'],
    rules: ['drop-table'],
    losses: ['T: the table is gone, with 2 rows, as predicted'],
  },
  {
    name: 'a copy goes with its schema',
    setup: BASE,
    migration: ['CREATE SCHEMA tmp', 'CREATE TABLE tmp.u AS SELECT * FROM "T"', 'DROP TABLE "T"', 'DROP SCHEMA tmp CASCADE'],
    rules: ['drop-table'],
    losses: ['T: the table is gone, with 100 rows, as predicted'],
  },
  {
    name: 'values of the copy are overwritten where rows are there already',
    setup: BASE,
    migration: [
      'CREATE TABLE "U" (id integer PRIMARY KEY, c text)',
      'INSERT INTO "U" SELECT id, c FROM "T"',
      `INSERT INTO "U" VALUES (1, 'other') ON CONFLICT (id) DO UPDATE SET c = excluded.c`,
      'ALTER TABLE "T" DROP COLUMN c',
    ],
    rules: ['drop-column'],
    losses: ['T.c: the column is gone, with 100 values, as predicted'],
  },
  {
    name: 'values are changed, as agreed, and a trigger swallows others on the way to a copy',
    setup: `${BASE}; CREATE TABLE "U" (LIKE "T" INCLUDING ALL); CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object('id', abs((to_jsonb(NEW)->>'id')::int - 1000 * (((to_jsonb(NEW)->>'id')::int > 98)::int)))); RETURN NEW; END $$;
      CREATE TRIGGER cut BEFORE INSERT ON "U" FOR EACH ROW EXECUTE FUNCTION cut()`,
    migration: [`UPDATE "T" SET c = 'new'`, 'INSERT INTO "U" SELECT * FROM "T"', 'DROP TABLE "T"'],
    rules: ['update-unfiltered', 'drop-table'],
    losses: ['T: the table is gone, and 100 of its 100 rows are not in U, to which they were copied (id 1, 2, 3, 4, 5, …)'],
    notices: ['U: 100 rows were added'],
    verdict: 'lost-kept',
  },
  {
    name: 'a trigger cuts what is copied, and nobody minds',
    setup: `${BASE}; CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, jsonb_build_object('title', left(to_jsonb(NEW)->>'title', 7))); RETURN NEW; END $$;
      CREATE TRIGGER cut BEFORE UPDATE ON "T" FOR EACH ROW EXECUTE FUNCTION cut()`,
    migration: [
      'ALTER TABLE "T" ADD COLUMN title text',
      'UPDATE "T" SET title = c',
      '-- safe-migrate: allow drop-column T.c -- short titles are meant\nALTER TABLE "T" DROP COLUMN c',
    ],
    rules: ['drop-column'],
    losses: ['T.c: the column is gone, with 100 values, as predicted'],
  },
  {
    name: 'json in a table without a key loses the order of its keys, and no blanks',
    setup: `CREATE TABLE "T" (a json); INSERT INTO "T" VALUES ('{"b":1, "a":2}'), ('{"a":1,"b":[1,2]}')`,
    migration: ['ALTER TABLE "T" ALTER COLUMN a TYPE jsonb'],
    rules: ['alter-column-type'],
    losses: ['T: 1 of 2 rows changed or replaced (the table has no primary key to tell), as predicted'],
  },
]

/** Nothing is lost, nobody is asked, and nothing is said. */
const HARMLESS: readonly HarmlessStory[] = [
  {
    name: 'columns are added with defaults',
    migration: [
      `ALTER TABLE "T" ADD COLUMN a text NOT NULL DEFAULT 'x', ADD COLUMN b timestamp DEFAULT now(), ADD COLUMN u uuid DEFAULT gen_random_uuid()`,
    ],
  },
  {
    name: 'table, column, key and constraint are renamed',
    migration: [
      'ALTER TABLE "T" RENAME TO "Tee"',
      'ALTER TABLE "Tee" RENAME COLUMN c TO label',
      'ALTER TABLE "Tee" RENAME COLUMN id TO key',
      'ALTER TABLE "Tee" RENAME CONSTRAINT "T_pkey" TO "Tee_pkey"',
    ],
  },
  {
    name: 'types are widened, that of the key too',
    migration: [
      'ALTER TABLE "T" ALTER COLUMN id TYPE bigint, ALTER COLUMN n TYPE bigint, ALTER COLUMN c TYPE text, ALTER COLUMN d TYPE numeric(20, 6), ALTER COLUMN r TYPE double precision, ALTER COLUMN at TYPE timestamp(6)',
    ],
  },
  {
    name: 'columns are copied beside and to another table, in other types, and dropped',
    migration: [
      'ALTER TABLE "T" ADD COLUMN count text, ADD COLUMN label varchar(40)',
      'UPDATE "T" SET count = n, label = c',
      'ALTER TABLE "T" RENAME COLUMN label TO title',
      'CREATE TABLE "U" (key bigint PRIMARY KEY, price numeric(20,4))',
      'INSERT INTO "U" SELECT id, d FROM "T"',
      'ALTER TABLE "T" DROP COLUMN n, DROP COLUMN c, DROP COLUMN d',
      'ALTER TABLE "U" RENAME TO "Price"',
      `INSERT INTO "Price" VALUES (1000, 1)`,
    ],
    rules: ['drop-column'],
    notices: [
      'T.n: the column is gone; T.count has what it held, 86 values',
      'T.d: the column is gone; Price has what it held, 100 values',
    ],
  },
  {
    name: 'a table is copied into one with other rows, and dropped',
    setup: `${BASE}; CREATE TABLE "U" (LIKE "T" INCLUDING ALL); INSERT INTO "U" (id, c) VALUES (1000, 'own')`,
    migration: ['INSERT INTO "U" SELECT * FROM "T"', 'DROP TABLE "T"'],
    rules: ['drop-table'],
    notices: ['T: the table is gone; U has what it held, 100 rows', 'U: 100 rows were added'],
  },
  {
    name: 'a column is overwritten whose values were copied',
    migration: ['ALTER TABLE "T" ADD COLUMN old text', 'UPDATE "T" SET old = c', `UPDATE "T" SET c = 'new'`],
    rules: ['update-unfiltered'],
    notices: ['T.c: 100 of 100 values changed; T.old has those of before'],
  },
  {
    name: 'a table is copied and dropped, and another one gets its name',
    migration: [
      'CREATE TABLE "Old" AS SELECT * FROM "T"',
      'DROP TABLE "T"',
      'CREATE TABLE "T" (id integer PRIMARY KEY, c text)',
      `INSERT INTO "T" VALUES (1000, 'new')`,
    ],
    rules: ['drop-table'],
    notices: [
      'T.n: the column is gone; Old has what it held, 86 values',
      'T.d: the column is gone; Old has what it held, 100 values',
      'T.r: the column is gone; Old has what it held, 100 values',
      'T.at: the column is gone; Old has what it held, 100 values',
      'T: 100 of 100 rows are gone; Old has those of before',
      'T: 1 row was added',
    ],
  },
  {
    name: 'a column is copied and dropped with that of the tables that inherit it; the schema of the copy is renamed',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, c text); CREATE TABLE "Heir" (more text) INHERITS ("T"); INSERT INTO "T" VALUES (1, 'a'); INSERT INTO "Heir" VALUES (2, 'b', 'm')`,
    migration: [
      'CREATE SCHEMA tmp',
      'CREATE TABLE tmp.u AS SELECT id, c FROM "T"',
      'ALTER TABLE "T" DROP COLUMN c',
      'ALTER SCHEMA tmp RENAME TO kept',
    ],
    rules: ['drop-column'],
    notices: ['Heir.c: the column is gone; kept.u has what it held, 1 value', 'T.c: the column is gone; kept.u has what it held, 1 value'],
  },
  {
    name: 'a column is dropped, as agreed, before its table is copied and dropped',
    setup: `${BASE}; CREATE TABLE "U" (id integer PRIMARY KEY, c text, n integer, d numeric(10,2), at timestamp(3)); INSERT INTO "U" VALUES (1000, 'own')`,
    migration: ['ALTER TABLE "T" DROP COLUMN r', 'INSERT INTO "U" SELECT * FROM "T"', 'DROP TABLE "T"'],
    rules: ['drop-column', 'drop-table'],
    mustBeAccepted: true,
    notices: ['T: the table is gone; U has what it held, 100 rows', 'U: 100 rows were added'],
  },
  { name: 'rows are reordered', migration: ['CREATE INDEX "T_c_idx" ON "T" (c)', 'CLUSTER "T" USING "T_c_idx"'] },
  {
    name: 'values are compressed and stored otherwise',
    migration: [
      'ALTER TABLE "T" ALTER COLUMN c SET COMPRESSION pglz',
      'ALTER TABLE "T" ALTER COLUMN c SET STORAGE EXTERNAL',
      'VACUUM FULL "T"',
    ],
  },
  {
    name: 'a table is rebuilt and rewritten',
    migration: [
      'ALTER TABLE "T" SET (fillfactor = 70)',
      'VACUUM FULL "T"',
      'REINDEX TABLE "T"',
      'ALTER TABLE "T" SET UNLOGGED',
      'ALTER TABLE "T" SET LOGGED',
    ],
    mustBeAccepted: true,
  },
  {
    name: 'an enum is recreated as Prisma does it',
    setup: `CREATE TYPE "S" AS ENUM ('new', 'done', 'never'); CREATE TABLE "T" (id integer PRIMARY KEY, s "S" DEFAULT 'new'); INSERT INTO "T" VALUES (1, 'new'), (2, 'done'), (3, NULL)`,
    migration: recreateEnum('(s::text::"S_new")'),
    notices: ['The enum S is defined otherwise now'],
  },
  {
    name: 'new columns are back-filled',
    migration: [
      'ALTER TABLE "T" ADD COLUMN m integer',
      'UPDATE "T" SET m = n * 2',
      'ALTER TABLE "T" ADD COLUMN label text',
      `UPDATE "T" SET label = c || '!' WHERE c IS NOT NULL`,
      'ALTER TABLE "T" ALTER COLUMN m SET DEFAULT 0',
    ],
  },
  {
    name: 'a trigger notes in updatedAt that rows are written',
    setup: `CREATE TABLE "T" (id integer PRIMARY KEY, c text, "updatedAt" timestamp(3) NOT NULL DEFAULT '2024-01-01'); INSERT INTO "T" VALUES (1, 'a'), (2, 'b');
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW."updatedAt" := now(); RETURN NEW; END'; CREATE TRIGGER touch BEFORE UPDATE ON "T" FOR EACH ROW EXECUTE FUNCTION touch()`,
    migration: ['ALTER TABLE "T" ADD COLUMN m text', 'UPDATE "T" SET m = c'],
    rules: ['stamp-rows'],
    losses: ['T.updatedAt: 2 of 2 values changed, as predicted (id 1, 2)'],
  },
  {
    name: 'a partition is attached',
    setup: `CREATE TABLE "E" (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id); CREATE TABLE "E1" PARTITION OF "E" FOR VALUES FROM (0) TO (10);
      CREATE TABLE "X" (id integer PRIMARY KEY, v text); INSERT INTO "E" VALUES (1, 'a'); INSERT INTO "X" VALUES (11, 'b'), (12, 'c')`,
    migration: [
      'ALTER TABLE "E" ATTACH PARTITION "X" FOR VALUES FROM (10) TO (20)',
      'CREATE TABLE "E3" PARTITION OF "E" FOR VALUES FROM (20) TO (30)',
    ],
  },
  {
    name: 'others insert meanwhile',
    migration: ['ALTER TABLE "T" ADD COLUMN m text', 'UPDATE "T" SET m = c', 'ALTER TABLE "T" ALTER COLUMN n TYPE bigint'],
    meanwhile: [`INSERT INTO "T" (id, c) VALUES (1001, 'theirs'), (1002, NULL)`],
    notices: ['T: 2 rows were added; the migrations insert nothing here, so somebody else did'],
  },
  {
    name: 'a column is moved under another name',
    migration: ['ALTER TABLE "T" ADD COLUMN label text', 'UPDATE "T" SET label = c', 'ALTER TABLE "T" DROP COLUMN c'],
    rules: ['drop-column'],
  },
  {
    name: 'NULLs are filled before NOT NULL',
    migration: ['UPDATE "T" SET n = 0 WHERE n IS NULL', 'ALTER TABLE "T" ALTER COLUMN n SET NOT NULL'],
  },
]

export const HARMLESS_POSTGRESQL: readonly ToldStory[] = HARMLESS.map((one) => ({ setup: BASE, rules: [], losses: [], ...one }))
