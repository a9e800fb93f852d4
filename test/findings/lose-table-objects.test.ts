import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { analyse } from '../../src/findings/analyse.js'
import { openSqlite } from '../verify/lab.js'

const fixture = (name: string) => readFileSync(`fixtures/migrations/sqlite/${name}.sql`, 'utf8')

it('names all that a rebuilt table loses, with the SQL that makes it again; following it there is nothing to find', async () => {
  const live = await openSqlite()
  try {
    await live.run(fixture('_setup') + fixture('rebuild-loses-objects.setup'))
    const catalog = await sqlite.readCatalog(live.connection)
    const judge = async (sql: string) => {
      const parsed = await sqlite.parse({ migration: '2', file: 'm/2/migration.sql', sql })
      return analyse([parsed], { catalog }).findings.filter(({ rule }) => rule === 'lose-table-objects')
    }
    const [finding, ...others] = await judge(fixture('rebuild-loses-objects'))
    expect(others).toEqual([])
    for (const name of ['trigger Comment_log', 'partial index Comment_written', 'unique index Comment_body_key', 'AUTOINCREMENT mark 40'])
      expect(finding?.why).toContain(name)
    expect(finding?.why).not.toContain('Comment_postId_idx')
    const again = finding?.instead.split('  -- ')[0] ?? ''
    expect(await judge(`${fixture('rebuild-loses-objects')}\n${again}`)).toEqual([])
    await live.run(`${fixture('rebuild-loses-objects')}\n${again}`)
    expect(await live.connection.query(`SELECT seq FROM sqlite_sequence WHERE name = 'Comment'`)).toMatchObject([{ seq: 40n }])
    expect(await live.connection.query(`SELECT name FROM sqlite_master WHERE name LIKE 'Comment_%' ORDER BY name`)).toHaveLength(4)
  } finally {
    await live.close()
  }
})

const REBUILD = `CREATE TABLE "new_Comment" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "body" TEXT, "postId" INTEGER NOT NULL);
INSERT INTO "new_Comment" ("body", "id", "postId") SELECT "body", "id", "postId" FROM "Comment";
<inside>DROP TABLE "Comment"; ALTER TABLE "new_Comment" RENAME TO "Comment";`

/** Rebuilds a table whose mark is at 40 with its highest id at 38: what is said to be lost, and where the mark is then. */
it.each([
  ['', '', 38n],
  ['', "UPDATE sqlite_sequence SET seq = 40 WHERE name = 'Comment';", 40n],
  ['', "UPDATE sqlite_sequence SET seq = 41 WHERE name IN ('Comment', 'Post');", 41n],
  ['', "UPDATE sqlite_sequence SET seq = 39 WHERE name = 'Comment';", 39n],
  ['', "UPDATE sqlite_sequence SET seq = 40 WHERE name = 'Post';", 38n],
  ['', 'SELECT * FROM sqlite_sequence;', 38n],
  ['', "DELETE FROM sqlite_sequence WHERE name = 'Comment';", undefined],
  ["UPDATE sqlite_sequence SET seq = 40 WHERE name = 'new_Comment';", '', 40n],
  ["UPDATE sqlite_sequence SET seq = 40 WHERE name = 'Comment';", '', 38n],
])('the mark of AUTOINCREMENT is kept by what sets it: %s%s', async (inside, after, mark) => {
  const live = await openSqlite()
  try {
    await live.run(`${fixture('_setup')} DELETE FROM "Comment" WHERE "id" > 38;`)
    const sql = `PRAGMA foreign_keys=OFF; ${REBUILD.replace('<inside>', inside)} ${after}`
    const parsed = await sqlite.parse({ migration: '2', file: 'm/2/migration.sql', sql })
    const { findings } = analyse([parsed], { catalog: await sqlite.readCatalog(live.connection) })
    await live.run(sql)
    const [row] = await live.connection.query(`SELECT seq FROM sqlite_sequence WHERE name = 'Comment'`)
    expect(row?.seq).toBe(mark)
    const isLost = findings.some(({ rule, why }) => rule === 'lose-table-objects' && why.includes('AUTOINCREMENT mark'))
    expect(isLost).toBe(mark === undefined || mark < 40n)
  } finally {
    await live.close()
  }
})
