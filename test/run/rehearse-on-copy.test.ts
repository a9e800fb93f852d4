import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/config/defaults.js'
import { selectEnvironment } from '../../src/config/select-environment.js'
import { SafeMigrateError } from '../../src/errors.js'
import { preparePrivatePrisma } from '../../src/project/private-prisma.js'
import { type ResolveOptions, resolveProject } from '../../src/project/resolve-project.js'
import { startJournal } from '../../src/run/journal.js'
import { runOnCopy } from '../../src/run/rehearse-on-copy.js'
import type { Run } from '../../src/run/run.js'
import { unattendedInterface } from '../../src/run/unattended.js'
import { openStore } from '../../src/snapshots/store.js'
import { Secret } from '../../src/util/secret.js'
import { makeProject, type ProjectOptions, type TestProject } from '../helpers/make-project.js'
import { openContext, type TestContext } from '../snapshots/snapshot-test.js'

const SQLITE = { prisma: 7, database: 'sqlite' } as const
const POSTGRESQL = { prisma: 7, database: 'postgresql' } as const

async function setUp(options: ProjectOptions): Promise<{ project: TestProject; context: TestContext; run: Run }> {
  const project = await makeProject(options)
  const environment: ResolveOptions['environment'] = { DATABASE_URL: project.databaseUrl }
  const shown = process.env.DATABASE_URL
  process.env.DATABASE_URL = project.databaseUrl
  const resolved = await resolveProject({ cwd: project.dir, environment }).finally(() => {
    if (shown === undefined) delete process.env.DATABASE_URL
    else process.env.DATABASE_URL = shown
  })
  const context = await openContext(resolved)
  onTestFinished(async () => {
    await context.close()
    await project.cleanup()
  })
  const { identity, label } = resolved.target
  const run: Run = {
    project: resolved,
    config: selectEnvironment(DEFAULT_CONFIG, resolved.target),
    ui: unattendedInterface,
    lock: { isHeld: () => true, release: async () => {} },
    session: { connection: context.connection, withoutConnection: (work) => work(), close: async () => {} },
    store: openStore(path.join(project.dir, 'snapshots')),
    journal: startJournal(path.join(project.dir, '.safe-migrate'), { command: 'rehearse', targetIdentity: identity, target: label }),
    seconds: {},
  }
  return { project, context, run }
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof SafeMigrateError ? error : null),
  )

it.each([SQLITE, POSTGRESQL])('on $database: Prisma is not run where the URL of the copy leads to the database itself', async (fixture) => {
  const { project, context, run } = await setUp(fixture)
  project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
  const folder = path.join(project.dir, '.safe-migrate', '.rehearsal-test')
  // What a pooler makes of every name: the copy is the database itself.
  const error = await failureOf(runOnCopy(run, context, folder))
  expect(error).toMatchObject({ code: 'blocked', message: expect.stringContaining('Nothing was run') })
  expect(existsSync(folder)).toBe(false)
  expect(run.journal.has('rehearsal-prisma')).toBe(false)
})

describe.each([
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'sqlite' },
] as const)('the files for Prisma $prisma', (fixture) => {
  it('hold no URL, and its environment none but that of the copy', async () => {
    const { project, run } = await setUp(fixture)
    const folder = path.join(project.dir, 'rehearsal')
    const url = new Secret(`file:${path.join(project.dir, 'the copy.db')}`)
    const target = run.project.database.readTarget(url.reveal(), { fileBase: folder, root: folder })
    process.env.SOME_OTHER_URL = 'file:./somewhere.db'
    onTestFinished(() => {
      delete process.env.SOME_OTHER_URL
    })
    const prisma = await preparePrivatePrisma(run.project, folder, url, target)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    const texts = files.map((one) => readFileSync(path.join(one.parentPath, one.name), 'utf8')).join('\n')
    expect(texts).not.toContain('file:')
    expect(texts).toContain('CREATE TABLE "users"')
    const urls = Object.entries(prisma.environment).filter(([, value]) => value?.includes('file:'))
    expect(urls).toEqual([[expect.stringMatching(/^SAFE_MIGRATE_REHEARSAL_/), url.reveal()]])
    expect(prisma.fileOptions.join(' ')).not.toContain('file:')
    // One letter of difference is another database.
    const other = { ...target, name: `${target.name}2` }
    expect(await failureOf(preparePrivatePrisma(run.project, path.join(project.dir, 'other'), url, other))).toMatchObject({
      code: 'blocked',
    })
  })
})

