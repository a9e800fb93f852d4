import type { DatabaseId } from '../../src/databases/database.js'

export interface ProbeGroup {
  readonly database: DatabaseId
  readonly of: string
  /** Earlier migrations. */
  readonly before: string
  /** SQL, and the losses that are to be seen in it. A trap has none. What casts do was seen on PostgreSQL 15. */
  readonly probes: readonly (readonly [sql: string, ...expected: string[]])[]
}

const TYPES = `CREATE TYPE role AS ENUM ('A', 'B'); CREATE TYPE role2 AS ENUM ('A', 'B', 'C');
CREATE TABLE x (id int PRIMARY KEY, t text, v varchar(20), b boolean, n int, l bigint, i interval(3), s bit(8), r role, rs role[], ts text[], by bytea, j text);`
const CHANGES = 'alter-column-type'

export const PROBES: readonly ProbeGroup[] = [
  {
    database: 'postgresql',
    of: 'ALTER COLUMN TYPE',
    before: TYPES,
    probes: [
      ['ALTER TABLE x ALTER i TYPE interval day to second', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER i TYPE interval(0)', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER i TYPE interval'],
      ['ALTER TABLE x ALTER i TYPE interval(6)'],
      ['ALTER TABLE x ALTER s TYPE bit(4) USING s::bit(4)', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER s TYPE bit(4)'],
      ['ALTER TABLE x ALTER t TYPE text USING t::varchar(3)', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE text USING t::varchar(3)::text', `S2 ${CHANGES}`],
      ["ALTER TABLE x ALTER t TYPE varchar(3) USING COALESCE(t, '')::varchar(3)", `S2 ${CHANGES}`],
      ["ALTER TABLE x ALTER t TYPE varchar(3) USING COALESCE(t, '')"],
      ['ALTER TABLE x ALTER t TYPE timestamp(3) USING t::timestamp(3)', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE timestamptz USING t::timestamptz', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE date USING (t::date)', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE numeric(10,2) USING t::numeric(10,2)', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE float USING t::double precision', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER j TYPE jsonb USING j::jsonb', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER j TYPE json USING j::json'],
      ['ALTER TABLE x ALTER t TYPE name', `S2 ${CHANGES}`],
      ["ALTER TABLE x ALTER t TYPE text USING nullif(trim(t), '')", `S1 ${CHANGES}`],
      ["ALTER TABLE x ALTER t TYPE int USING nullif(t, '')::int", `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE text USING lower(t)', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE text USING left(t, 3)', `S1 ${CHANGES}`],
      ['ALTER TABLE x ALTER ts TYPE text USING ts[1]', `S1 ${CHANGES}`],
      ["ALTER TABLE x ALTER r TYPE role2 USING (CASE r::text WHEN 'B' THEN 'A' ELSE r::text END)::role2", `S1 ${CHANGES}`],
      ['ALTER TABLE x ALTER r TYPE role2 USING r::text::role2'],
      ['ALTER TABLE x ALTER rs TYPE role2[] USING (rs::text[]::role2[])'],
      ['ALTER TABLE x ALTER b TYPE int USING b::int'],
      ['ALTER TABLE x ALTER b TYPE text USING b::text'],
      ['ALTER TABLE x ALTER n TYPE boolean USING n::boolean', `S2 ${CHANGES}`],
      ['ALTER TABLE x ALTER l TYPE timestamptz USING to_timestamp(l)'],
      ["ALTER TABLE x ALTER by TYPE text USING encode(by, 'hex')"],
      ["ALTER TABLE x ALTER t TYPE text[] USING string_to_array(t, ',')"],
      ['ALTER TABLE x ALTER t TYPE text USING t'],
      ['ALTER TABLE x ALTER t TYPE text USING COALESCE(t, v)'],
      ['ALTER TABLE x ALTER t TYPE text USING CASE WHEN t IS NOT NULL THEN t ELSE v END'],
      ['ALTER TABLE x ALTER t TYPE text USING COALESCE(v, t)', `S1 ${CHANGES}`],
      ['ALTER TABLE x ALTER t TYPE text COLLATE "C"'],
    ],
  },
  {
    database: 'postgresql',
    of: 'a column whose values were copied',
    before: TYPES,
    probes: [
      ["ALTER TABLE x ADD y text; UPDATE x SET y = t || ' ' || v; ALTER TABLE x DROP t; ALTER TABLE x DROP v", 'S2 drop-column'],
      ["ALTER TABLE x ADD y text; UPDATE x SET y = COALESCE(t, ''); ALTER TABLE x ALTER y SET NOT NULL; ALTER TABLE x DROP t"],
      ['ALTER TABLE x ADD y text; UPDATE x SET y = n::text; ALTER TABLE x DROP n'],
      ['ALTER TABLE x ADD y role2; UPDATE x SET y = r::text::role2; ALTER TABLE x DROP r; ALTER TABLE x RENAME y TO r; DROP TYPE role'],
      ['ALTER TABLE x ADD y text[]; UPDATE x SET y = ARRAY[t] WHERE t IS NOT NULL; ALTER TABLE x DROP t'],
      ["ALTER TABLE x ADD y text; UPDATE x SET y = CASE WHEN t IS NULL THEN '' ELSE t END; ALTER TABLE x DROP t"],
      ['ALTER TABLE x ADD y text; UPDATE x SET y = lower(t); ALTER TABLE x DROP t', 'S2 drop-column'],
      ['ALTER TABLE x ADD y varchar(3); UPDATE x SET y = t::varchar(3); ALTER TABLE x DROP t', 'S2 drop-column'],
      ['ALTER TABLE x ADD y text; UPDATE x SET y = COALESCE(v, t); ALTER TABLE x DROP t', 'S2 drop-column'],
      ["ALTER TABLE x ADD y text; UPDATE x SET y = COALESCE(t, '') WHERE id > 5; ALTER TABLE x DROP t", 'S1 drop-column'],
      ["ALTER TABLE x ADD y text; UPDATE x SET y = COALESCE(t, ''); UPDATE x SET y = ''; ALTER TABLE x DROP t", 'S1 drop-column'],
      ["UPDATE x SET t = CASE WHEN t IS NULL THEN 'x' ELSE t END"],
      ["UPDATE x SET t = CASE WHEN t IS NULL THEN t ELSE 'x' END", 'S2 update-unfiltered'],
      ["UPDATE x SET t = CASE WHEN v IS NULL THEN 'x' ELSE t END", 'S2 update-unfiltered'],
    ],
  },
  {
    database: 'sqlite',
    of: 'a column whose values were copied',
    before: 'CREATE TABLE x (id INTEGER PRIMARY KEY, t TEXT, v TEXT);',
    probes: [
      ["ALTER TABLE x ADD y TEXT; UPDATE x SET y = COALESCE(t, ''); ALTER TABLE x DROP t"],
      ['ALTER TABLE x ADD y TEXT; UPDATE x SET y = upper(t); ALTER TABLE x DROP t', 'S1 drop-column'],
      ['ALTER TABLE x ADD y TEXT; UPDATE x SET y = ifnull(v, t); ALTER TABLE x DROP t', 'S2 drop-column'],
    ],
  },
  {
    database: 'postgresql',
    of: 'SQL that is put together while it runs',
    before: 'CREATE TABLE s (id int PRIMARY KEY, at date); CREATE TABLE p (id int PRIMARY KEY, t text);',
    probes: [
      [
        `DO $$ DECLARE t text; all_tables text[] := ARRAY['s', 'p']; BEGIN FOREACH t IN ARRAY all_tables LOOP
           EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t); EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
           EXECUTE format('CREATE POLICY %I ON %I USING (true)', t || '_own', t); EXECUTE format('DROP POLICY IF EXISTS own ON %I', t);
         END LOOP; END $$`,
        'S3 drop-policy',
      ],
      [
        `DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename AS n FROM pg_tables LOOP
           EXECUTE 'ALTER TABLE ' || quote_ident(r.n) || ' ADD COLUMN IF NOT EXISTS "tenantId" text'; EXECUTE format('ALTER TABLE %I OWNER TO postgres', r.n);
         END LOOP; END $$`,
      ],
      [
        "DO $$ BEGIN FOR i IN 0..3 LOOP EXECUTE format('CREATE TABLE s_%s PARTITION OF x FOR VALUES WITH (MODULUS 4, REMAINDER %s)', i, i); END LOOP; END $$",
      ],
      [
        "DO $$ DECLARE n int := (SELECT 4); BEGIN EXECUTE format('CREATE TABLE s_x PARTITION OF x FOR VALUES WITH (MODULUS %s, REMAINDER 0)', n); END $$",
      ],
      [
        `DO $$ DECLARE c text; BEGIN SELECT conname INTO c FROM pg_constraint WHERE conrelid = 's'::regclass;
           IF c IS NOT NULL THEN EXECUTE 'ALTER TABLE s DROP CONSTRAINT ' || quote_ident(c); END IF; END $$`,
      ],
      ["DO $$ BEGIN EXECUTE format('UPDATE %I SET t = %L WHERE t IS NULL', 'p', current_user); END $$"],
      ["DO $$ DECLARE q text := 'DROP TABLE s'; BEGIN EXECUTE q; END $$", 'S1 drop-table'],
      ["DO $$ DECLARE q text; BEGIN q := format('TRUNCATE %I', 's'); EXECUTE q; END $$", 'S1 truncate'],
      [
        "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY '{s,p}'::text[] LOOP EXECUTE 'DELETE FROM ' || t; END LOOP; END $$",
        'S1 delete-unfiltered',
      ],
      [
        "DO $$ DECLARE q text; BEGIN IF true THEN q := 'SELECT 1'; ELSE q := 'ALTER TABLE s DROP COLUMN at'; END IF; EXECUTE q; END $$",
        'S1 drop-column',
      ],
      ["DO $$ BEGIN EXECUTE format('DELETE FROM s WHERE id = %s', (SELECT 1)); END $$", 'S2 delete-filtered'],
      // A loop's variable is one of its own list only.
      [
        "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['p'] LOOP EXECUTE format('TRUNCATE %I', t); END LOOP; FOREACH t IN ARRAY ARRAY['s'] LOOP EXECUTE format('ALTER TABLE %I DROP COLUMN at', t); END LOOP; END $$",
        'S1 truncate',
        'S1 drop-column',
      ],
      // What is added to a text at its end, or comes from somewhere else, may be anything.
      ["DO $$ DECLARE q text := 'DELETE FROM s'; BEGIN q := q || ' WHERE false'; EXECUTE q; END $$", 'S2 could-not-be-analysed'],
      ['DO $$ DECLARE q text; BEGIN SELECT t INTO q FROM p; EXECUTE q; END $$', 'S2 could-not-be-analysed'],
      [
        "DO $$ DECLARE q text := ', DROP COLUMN at'; r record; BEGIN FOR r IN SELECT t FROM p LOOP EXECUTE 'ALTER TABLE s ADD COLUMN y int' || r.t; END LOOP; END $$",
        'S2 could-not-be-analysed',
      ],
      [
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP EXECUTE 'DROP TABLE ' || quote_ident(r.tablename) || ' CASCADE'; END LOOP; END $$",
        'S2 could-not-be-analysed',
      ],
      [
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP EXECUTE format('ALTER TABLE %I DROP COLUMN at', r.tablename); END LOOP; END $$",
        'S2 could-not-be-analysed',
      ],
      [
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP EXECUTE format('UPDATE %I SET at = NULL', r.tablename); END LOOP; END $$",
        'S2 could-not-be-analysed',
      ],
    ],
  },
  {
    database: 'postgresql',
    of: 'rows, written in odd ways',
    before:
      'CREATE TABLE u (id int PRIMARY KEY, name text, age int); CREATE TABLE s (id int PRIMARY KEY, u int, at int NOT NULL); CREATE TABLE e (id int PRIMARY KEY, t text);',
    probes: [
      ['TRUNCATE ONLY "public"."s", e RESTART IDENTITY', 'S1 truncate'],
      ['TRUNCATE TABLE u * CASCADE', 'S0 truncate-cascade'],
      [
        "WITH d AS (DELETE FROM ONLY s AS x RETURNING x.*), y AS (UPDATE u z SET name = '' RETURNING 1) SELECT count(*) FROM d, y",
        'S1 delete-unfiltered',
        'S1 update-unfiltered',
      ],
      ['DELETE /* x */ FROM -- y\n s USING u WHERE u.id = s.u AND u.age < 10', 'S2 delete-filtered'],
      ['DELETE FROM s WHERE 1 = 1 OR u = 3', 'S1 delete-unfiltered'],
      ['DELETE FROM s WHERE NOT false', 'S1 delete-unfiltered'],
      ['DELETE FROM s WHERE (at IS NOT NULL)', 'S1 delete-unfiltered'],
      ['DELETE FROM s WHERE u IS NOT NULL', 'S2 delete-filtered'],
      ['DELETE FROM s WHERE false AND id > 1'],
      ['UPDATE u SET name = NULL WHERE NULL'],
      ['UPDATE u AS z SET name = z.name, age = age'],
      ["UPDATE u SET (name, age) = (SELECT 'x', 3)", 'S2 update-unfiltered'],
      ["INSERT INTO e VALUES (1, 'DELETE FROM x'), (2, $$DROP TABLE y;$$)"],
      ['MERGE INTO s USING u ON s.u = u.id WHEN NOT MATCHED BY SOURCE THEN DELETE', 'S2 delete-filtered'],
      ["SELECT E'it\\'s; DROP TABLE e;'; DROP TABLE s", 'S1 drop-table'],
    ],
  },
  {
    database: 'sqlite',
    of: 'rows, written in odd ways',
    before: 'CREATE TABLE s (id TEXT NOT NULL PRIMARY KEY, n INTEGER); CREATE TABLE p (id INTEGER PRIMARY KEY);',
    probes: [
      ['DELETE FROM [S]', 'S1 delete-unfiltered'],
      ['DELETE FROM `s` WHERE 1', 'S1 delete-unfiltered'],
      ['DELETE FROM s WHERE id NOTNULL', 'S1 delete-unfiltered'],
      ['DELETE FROM s WHERE n NOTNULL', 'S2 delete-filtered'],
      ['drop table if exists main."S"', 'S1 drop-table'],
      ["VACUUM INTO 'backup.db'; VACUUM; ANALYZE; REINDEX; PRAGMA user_version = 5; PRAGMA foreign_key_check"],
      ['DELETE FROM sqlite_stat1'],
      ['CREATE TEMP TABLE x AS SELECT 1; DROP TABLE temp.x'],
      ['CREATE TRIGGER tr AFTER INSERT ON p BEGIN DELETE FROM s WHERE n < 5; END'],
      ['CREATE TRIGGER tr AFTER INSERT ON p BEGIN DELETE FROM s; END; INSERT INTO p VALUES (1)', 'S1 delete-unfiltered'],
    ],
  },
  {
    database: 'postgresql',
    of: 'a table whose rows were copied',
    before: `CREATE TYPE st AS ENUM ('A'); CREATE TABLE o (id int PRIMARY KEY, x int, y int, z text, s st); CREATE TABLE n (a int PRIMARY KEY, b text, c int NOT NULL, d text, e text);
      CREATE TABLE "Post" (id int PRIMARY KEY); CREATE TABLE "Tag" (id int PRIMARY KEY);
      CREATE TABLE "_PostToTag" ("A" int NOT NULL, "B" int NOT NULL); CREATE UNIQUE INDEX ab ON "_PostToTag" ("A", "B");`,
    probes: [
      ['INSERT INTO n (a, b, c, d, e) SELECT id, x::text, COALESCE(y, 0), z, s::text FROM o; DROP TABLE o'],
      ['INSERT INTO n SELECT id, x::text AS t, COALESCE(y, 0) c, z, s::text FROM o; DROP TABLE o'],
      ['INSERT INTO n (a, b, c, d, e) SELECT id, x::text, y, lower(z), s::text FROM o AS q WHERE true; DROP TABLE o', 'S2 drop-table'],
      ['INSERT INTO n (a, b, c, d, e) SELECT o.id, CAST(o.x AS text), o.y, o.z, o.s::text FROM o; DROP TABLE o'],
      ['INSERT INTO n (a, b, c, e) SELECT id, x::text, y, s::text FROM o; DROP TABLE o', 'S1 drop-table'],
      ["INSERT INTO n (a, b, c, d, e) SELECT id, 'x', y, z, s::text FROM o; DROP TABLE o", 'S1 drop-table'],
      ['INSERT INTO n (a, b, c, d, e) SELECT id, x::text, y, z, s::text FROM o WHERE x > 3; DROP TABLE o', 'S1 drop-table'],
      [
        "INSERT INTO n (a, b, c, d, e) SELECT id, x::text, y, z, s::text FROM o; UPDATE n SET d = ''; DROP TABLE o",
        'S1 update-unfiltered',
        'S1 drop-table',
      ],
      [
        'DO $$ BEGIN IF current_user = 1 THEN INSERT INTO n (a, b, c, d, e) SELECT id, x::text, y, z, s::text FROM o; END IF; END $$; DROP TABLE o',
        'S1 drop-table',
      ],
      ['INSERT INTO n (a, b, c, d, e) SELECT id, x::text, y, z, s::text FROM o ON CONFLICT DO NOTHING; DROP TABLE o', 'S2 drop-table'],
      ['CREATE TABLE m AS SELECT id, x, y, z AS t, s FROM o; DROP TABLE o'],
      ['CREATE TABLE m AS SELECT id, x, y, left(z, 3) z, s FROM o; DROP TABLE o', 'S1 drop-table'],
      [
        'ALTER TABLE "Post" ADD "tagId" int; UPDATE "Post" p SET "tagId" = j."B" FROM "_PostToTag" j WHERE p.id = j."A"; DROP TABLE "_PostToTag"',
        'S2 drop-table',
      ],
      [
        'ALTER TABLE "Post" ADD "tagId" int; UPDATE "Post" SET "tagId" = (SELECT "B" FROM "_PostToTag" WHERE "A" = id LIMIT 1); DROP TABLE "_PostToTag"',
        'S2 drop-table',
      ],
      [
        'ALTER TABLE "Post" ADD n int; UPDATE "Post" p SET n = 1 FROM "_PostToTag" j WHERE p.id = j."A"; DROP TABLE "_PostToTag"',
        'S1 drop-table',
      ],
      [
        'ALTER TABLE "Post" ADD t int; UPDATE "Post" p SET t = j."B" FROM "_PostToTag" j WHERE p.id = j."A"; ALTER TABLE "Post" DROP t; DROP TABLE "_PostToTag"',
        'S1 drop-table',
      ],
    ],
  },
  {
    database: 'sqlite',
    of: 'a table whose rows were copied',
    before: 'CREATE TABLE o (id INTEGER PRIMARY KEY, x INTEGER, z TEXT); CREATE TABLE n (a INTEGER PRIMARY KEY, b TEXT, c TEXT);',
    probes: [
      ["INSERT INTO n (a, b, c) SELECT id, COALESCE(x, ''), z FROM o; DROP TABLE o"],
      ['INSERT INTO n SELECT id, CAST(x AS TEXT), upper(z) FROM o; DROP TABLE o', 'S1 drop-table'],
      ['INSERT INTO n SELECT id, x, z FROM o; DROP TABLE o'],
      ['INSERT OR IGNORE INTO n SELECT id, x, z FROM o; DROP TABLE o', 'S2 drop-table'],
      ['INSERT OR REPLACE INTO n SELECT id, x, z FROM o; DROP TABLE o', 'S2 overwrite-rows', 'S1 drop-table'],
    ],
  },
  {
    database: 'sqlite',
    of: 'a rebuild with its columns in another order',
    before: 'CREATE TABLE "U" ("id" INTEGER NOT NULL PRIMARY KEY, "a" TEXT, "b" TEXT);',
    probes: [
      [rebuildU('"a" TEXT, "b" TEXT', 'INSERT INTO "new_U" ("id","a","b") SELECT "id","b","a" FROM "U"'), 'S2 rebuild-table'],
      [rebuildU('"b" TEXT, "a" TEXT', 'INSERT INTO "new_U" SELECT * FROM "U"'), 'S2 rebuild-table'],
      [rebuildU('"b" TEXT, "a" TEXT', 'INSERT INTO "new_U" SELECT id, a, b FROM "U"'), 'S2 rebuild-table'],
      [rebuildU('"b" TEXT, "a" TEXT', 'INSERT INTO "new_U" ("id","a","b") SELECT "id","a","b" FROM "U"')],
      [rebuildU('"b" TEXT, "a" TEXT', 'INSERT INTO "new_U" ("b","id","a") SELECT "B","id","a" FROM "U"')],
      [rebuildU('"c" TEXT, "b" TEXT', 'INSERT INTO "new_U" ("id","c","b") SELECT "id","a","b" FROM "U"')],
      [rebuildU('"b" TEXT', 'INSERT INTO "new_U" ("id","b") SELECT "id","a" FROM "U"'), 'S1 drop-column'],
    ],
  },
  {
    database: 'sqlite',
    of: 'a rebuild by way of a backup',
    before: 'CREATE TABLE "t1" ("a" INTEGER NOT NULL PRIMARY KEY, "b" TEXT, "c" TEXT);',
    probes: [
      [backUp('CREATE TEMPORARY TABLE t1_backup(a,b)', 'INSERT INTO t1_backup SELECT a,b FROM t1'), 'S1 drop-column'],
      [
        backUp(
          'CREATE TEMPORARY TABLE t1_backup(a,b,c)',
          'INSERT INTO t1_backup SELECT a,b,c FROM t1',
          'a INTEGER PRIMARY KEY, b TEXT, c TEXT',
        ),
      ],
      [backUp('CREATE TEMP TABLE t1_backup AS SELECT * FROM t1', 'SELECT 1', 'a INTEGER PRIMARY KEY, b TEXT, c TEXT')],
      [backUp('CREATE TABLE "t1_backup" AS SELECT "a", "b", "c" FROM "t1"', 'SELECT 1', 'a INTEGER PRIMARY KEY, b TEXT, c TEXT')],
      [backUp('CREATE TEMP TABLE t1_backup AS SELECT * FROM t1 WHERE a > 5', 'SELECT 1'), 'S1 drop-table'],
      [backUp('CREATE TEMP TABLE t1_backup AS SELECT a, upper(b) AS b FROM t1', 'SELECT 1'), 'S1 drop-table'],
      [backUp('CREATE TEMP TABLE t1_backup(a,b,c)', 'INSERT OR IGNORE INTO t1_backup SELECT * FROM t1'), 'S1 drop-table'],
      [backUp('CREATE TEMP TABLE t1_backup(a,b INTEGER,c)', 'INSERT INTO t1_backup SELECT * FROM t1'), 'S1 drop-table'],
      [
        backUp('CREATE TEMP TABLE t1_backup(a,b,c)', 'INSERT INTO t1_backup SELECT * FROM t1; DELETE FROM t1_backup WHERE a = 1'),
        'S1 drop-table',
      ],
    ],
  },
]

function rebuildU(columns: string, copy: string): string {
  return `PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("id" INTEGER NOT NULL PRIMARY KEY, ${columns}); ${copy}; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; PRAGMA foreign_keys=ON`
}

function backUp(create: string, fill: string, columns = 'a INTEGER PRIMARY KEY, b TEXT'): string {
  return `${create}; ${fill}; DROP TABLE t1; CREATE TABLE t1(${columns}); INSERT INTO t1 SELECT ${columns.includes('c TEXT') ? '*' : 'a, b'} FROM t1_backup; DROP TABLE t1_backup`
}
