import { describe, expect, it } from 'vitest'
import { parsePostgresql } from '../../src/databases/postgresql/parse.js'
import { parseSqlite } from '../../src/databases/sqlite/parse.js'
import { applyAcceptances } from '../../src/findings/acceptance.js'
import { analyse } from '../../src/findings/analyse.js'
import { withLevels } from '../../src/findings/levels.js'
import type { RecordedAcceptance } from '../../src/findings/parse-acceptance-file.js'
import { findProtectionProblems, namedObjects, PROTECT_NOTHING, type Protect, withProtection } from '../../src/findings/protection.js'
import { recordAcceptance } from '../../src/findings/recorded-acceptance.js'
import { isBlocking } from '../../src/rules/is-blocking.js'

async function read(sql: string) {
  const parsed = [await parsePostgresql({ migration: '2_two', file: 'migrations/2_two/migration.sql', sql })]
  return { parsed, findings: analyse(parsed).findings }
}

async function judge(sql: string, parse = parsePostgresql) {
  const parsed = [await parse({ migration: '2_two', file: 'migrations/2_two/migration.sql', sql })]
  const { findings, problems } = applyAcceptances(analyse(parsed).findings, parsed)
  return {
    accepted: findings
      .filter((finding) => finding.accepted)
      .map((finding) => `${finding.rule} ${finding.objects[0]?.column ?? finding.objects[0]?.table}: ${finding.accepted?.reason}`),
    open: findings.filter((finding) => !finding.accepted).map((finding) => finding.rule),
    problems: problems.map((problem) => problem.message),
    lines: problems.map((problem) => problem.location?.line),
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
    expect((await judge('-- safe-migrate: allow drop-tables a -- x\nDROP TABLE a;')).problems).toEqual([
      'There is no rule drop-tables; did you mean drop-table?',
    ])
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
  it('may be a block comment, in files with a mark of byte order and Windows line ends too', async () => {
    const block = '/* safe-migrate: allow drop-table a -- old,\n   and nobody reads it */\nDROP TABLE a;'
    expect(await judge(block)).toEqual({ accepted: ['drop-table a: old,\n   and nobody reads it'], ...NOTHING_WRONG })
    for (const parse of [parsePostgresql, parseSqlite]) {
      const windows = '\uFEFF-- safe-migrate: allow drop-table a -- old\r\n-- another\r\nDROP TABLE a;\r\nDROP TABLE b;\r\n'
      expect(await judge(windows, parse)).toEqual({ accepted: ['drop-table a: old'], open: ['drop-table'], problems: [], lines: [] })
    }
  })
  it('does not count with the reason that the hint leaves open', async () => {
    const { open, problems } = await judge('-- safe-migrate: allow drop-table a -- <reason>\nDROP TABLE a;')
    expect({ open, problems }).toEqual({ open: ['drop-table'], problems: [expect.stringContaining('no reason')] })
  })
  it('that was meant and is misspelt is told', async () => {
    for (const comment of [
      '-- safe-migrate allow drop-table a -- x',
      '-- safemigrate: allow drop-table a -- x',
      '-- safe-migrate: allow * -- x',
    ]) {
      const { open, problems } = await judge(`${comment}\nDROP TABLE a;`)
      expect({ open, problems }, comment).toEqual({ open: ['drop-table'], problems: [expect.stringContaining('not of the form')] })
    }
    expect(await judge('-- safe-migrate is what we use\nSELECT 1;')).toEqual({ accepted: [], ...NOTHING_WRONG })
  })
  it('knows no wildcards, and names with dots in quotes', async () => {
    const star = await judge('-- safe-migrate: allow drop-column t.* -- x\nALTER TABLE t DROP COLUMN a;')
    expect(star.open).toEqual(['drop-column'])
    expect(star.problems[0]).toContain('there is no drop-column of t.*')
    const dots = '-- safe-migrate: allow drop-column "a.b"."c d" -- x\nALTER TABLE "a.b" DROP COLUMN "c d";'
    expect(await judge(dots)).toEqual({ accepted: ['drop-column c d: x'], ...NOTHING_WRONG })
  })
  it('before the semicolon is for its own statement, not for the next one', async () => {
    const { accepted, open } = await judge('DROP TABLE a\n-- safe-migrate: allow drop-table -- x\n;\nDROP TABLE b;')
    expect({ accepted, open }).toEqual({ accepted: ['drop-table a: x'], open: ['drop-table'] })
  })
  it('in the code of a DO block is none', async () => {
    const sql = 'DO $$ BEGIN\n-- safe-migrate: allow delete-unfiltered a -- x\nDELETE FROM a; END $$;'
    expect((await judge(sql)).open).toEqual(['delete-unfiltered'])
  })
})

