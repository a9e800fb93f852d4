import { describe, expect, it, onTestFinished } from 'vitest'
import { databases } from '../../src/databases/index.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { readDelivery } from '../../src/project/atomicity.js'
import { readAtomicity } from '../../src/project/file-atomicity.js'
import type { Project } from '../../src/project/project.js'
import { makeProject } from '../helpers/make-project.js'

interface Case {
  readonly name: string
  readonly sql: string
  /** What is there afterwards, with Prisma 6 and 7; null: nothing fails. */
  readonly stays: { readonly 6: readonly string[] | null; readonly 7: readonly string[] | null }
  readonly atomic: { readonly 6: string; readonly 7: string }
  /** Line of the first statement that leaves something when it fails. */
  readonly from: { readonly 6: number | null; readonly 7: number | null }
  /** Rules that say so beforehand, without a database. */
  readonly rules?: { readonly 6: readonly string[]; readonly 7: readonly string[] }
}

const same = <T>(value: T) => ({ 6: value, 7: value })
const FAILS = 'INSERT INTO missing VALUES (1);'

const inBoth: readonly Case[] = [
  {
    name: 'a transaction of its own',
    sql: `BEGIN;\nCREATE TABLE a (id INT);\nCREATE TABLE b (id INT);\n${FAILS}\nCOMMIT;`,
    stays: same([]),
    atomic: same('yes'),
    from: same(null),
  },
  {
    name: 'COMMIT in the middle',
    sql: `BEGIN;\nCREATE TABLE a (id INT);\nCOMMIT;\nCREATE TABLE b (id INT);\n${FAILS}`,
    stays: { 6: ['a'], 7: ['a', 'b'] },
    atomic: same('no'),
    from: same(4),
  },
]

const cases: Readonly<Record<'postgresql' | 'sqlite', readonly Case[]>> = {
  postgresql: [
    ...inBoth,
    {
      name: 'several statements',
      sql: `CREATE TABLE a (id INT);\nCREATE TABLE b (id INT);\n${FAILS}`,
      stays: { 6: [], 7: ['a', 'b'] },
      atomic: { 6: 'yes', 7: 'no' },
      from: { 6: null, 7: 2 },
    },
    {
      name: 'a setting, then what fails',
      sql: `SET lock_timeout = '5s';\n${FAILS}`,
      stays: same([]),
      atomic: same('yes'),
      from: same(null),
    },
    {
      name: 'what Prisma cannot split',
      sql: `CREATE TABLE a (id INT);\nDO $$ BEGIN END $$;\n${FAILS}`,
      stays: same([]),
      atomic: { 6: 'yes', 7: 'unknown' },
      from: { 6: null, 7: 2 },
    },
    {
      name: 'an index CONCURRENTLY, alone',
      sql: 'CREATE UNIQUE INDEX CONCURRENTLY i ON t (x);',
      stays: same(['i']),
      atomic: same('no'),
      from: same(1),
      rules: same([]),
    },
    {
      name: 'an index CONCURRENTLY beside others',
      sql: 'CREATE TABLE a (id INT);\nCREATE INDEX CONCURRENTLY i ON t (x);',
      stays: { 6: [], 7: null },
      atomic: { 6: 'yes', 7: 'no' },
      from: { 6: null, 7: 2 },
      rules: { 6: ['concurrently-in-transaction'], 7: [] },
    },
    {
      name: 'an index CONCURRENTLY, dropped beside others',
      sql: 'CREATE TABLE a (id INT);\nDROP INDEX CONCURRENTLY IF EXISTS j;',
      stays: same([]),
      atomic: { 6: 'yes', 7: 'unknown' },
      from: { 6: null, 7: 2 },
      rules: same(['concurrently-in-transaction']),
    },
    {
      name: 'LOCK TABLE without BEGIN',
      sql: 'LOCK TABLE t;\nCREATE TABLE a (id INT);',
      stays: same(null),
      atomic: { 6: 'yes', 7: 'yes' },
      from: same(null),
      rules: { 6: [], 7: ['transaction-control'] },
    },
    {
      name: 'COMMIT without BEGIN',
      sql: `CREATE TABLE a (id INT);\nCOMMIT;\n${FAILS}`,
      stays: same(['a']),
      atomic: same('no'),
      from: same(3),
      rules: same(['transaction-control']),
    },
  ],
  sqlite: [
    { ...(inBoth[0] as Case) },
    { ...(inBoth[1] as Case), stays: same(['a', 'b']) },
    {
      name: 'several statements',
      sql: `CREATE TABLE a (id INT);\nCREATE TABLE b (id INT);\n${FAILS}`,
      stays: same(['a', 'b']),
      atomic: same('no'),
      from: same(2),
    },
    {
      name: 'a pragma, then what fails',
      sql: `PRAGMA foreign_keys=OFF;\n${FAILS}`,
      stays: same([]),
      atomic: same('yes'),
      from: same(null),
    },
    {
      name: 'a savepoint that begins the transaction',
      sql: `SAVEPOINT s;\nCREATE TABLE a (id INT);\nRELEASE s;\nCREATE TABLE b (id INT);\n${FAILS}`,
      stays: same(['a', 'b']),
      atomic: same('no'),
      from: same(4),
    },
    {
      name: 'COMMIT without BEGIN',
      sql: 'CREATE TABLE a (id INT);\nCOMMIT;\nCREATE TABLE b (id INT);',
      stays: same(['a']),
      atomic: same('no'),
      from: same(2),
      rules: same(['transaction-control']),
    },
  ],
}

