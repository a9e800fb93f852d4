import { describe, expect, test } from 'vitest'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { ENGINES, numbersOf, partsSuite } from './parts-suite.js'
import { failureOf, saidBy } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('restores of parts')

const BLOG = `
CREATE TABLE "User" (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, "bossId" INTEGER REFERENCES "User"(id) ON DELETE SET NULL);
CREATE TABLE "Post" (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, "authorId" INTEGER NOT NULL REFERENCES "User"(id) ON DELETE CASCADE, title TEXT);
CREATE TABLE "Comment" (id INTEGER PRIMARY KEY, "postId" INTEGER NOT NULL REFERENCES "Post"(id) ON DELETE CASCADE, body TEXT);
CREATE TABLE "Tagging" ("postId" INTEGER NOT NULL REFERENCES "Post"(id) ON DELETE CASCADE, tag TEXT NOT NULL, weight INTEGER, PRIMARY KEY ("postId", tag));
CREATE TABLE "Log" (at INTEGER, what TEXT);
INSERT INTO "User" VALUES (1, 'ada@x', 'Ada', NULL), (2, 'bob@x', 'Bob', 1), (3, 'cleo@x', NULL, 2);
INSERT INTO "Post" VALUES (10, 'hello', 1, 'Hello'), (11, 'world', 2, 'World'), (12, 'again', 3, NULL);
INSERT INTO "Comment" VALUES (100, 10, 'first'), (101, 11, 'second'), (102, 12, 'third');
INSERT INTO "Tagging" VALUES (10, 'a', 1), (10, 'b', 2), (11, 'a', 3);
INSERT INTO "Log" VALUES (1, 'x'), (1, 'x'), (2, NULL);`