describe('on PostgreSQL', () => {
  it('no Prisma can migrate the database itself while a rehearsal goes on', async () => {
    const { project, run } = await setUp(POSTGRESQL)
    project.addMigration('20250101000000_add', 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n')
    const tools = await run.project.database.rehearsal()
    const hold = await tools.hold(run.project.target)
    expect(await tools.hold(run.project.target)).toBeNull()
    const prisma = project.prisma('migrate', 'deploy')
    while (!(await hold?.isAwaited())) await sleep(50)
    expect(await project.query(`SELECT 1 FROM "_prisma_migrations" WHERE migration_name = '20250101000000_add'`)).toEqual([])
    await hold?.release()
    await prisma
  })

  it('the copy has the URL of the database, with another name', async () => {
    const { run } = await setUp(POSTGRESQL)
    const { database } = run.project
    const tools = await database.rehearsal()
    const context = { fileBase: '/', root: '/' }
    const target = database.readTarget('postgresql://ada:p%40ss@db.example.com:6432/shop?schema=app&dbname=shop&sslmode=require', context)
    const url = tools.copyUrl({ ...target, name: 'shop of "ada"/2?x' })
    expect(database.readTarget(url.reveal(), context)).toMatchObject({ name: 'shop of "ada"/2?x', host: 'db.example.com', schema: 'app' })
    expect(url.reveal()).toMatch(/^postgresql:\/\/ada:p%40ss@db\.example\.com:6432\//)
    expect(url.reveal()).not.toContain('dbname')
  })

  it.each([
    ['ALTER ROLE app SET search_path = x', 'ALTER ROLE'],
    ['DO $$ BEGIN CREATE USER u; END $$', 'CREATE USER'],
    [`DO $$ BEGIN EXECUTE 'DROP DATABASE ' || 'x'; END $$`, 'DROP DATABASE'],
    ['GRANT admin TO app', 'GRANT of a role'],
    ['GRANT CONNECT ON DATABASE shop TO app', 'GRANT ON DATABASE'],
    ['COMMENT ON DATABASE shop IS NULL', 'COMMENT ON DATABASE'],
    ['REASSIGN OWNED BY a TO b', 'REASSIGN OWNED'],
    [`COPY users TO PROGRAM 'cat'`, 'COPY into a file or a program'],
    [`SELECT public.dblink_exec('x', 'y')`, 'dblink_exec()'],
    ['CREATE SUBSCRIPTION s CONNECTION $$x$$ PUBLICATION p', 'CREATE SUBSCRIPTION'],
    ['ALTER SYSTEM SET work_mem = 1', 'ALTER SYSTEM'],
    ['ALTER TABLE t DROP role, DROP "database"; GRANT SELECT ON TABLE t TO app; COMMENT ON TABLE t IS NULL', null],
    [`INSERT INTO t VALUES ('x; DROP ROLE y'); -- ALTER ROLE z`, null],
    [`DO 'BEGIN CREATE USER u; END'`, 'CREATE USER'],
    [`CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP ROLE x'`, 'DROP ROLE'],
    [`CREATE PROCEDURE run(t text) LANGUAGE plpgsql AS $$ BEGIN EXECUTE t; END $$; CALL run($$DROP ROLE x$$)`, 'DROP ROLE'],
    ['COMMENT ON TABLE t IS $$DROP DATABASE x$$; INSERT INTO t VALUES ($$DROP ROLE y$$)', null],
    [`DO $$ BEGIN EXECUTE 'SELECT 1'; END $$; COMMENT ON COLUMN t.a IS 'DROP DATABASE x'`, null],
    ['DROP FOREIGN TABLE t; NOTIFY x; COPY users FROM STDIN', null],
  ])('%s is refused where it acts beyond its database', async (sql, what) => {
    const { postgresql } = await import('../../src/databases/postgresql/postgresql.js')
    const tools = await postgresql.rehearsal()
    const { refused } = await tools.findReach(emptyDatabase(postgresql), [{ migration: '1_a', file: 'x', sql }])
    expect(refused).toEqual(what === null ? [] : [`1_a has ${what}, which acts beyond its database`])
  })

  it('a database with a foreign server is refused, an extension that can reach out is named', async () => {
    const { project, context, run } = await setUp(POSTGRESQL)
    const tools = await run.project.database.rehearsal()
    await project.query('CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw')
    const { refused, warned } = await tools.findReach(context.connection, [])
    expect(refused).toEqual([expect.stringContaining('the foreign server far')])
    expect(warned).toEqual([expect.stringContaining('the extension dblink')])
  })
})

/** A connection to a database with nothing in it. */
function emptyDatabase(database: Run['project']['database']): TestContext['connection'] {
  const target = database.readTarget('postgresql://localhost/none', { fileBase: '/', root: '/' })
  return { database, target, serverVersion: '15', query: async () => [], readOnly: (_, work) => work(), close: async () => {} }
}

it('on SQLite: what leads to another file is refused', async () => {
  const { context, run } = await setUp(SQLITE)
  const tools = await run.project.database.rehearsal()
  const reach = async (sql: string) => (await tools.findReach(context.connection, [{ migration: '1_a', file: 'x', sql }])).refused
  expect(await reach(`ATTACH DATABASE 'real.db' AS r`)).toEqual(['1_a has ATTACH, which leads to another file'])
  expect(await reach(`SELECT 1; VACUUM main INTO 'x.db';`)).toEqual(['1_a has VACUUM INTO, which leads to another file'])
  expect(await reach(`VACUUM; INSERT INTO t VALUES ('ATTACH'); -- ATTACH`)).toEqual([])
})