const SQL = 'ALTER TABLE "User"\n  DROP COLUMN "name";\nDELETE FROM "a";\nDELETE FROM "a";'

describe('recorded acceptance', () => {
  const words = { reason: 'moved', acceptedAt: '2026-01-02T03:04:05.000Z' }
  const record = async (sql: string, rule: string, index = 0) => {
    const { findings, parsed } = await read(sql)
    const finding = findings.filter((one) => one.rule === rule)[index]
    if (finding === undefined) throw new Error(`no ${rule}`)
    return recordAcceptance(finding, parsed, words)
  }
  const apply = async (sql: string, acceptances: readonly RecordedAcceptance[], protect = PROTECT_NOTHING) => {
    const { findings, parsed } = await read(sql)
    const file = { file: 'migrations/.safe-migrate.json', text: JSON.stringify({ acceptances }, null, 2), acceptances }
    const result = applyAcceptances(withProtection(findings, protect, 'public'), parsed, file)
    return {
      accepted: result.findings.filter((one) => one.accepted?.via === 'file').map(({ rule, location }) => [rule, location.line]),
      problems: result.problems.map(({ kind, message }) => [kind, message]),
    }
  }

  it('counts for the statement whatever its line ends and its place', async () => {
    const own = await record(SQL, 'drop-column')
    expect(own).toMatchObject({ migration: '2_two', objects: ['User.name'], statementSha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(await apply(SQL, [own])).toEqual({ accepted: [['drop-column', 1]], problems: [] })
    expect(await apply(`-- new\r\nSELECT 1;\r\n${SQL.replaceAll('\n', '\r\n')}`, [own])).toEqual({
      accepted: [['drop-column', 3]],
      problems: [],
    })
  })
  it('lapses when the statement changes, be it one letter', async () => {
    const own = await record(SQL, 'drop-column')
    const { accepted, problems } = await apply(SQL.replace('DROP COLUMN', 'DROP  COLUMN'), [own])
    expect({ accepted, problems }).toEqual({
      accepted: [],
      problems: [['lapsed', expect.stringMatching(/User\.name has lapsed: the statement has changed/)]],
    })
  })
  it('is for one of two equal statements', async () => {
    const [first, second] = [await record(SQL, 'delete-unfiltered', 0), await record(SQL, 'delete-unfiltered', 1)]
    expect((await apply(SQL, [first])).accepted).toEqual([['delete-unfiltered', 3]])
    expect((await apply(SQL, [second])).accepted).toEqual([['delete-unfiltered', 4]])
    expect((await apply(SQL, [first, second])).accepted).toHaveLength(2)
  })
  it('does not cover more than it names', async () => {
    const sql = 'TRUNCATE a, b CASCADE;'
    const own = await record(sql, 'truncate-cascade')
    expect((await apply(sql, [own])).accepted).toHaveLength(1)
    const { accepted, problems } = await apply(sql, [{ ...own, objects: ['a'] }])
    expect({ accepted, problems }).toEqual({
      accepted: [],
      problems: [['unused', expect.stringMatching(/does not cover all that is at stake: a, b/)]],
    })
    expect(await apply(sql, [{ ...own, objects: [] }])).toMatchObject({ accepted: [], problems: [['unused', expect.anything()]] })
  })
  it('for which there is no finding is told, those of other migrations are not', async () => {
    const own = await record(SQL, 'drop-column')
    expect((await apply(SQL, [{ ...own, rule: 'drop-table' }])).problems).toEqual([['unused', expect.stringMatching(/accepts nothing/)]])
    expect((await apply(SQL, [{ ...own, migration: '1_one' }])).problems).toEqual([])
  })
  it('counts for what is protected only when it says so', async () => {
    const protect = { tables: ['user'], columns: [] }
    const own = await record(SQL, 'drop-column')
    expect(await apply(SQL, [own], protect)).toEqual({ accepted: [], problems: [['protected', expect.stringContaining('touches user')]] })
    expect((await apply(SQL, [{ ...own, protected: ['user'] }], protect)).accepted).toEqual([['drop-column', 1]])
  })
})

describe('what is protected', () => {
  const judgeProtected = async (sql: string, protect: Partial<Protect>) => {
    const { findings, parsed } = await read(sql)
    const { findings: judged, problems } = applyAcceptances(withProtection(findings, { ...PROTECT_NOTHING, ...protect }, 'public'), parsed)
    return { open: judged.filter(isBlocking).map((one) => one.protected ?? []), problems: problems.map(({ kind }) => kind) }
  }
  it.each<[string, Partial<Protect>, readonly string[]]>([
    ['DROP TABLE "User"', { tables: ['User'] }, ['User']],
    ['DROP TABLE "User"', { tables: ['public.user'] }, ['public.user']],
    ['DROP TABLE "User"', { columns: ['User.email'] }, ['User.email']],
    ['DROP TABLE "User"', { tables: ['billing.*', 'UserLog'], columns: ['Log.*'] }, []],
    ['DROP TABLE billing."Invoice"', { tables: ['User', 'billing.*'] }, ['billing.*']],
    ['ALTER TABLE "User" DROP COLUMN email', { columns: ['User.email'] }, ['User.email']],
    ['ALTER TABLE "User" DROP COLUMN age', { columns: ['User.email'] }, []],
    ['ALTER TABLE "User" DROP COLUMN age', { tables: ['Us*'] }, ['Us*']],
    ['DROP SCHEMA billing CASCADE', { tables: ['billing.Invoice', 'public.User'] }, ['billing.Invoice']],
    ['SELECT do_something()', { tables: ['User'] }, ['User']],
    ['UPDATE "User" SET age = 1', { columns: ['User.email'] }, []],
  ])('%s with %j', async (sql, protect, names) => {
    const { findings } = await read(sql)
    const touched = withProtection(findings, { ...PROTECT_NOTHING, ...protect }, 'public').flatMap((one) => one.protected ?? [])
    expect([...new Set(touched)]).toEqual(names)
  })
  it('blocks whatever the level of the rule, and no comment accepts it', async () => {
    const sql = '-- safe-migrate: allow drop-column User.name -- x\nALTER TABLE "User" DROP COLUMN name;'
    expect(await judgeProtected(sql, { tables: ['User'] })).toEqual({ open: [['User']], problems: ['protected'] })
    expect(await judgeProtected(sql, { tables: ['Other'] })).toEqual({ open: [], problems: [] })
    const { findings } = await read(sql)
    const lowered = withProtection(withLevels(findings, { 'drop-column': 'info' }), { tables: ['User'], columns: [] }, 'public')
    expect(lowered.map(({ level }) => level)).toEqual(['block'])
  })
  it('and misspelt protects nothing, which is told', async () => {
    const names = ({ message }: { message: string }) => message.split(',')[0]
    const objects = namedObjects(
      (await read('CREATE TABLE "User" (id int, email text); ALTER TABLE "User" ADD COLUMN age int;')).parsed[0]?.changes ?? [],
    )
    const protect = { tables: ['User', 'Usr', 'billing.*'], columns: ['User.email', 'User.age', 'User.mail'] }
    expect(findProtectionProblems(protect, objects, 'public').map(names)).toEqual(['Usr', 'billing.*', 'User.mail'])
  })
})