describe.skipIf(server === null).each(ENGINES)('parts of a %s snapshot', (engine) => {
  const setUp = partsSuite(server as PostgresqlServer)
  const all = async (there: Awaited<ReturnType<typeof setUp>>) => ({
    users: await there.query('SELECT * FROM "User" ORDER BY id'),
    posts: await there.query('SELECT * FROM "Post" ORDER BY id'),
    comments: await there.query('SELECT * FROM "Comment" ORDER BY id'),
    taggings: await there.query('SELECT * FROM "Tagging" ORDER BY 1, 2'),
    logs: await there.query('SELECT * FROM "Log" ORDER BY 1, 2'),
  })

  test('replace: the tables become as they were, and nobody else loses a row', async () => {
    const there = await setUp(engine, BLOG)
    const before = await all(there)
    const snapshot = await there.take()
    await there.query(
      `UPDATE "Post" SET title = 'changed' WHERE id = 10; DELETE FROM "Post" WHERE id = 11; INSERT INTO "Post" VALUES (13, 'new', 1, 'New')`,
    )
    await there.query(`DELETE FROM "Log" WHERE at = 1; INSERT INTO "Log" VALUES (2, NULL), (3, 'y')`)
    const comments = await there.query('SELECT * FROM "Comment" ORDER BY id')
    expect(comments).toHaveLength(2)
    const restored = await there.restore(snapshot, { only: ['Post', 'Log'] })
    expect(restored.done).toBe('restored')
    expect(numbersOf(restored.plan)).toEqual({
      Post: { inserted: 1, overwritten: 1, deleted: 1, unchanged: 1 },
      Log: { inserted: 2, deleted: 2, unchanged: 1 },
    })
    expect(await all(there)).toEqual({ ...before, comments, taggings: before.taggings.slice(0, 2) })
    expect(restored.replacedSnapshot?.manifest.reason).toBe('before restore')
    expect((await there.restore(snapshot, { only: ['Post', 'Log'] })).done).toBe('unchanged')
  })

  test('missing: only what is gone comes back', async () => {
    const there = await setUp(engine, BLOG)
    const snapshot = await there.take()
    await there.query(
      `UPDATE "User" SET name = 'changed'; DELETE FROM "User" WHERE id = 2; INSERT INTO "User" VALUES (4, 'new@x', 'New', NULL)`,
    )
    const restored = await there.restore(snapshot, { mode: 'missing', skip: ['Log'] })
    expect(numbersOf(restored.plan)).toEqual({
      User: { inserted: 1, unchanged: 2 },
      Post: { inserted: 1, unchanged: 2 },
      Comment: { inserted: 1, unchanged: 2 },
      Tagging: { inserted: 1, unchanged: 2 },
    })
    expect(await there.query('SELECT id, name, "bossId" FROM "User" ORDER BY id')).toEqual([
      { id: 1, name: 'changed', bossId: null },
      { id: 2, name: 'Bob', bossId: 1 },
      { id: 3, name: 'changed', bossId: null },
      { id: 4, name: 'New', bossId: null },
    ])
  })

  test('upsert: gone rows come back, others get their values, new ones stay', async () => {
    const there = await setUp(engine, BLOG)
    const before = await all(there)
    const snapshot = await there.take()
    await there.query(
      `UPDATE "User" SET name = 'changed'; DELETE FROM "User" WHERE id = 2; INSERT INTO "User" VALUES (4, 'new@x', 'New', NULL)`,
    )
    await there.restore(snapshot, { mode: 'upsert', skip: ['Log'] })
    const now = await all(there)
    expect(now).toEqual({ ...before, users: [...before.users, { id: 4, email: 'new@x', name: 'New', bossId: null }] })
  })

  test('a natural key finds rows that have other ids now, and what points at them', async () => {
    const there = await setUp(engine, BLOG)
    const snapshot = await there.take()
    // Everybody was imported again, with other ids; 3 is somebody else now.
    await there.query(
      `DELETE FROM "User"; INSERT INTO "User" VALUES (21, 'ada@x', 'Ada 2', NULL), (22, 'bob@x', 'Bob', NULL), (3, 'dora@x', 'Dora', NULL)`,
    )
    const restored = await there.restore(snapshot, { mode: 'upsert', skip: ['Log'], keys: { User: 'email', Post: 'slug' } })
    expect(numbersOf(restored.plan)).toEqual({
      User: { inserted: 1, overwritten: 2, remapped: 3 },
      Post: { inserted: 3, remapped: 3 },
      Comment: { inserted: 3 },
      Tagging: { inserted: 3 },
    })
    expect(
      await there.query('SELECT u.email, u.name, b.email AS boss FROM "User" u LEFT JOIN "User" b ON b.id = u."bossId" ORDER BY 1'),
    ).toEqual([
      { email: 'ada@x', name: 'Ada', boss: null },
      { email: 'bob@x', name: 'Bob', boss: 'ada@x' },
      { email: 'cleo@x', name: null, boss: 'bob@x' },
      { email: 'dora@x', name: 'Dora', boss: null },
    ])
    expect(await there.query('SELECT p.slug, u.email FROM "Post" p JOIN "User" u ON u.id = p."authorId" ORDER BY 1')).toEqual([
      { slug: 'again', email: 'cleo@x' },
      { slug: 'hello', email: 'ada@x' },
      { slug: 'world', email: 'bob@x' },
    ])
  })

  test('a table that is only referenced is found by its natural key too; what finds no parent is left out and listed', async () => {
    const there = await setUp(engine, BLOG)
    const snapshot = await there.take()
    await there.query(`DELETE FROM "User"; INSERT INTO "User" VALUES (21, 'ada@x', 'Ada 2', NULL), (2, 'other@x', 'Bob', NULL)`)
    const restored = await there.restore(snapshot, { mode: 'missing', only: ['Post', 'Comment'], keys: { User: 'email' } })
    expect(numbersOf(restored.plan)).toEqual({ Post: { inserted: 1, orphans: 2, remapped: 1 }, Comment: { inserted: 1, orphans: 2 } })
    expect(restored.plan.tables[0]?.orphanSamples).toEqual([
      { row: 'id = 11', missing: 'authorId = 2 (User.id)' },
      { row: 'id = 12', missing: 'authorId = 3 (User.id)' },
    ])
    expect(await there.query('SELECT id, "authorId" FROM "Post"')).toEqual([{ id: 10, authorId: 21 }])
    expect(await there.query('SELECT id FROM "Comment"')).toEqual([{ id: 100 }])
  })

  test('refuses to delete what rows that stay reference', async () => {
    const there = await setUp(engine, BLOG)
    const snapshot = await there.take()
    await there.query(`INSERT INTO "User" VALUES (4, 'new@x', 'New', 1); INSERT INTO "Post" VALUES (13, 'new', 4, 'New')`)
    const before = await all(there)
    const error = await failureOf(there.restore(snapshot, { only: ['User'] }))
    expect(saidBy(error)).toMatch(/1 row of Post references them[\s\S]*--only User,Post/)
    expect(await all(there)).toEqual(before)
    const restored = await there.restore(snapshot, { only: ['User', 'Post'] })
    expect(numbersOf(restored.plan)).toEqual({ User: { deleted: 1, unchanged: 3 }, Post: { deleted: 1, unchanged: 3 } })
  })

  test('a parent that was made again under another id: its child goes back to the old one', async () => {
    const there = await setUp(engine, BLOG)
    const before = await all(there)
    const snapshot = await there.take()
    await there.query(
      `UPDATE "User" SET email = 'old' WHERE id = 1; INSERT INTO "User" VALUES (9, 'ada@x', 'Ada', NULL); UPDATE "Post" SET "authorId" = 9 WHERE "authorId" = 1; UPDATE "User" SET "bossId" = 9 WHERE "bossId" = 1; DELETE FROM "User" WHERE id = 1`,
    )
    const restored = await there.restore(snapshot, { only: ['User', 'Post'] })
    expect(numbersOf(restored.plan)).toEqual({
      User: { inserted: 1, overwritten: 1, deleted: 1, unchanged: 1 },
      Post: { overwritten: 1, unchanged: 2 },
    })
    expect(await all(there)).toEqual(before)
  })
})
