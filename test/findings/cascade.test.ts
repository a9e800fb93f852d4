import { describe, expect, it } from 'vitest'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { analyse } from '../../src/findings/analyse.js'
import { openPostgresql } from '../verify/lab.js'

const SETUP = `
CREATE TABLE "User" ("id" SERIAL PRIMARY KEY, "name" TEXT, "shout" TEXT GENERATED ALWAYS AS (upper("name")) STORED);
CREATE TABLE "Post" ("id" SERIAL PRIMARY KEY, "userId" INTEGER REFERENCES "User" ("id"), "n" INTEGER);
CREATE VIEW "Names" AS SELECT "id", "name" FROM "User";
CREATE VIEW "ShortNames" AS SELECT "name" FROM "Names";
CREATE MATERIALIZED VIEW "Kept" AS SELECT "name" FROM "ShortNames";
CREATE FUNCTION twice(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * x';
CREATE INDEX "Post_twice" ON "Post" (twice("n"));
ALTER TABLE "Post" ADD CONSTRAINT "even" CHECK (twice("n") > 0);
CREATE POLICY "own" ON "Post" USING (EXISTS (SELECT FROM "User" AS u WHERE u."id" = "userId"));
CREATE FUNCTION label(u "User") RETURNS text LANGUAGE sql AS 'SELECT u."name"';
CREATE SEQUENCE numbers;
ALTER TABLE "Post" ALTER COLUMN "n" SET DEFAULT nextval('numbers');
CREATE SCHEMA other;
CREATE VIEW other."All" AS SELECT * FROM "Post";
`

async function whyOf(sql: string): Promise<readonly string[]> {
  const live = await openPostgresql()
  try {
    await live.run(SETUP)
    const parsed = await postgresql.parse({ migration: '2', file: 'migrations/2/migration.sql', sql })
    const { findings } = analyse([parsed], { catalog: await postgresql.readCatalog(live.connection) })
    return findings.map(({ why }) => why)
  } finally {
    await live.close()
  }
}

describe('CASCADE names what goes along', { timeout: 30_000 }, () => {
  it.each([
    [
      'DROP TABLE "User" CASCADE;',
      [
        'function label',
        'foreign key Post_userId_fkey of Post',
        'policy own of Post',
        'view Names',
        'view ShortNames',
        'materialized view Kept',
      ],
    ],
    [
      'ALTER TABLE "User" DROP COLUMN "name" CASCADE;',
      ['generated column shout of User', 'view Names', 'view ShortNames', 'materialized view Kept'],
    ],
    ['DROP VIEW "ShortNames" CASCADE;', ['materialized view Kept']],
    ['DROP FUNCTION twice(integer) CASCADE;', ['constraint even of Post', 'index Post_twice of Post']],
    ['DROP SEQUENCE numbers CASCADE;', ['default n of Post']],
    ['ALTER TABLE "User" DROP CONSTRAINT "User_pkey" CASCADE;', ['foreign key Post_userId_fkey of Post']],
    ['DROP TABLE "Post" CASCADE;', ['view other.All']],
    [
      'DROP VIEW "Names" CASCADE; DROP TABLE "Post"; DROP TABLE "User" CASCADE;',
      ['view ShortNames', 'materialized view Kept', 'function label'],
    ],
    ['DROP TABLE "User";', []],
  ])('%s', async (sql, expected) => {
    const named = (await whyOf(sql)).flatMap((why) => /CASCADE drops with it: (.*)\.$/.exec(why)?.[1]?.split(', ') ?? [])
    expect([...named].sort()).toEqual([...expected].sort())
  })
  it('or what makes the statement fail without it', async () => {
    expect(await whyOf('DROP TABLE "User";')).toEqual([
      expect.stringContaining('refused while foreign key Post_userId_fkey of Post needs it'),
    ])
    expect(await whyOf('DROP VIEW other."All"; DROP TABLE "Post";')).not.toContainEqual(expect.stringContaining('refused'))
  })
})
