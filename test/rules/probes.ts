import type { DatabaseId } from '../../src/databases/database.js'

export interface ProbeGroup {
  readonly database: DatabaseId
  readonly of: string
  /** Earlier migrations. */
  readonly before: string
  /** SQL, and the losses that are to be seen in it. A trap has none. Each was run on PostgreSQL 15 or SQLite 3.50 to learn the truth. */
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
]
