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
