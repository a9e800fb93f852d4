import { describe, expect, it } from 'vitest'
import { parsePostgresql } from '../../src/databases/postgresql/parse.js'
import { parseSqlite } from '../../src/databases/sqlite/parse.js'
import { applyAcceptances } from '../../src/findings/acceptance.js'
import { analyse } from '../../src/findings/analyse.js'

async function judge(sql: string, parse = parsePostgresql) {
  const parsed = [await parse({ migration: '2_two', file: 'migrations/2_two/migration.sql', sql })]
  const { findings, unused } = applyAcceptances(analyse(parsed).findings, parsed)
  return {
    accepted: findings
      .filter((finding) => finding.accepted)
      .map((finding) => `${finding.rule} ${finding.objects[0]?.column ?? finding.objects[0]?.table}: ${finding.accepted?.reason}`),
    open: findings.filter((finding) => !finding.accepted).map((finding) => finding.rule),
    problems: unused.map((problem) => problem.message),
    lines: unused.map((problem) => problem.location.line),
  }
}

const NOTHING_WRONG = { open: [], problems: [], lines: [] }

describe('inline acceptance', () => {
  it('counts above its statement, below Prisma’s header and other comments', async () => {
    const sql =
      '/*\n  Warnings: x\n*/\n-- safe-migrate: allow drop-column User.name -- copied to Profile.name\n-- AlterTable\nALTER TABLE "User" DROP COLUMN "name";'
    expect(await judge(sql)).toEqual({ accepted: ['drop-column name: copied to Profile.name'], ...NOTHING_WRONG })
  })
  it('names objects with schema, quotes and any letter case, or leaves them out', async () => {
    for (const name of ['public."User"."name"', '"User".name', 'user.NAME', 'User', 'public.User', '']) {
      const sql = `-- safe-migrate: allow drop-column ${name} -- old\nALTER TABLE public."User" DROP COLUMN name;`
      expect(await judge(sql), name).toEqual({ accepted: ['drop-column name: old'], ...NOTHING_WRONG })
    }
  })
  it('does not count without a reason, and says so', async () => {
    for (const tail of ['', ' --', ' --   ']) {
      const { accepted, open, problems } = await judge(`-- safe-migrate: allow drop-table User${tail}\nDROP TABLE "User";`)
      expect({ accepted, open }).toEqual({ accepted: [], open: ['drop-table'] })
      expect(problems[0]).toMatch(/no reason, so it does not count/)
    }
  })
  it('is bound to the next statement only', async () => {
    const { accepted, open, problems } = await judge('-- safe-migrate: allow drop-table -- gone\nSELECT 1;\nDROP TABLE a;')
    expect({ accepted, open }).toEqual({ accepted: [], open: ['drop-table'] })
    expect(problems[0]).toMatch(/accepts nothing.*That statement has no finding/)
  })
  it('accepts the named column only, and several comments several columns', async () => {
    const alter = 'ALTER TABLE t DROP COLUMN a, DROP COLUMN b;'
    expect((await judge(`-- safe-migrate: allow drop-column t.a -- x\n${alter}`)).open).toEqual(['drop-column'])
    const both = await judge(`-- safe-migrate: allow drop-column t.a -- x\n-- safe-migrate: allow drop-column t.b -- y\n${alter}`)
    expect(both).toEqual({ accepted: ['drop-column a: x', 'drop-column b: y'], ...NOTHING_WRONG })
  })
  it('tells names apart that differ only in letter case, where both are there', async () => {
    const { accepted, open } = await judge('-- safe-migrate: allow drop-table User -- old\nDROP TABLE "User", "user";')
    expect({ accepted, open }).toEqual({ accepted: ['drop-table User: old'], open: ['drop-table'] })
  })
  it('of one table does not accept what goes with another', async () => {
    const sql = 'TRUNCATE a, b CASCADE;'
    expect((await judge(`-- safe-migrate: allow truncate-cascade a -- x\n${sql}`)).open).toEqual(['truncate-cascade'])
    expect((await judge(`-- safe-migrate: allow truncate-cascade -- x\n${sql}`)).open).toEqual([])
  })
  it('may stand inside the statement', async () => {
    const sql = 'ALTER TABLE t\n  -- safe-migrate: allow drop-column t.a -- x\n  DROP COLUMN a;'
    expect(await judge(sql)).toEqual({ accepted: ['drop-column a: x'], ...NOTHING_WRONG })
  })
  it('is not taken from strings, block comments or behind another statement', async () => {
    const comment = '-- safe-migrate: allow drop-table a -- x'
    expect((await judge(`SELECT '\n${comment}\n';\nDROP TABLE a;`)).open).toEqual(['drop-table'])
    expect((await judge(`/* ${comment} */\nDROP TABLE a;`)).open).toEqual(['drop-table'])
    const behind = await judge(`SELECT 1; ${comment}\nDROP TABLE a;`)
    expect(behind.open).toEqual(['drop-table'])
    expect(behind.problems[0]).toMatch(/line of its own/)
  })
  it('tells unknown rules, wrong objects and comments that are no acceptance', async () => {
    expect((await judge('-- safe-migrate: allow drop-tables a -- x\nDROP TABLE a;')).problems).toEqual(['There is no rule drop-tables.'])
    expect((await judge('-- safe-migrate: alow drop-table a -- x\nDROP TABLE a;')).problems[0]).toMatch(/not of the form/)
    const other = await judge('SELECT 1;\n-- safe-migrate: allow drop-table b -- x\nDROP TABLE a;')
    expect(other.problems[0]).toBe(
      'It accepts nothing: there is no drop-table of b in the statement below it. That statement has: drop-table.',
    )
    expect(other.lines).toEqual([2])
  })
  it('at the end of a file accepts nothing', async () => {
    expect((await judge('DROP TABLE a;\n-- safe-migrate: allow drop-table a -- x')).open).toEqual(['drop-table'])
  })
  it('of one of two equal statements leaves the other', async () => {
    const { accepted, open } = await judge('DELETE FROM a;\n-- safe-migrate: allow delete-unfiltered a -- x\nDELETE FROM a;')
    expect({ accepted, open }).toEqual({ accepted: ['delete-unfiltered a: x'], open: ['delete-unfiltered'] })
  })
  it('of a folded pattern may stand above it or inside it', async () => {
    const steps = [
      'CREATE TABLE "new_U" ("id" INTEGER);',
      'INSERT INTO "new_U" SELECT "id" FROM "U" WHERE "id" > 1;',
      'DROP TABLE "U";',
      'ALTER TABLE "new_U" RENAME TO "U";',
    ]
    for (const position of [0, 1, 2, 3]) {
      const lines: string[] = [...steps]
      lines.splice(position, 0, '-- safe-migrate: allow rebuild-table U -- the first one was a test')
      const result = await judge(`PRAGMA foreign_keys=OFF;\n${lines.join('\n')}`, parseSqlite)
      expect(result).toEqual({ accepted: ['rebuild-table U: the first one was a test'], ...NOTHING_WRONG })
    }
  })
})