const OBJECTS = {
  postgresql: `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname IN ('a', 'b', 'i') ORDER BY 1`,
  sqlite: `SELECT name FROM sqlite_master WHERE name IN ('a', 'b', 'i') ORDER BY 1`,
}

describe.each([
  ['postgresql', 6],
  ['postgresql', 7],
  ['sqlite', 6],
  ['sqlite', 7],
] as const)('%s, Prisma %i', (provider, major) => {
  it('what stays of a migration that fails is what was said', async () => {
    const database = databases.find(({ id }) => id === provider) ?? expect.fail()
    const project = await makeProject({ prisma: major, database: provider, base: 'empty' })
    onTestFinished(() => project.cleanup())
    project.addMigration('1_t', 'CREATE TABLE t (x INT);\nINSERT INTO t VALUES (1), (1);\n')
    expect((await project.prisma('migrate', 'deploy')).exitCode).toBe(0)
    const { stdout } = await project.prisma('--version')
    const minor = Number(/prisma\s*:\s*\d+\.(\d+)/.exec(stdout)?.[1])
    const prisma: Project['prisma'] = { version: `${major}.${minor}`, major, minor, script: '' }
    for (const { name, sql, stays, atomic, from, rules } of cases[provider]) {
      const source = { migration: '2_x', file: 'prisma/migrations/2_x/migration.sql', sql: `${sql}\n` }
      const { findings, files } = await checkFiles([source], database, { delivery: readDelivery({ prisma, database }) })
      const said = files.map((file) => readAtomicity({ prisma, database }, file))
      expect.soft(said, name).toMatchObject([{ atomic: atomic[major], partialFrom: from[major] }])
      if (rules !== undefined)
        expect
          .soft(
            findings.map(({ rule }) => rule).filter((rule) => /transaction/.test(rule)),
            name,
          )
          .toEqual(rules[major])

      project.addMigration('2_x', source.sql)
      const { exitCode } = await project.prisma('migrate', 'deploy')
      const found = (await project.query(OBJECTS[provider])).map((row) => String(row.name))
      expect.soft(exitCode === 0 ? null : found, name).toEqual(stays[major])
      project.removeMigration('2_x')
      await project.query(`DELETE FROM _prisma_migrations WHERE migration_name = '2_x'`)
      for (const table of ['a', 'b']) await project.query(`DROP TABLE IF EXISTS ${table}`)
      await project.query('DROP INDEX IF EXISTS i')
    }
  })
})
