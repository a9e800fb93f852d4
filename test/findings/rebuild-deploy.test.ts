import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { makeProject, type TestProject } from '../helpers/make-project.js'

const fixture = (name: string) => readFileSync(`fixtures/migrations/sqlite/${name}.sql`, 'utf8')

let project: TestProject | null = null
afterEach(async () => {
  await project?.cleanup()
  project = null
})

/** The fixture's tables and rows, applied by the real Prisma, and the fixture's migration pending. */
async function open(name: string): Promise<TestProject> {
  const setup = `${fixture('_setup')}\n${fixture(`${name}.setup`)}`
  project = await makeProject({ prisma: 7, database: 'sqlite', base: 'empty', migrations: [{ name: '20250101000000_setup', sql: setup }] })
  expect((await project.prisma('migrate', 'deploy')).exitCode).toBe(0)
  project.addMigration('20250202000000_rebuild', fixture(name))
  return project
}

describe('a rebuild, judged by plan and then done by prisma migrate deploy', () => {
  it.each(['rebuild-in-use', 'rebuild-in-use-renamed'])('fails as foretold: %s', { timeout: 60_000 }, async (name) => {
    const { safeMigrate, prisma } = await open(name)
    expect((await safeMigrate('plan')).output).toContain('cannot be rebuilt while view Open names it')
    const deployed = await prisma('migrate', 'deploy')
    expect(deployed.exitCode).toBe(1)
    expect(deployed.output).toContain('error in view Open: no such table')
  })

  it('loses what is not made again', { timeout: 60_000 }, async () => {
    const { safeMigrate, prisma, query } = await open('rebuild-loses-objects-made-before')
    const { output } = await safeMigrate('plan', '--json')
    for (const lost of ['trigger Comment_log', 'unique index Comment_body_key', 'AUTOINCREMENT mark 40']) expect(output).toContain(lost)
    expect((await prisma('migrate', 'deploy')).exitCode).toBe(0)
    expect(await query(`SELECT name FROM sqlite_master WHERE name LIKE 'Comment_%'`)).toEqual([])
    expect(await query(`SELECT seq FROM sqlite_sequence WHERE name = 'Comment'`)).toEqual([{ seq: 38 }])
  })

  it('keeps what is made again', { timeout: 60_000 }, async () => {
    const { safeMigrate, prisma, query } = await open('rebuild-keeps-objects-made-before')
    expect((await safeMigrate('plan')).output).not.toContain('loses what belongs to the old table')
    expect((await prisma('migrate', 'deploy')).exitCode).toBe(0)
    expect(await query(`SELECT name FROM sqlite_master WHERE name LIKE 'Comment_%'`)).toEqual([{ name: 'Comment_LOG' }])
    expect(await query(`SELECT seq FROM sqlite_sequence WHERE name = 'Comment'`)).toEqual([{ seq: 40 }])
  })
})
