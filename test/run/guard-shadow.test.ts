import { linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/config/defaults.js'
import { type Config, configSchema } from '../../src/config/schema.js'
import { selectEnvironment } from '../../src/config/select-environment.js'
import type { Target } from '../../src/databases/database.js'
import type { Project } from '../../src/project/project.js'
import { resolveProject } from '../../src/project/resolve-project.js'
import { guardShadow } from '../../src/run/guard-shadow.js'
import { makeProject, type TestProject } from '../helpers/make-project.js'
import { type PostgresqlServer, postgresqlServer } from '../helpers/postgresql-server.js'

/** A project with a shadow database of its own. */
async function setUp() {
  const server = await postgresqlServer()
  const shadow = await server.createDatabase()
  onTestFinished(() => server.dropDatabase(shadow))
  const project = await makeProject({ prisma: 6, database: 'postgresql' })
  onTestFinished(() => project.cleanup())
  return { server, shadow, project }
}

const withShadow = async (fixture: TestProject, url: string): Promise<Project> => {
  const schema = `${fixture.dir}/prisma/schema.prisma`
  const text = readFileSync(schema, 'utf8').replace(/\n {2}shadowDatabaseUrl = .*/, '')
  writeFileSync(schema, text.replace(/(datasource db \{\n)/, `$1  shadowDatabaseUrl = env("SHADOW_URL")\n`))
  return resolveProject({ cwd: fixture.dir, environment: { ...fixture.env, SHADOW_URL: url } })
}

async function guard(project: Project, config: Config = DEFAULT_CONFIG): Promise<string> {
  try {
    await guardShadow({ project, config: await selectEnvironment(config, project.target) })
    return 'goes on'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const query = (server: PostgresqlServer, database: string, sql: string) => server.query(database, sql)

describe('the shadow database, PostgreSQL', () => {
  it('empty, with the tables and inserted rows of an earlier replay, or out of reach: Prisma goes on', async () => {
    const { server, shadow, project } = await setUp()
    const found = await withShadow(project, server.url(shadow))
    expect(await guard(found)).toBe('goes on')
    project.addMigration('20250101000000_roles', `INSERT INTO "public"."group" ("name") VALUES ('admins');\n`)
    await query(server, shadow, 'CREATE TABLE "users" (id int); CREATE TABLE "group" (name text)')
    await query(server, shadow, `INSERT INTO "group" VALUES ('admins')`)
    expect(await guard(found)).toBe('goes on')
    expect(await guard(await withShadow(project, 'postgresql://nobody@127.0.0.1:1/none'))).toBe('goes on')
    expect(await guard(await withShadow(project, server.url('no_such_database')))).toBe('goes on')
  })

  it('with rows, or with a history: refused', async () => {
    const { server, shadow, project } = await setUp()
    const found = await withShadow(project, server.url(shadow))
    await query(server, shadow, 'CREATE TABLE "users" (id int); INSERT INTO "users" VALUES (1)')
    expect(await guard(found)).toMatch(
      /^The shadow database, PostgreSQL database "test_\w+" on .*, holds data, in users\. Nothing was touched\.$/,
    )
    await query(server, shadow, 'DELETE FROM "users"')
    expect(await guard(found)).toBe('goes on')
    await query(
      server,
      shadow,
      `CREATE TABLE "_prisma_migrations" (id text, checksum text, migration_name text, logs text, applied_steps_count int, started_at timestamptz, finished_at timestamptz, rolled_back_at timestamptz)`,
    )
    expect(await guard(found)).toBe('goes on')
    await query(server, shadow, `INSERT INTO "_prisma_migrations" VALUES ('1', 'x', '1_init', null, 1, now(), now(), null)`)
    expect(await guard(found)).toContain('is a database of its own: 1 migration')
  })

  it('another schema of the shadow’s server is nobody’s business', async () => {
    const { server, shadow, project } = await setUp()
    await query(server, shadow, 'CREATE SCHEMA other; CREATE TABLE other.kept (id int); INSERT INTO other.kept VALUES (1)')
    expect(await guard(await withShadow(project, server.url(shadow)))).toBe('goes on')
    expect(await guard({ ...(await withShadow(project, server.url(shadow))), schemas: ['public', 'other'] })).toContain('other.kept')
  })

  it('the main database, however it is named: refused; another schema of it is another place', async () => {
    const { server, project } = await setUp()
    const main = new URL(server.url(project.databaseName))
    expect(await guard(await withShadow(project, main.href))).toContain('is the project’s database itself')
    main.hostname = main.hostname === '127.0.0.1' ? 'localhost' : '127.0.0.1'
    main.searchParams.set('schema', 'public')
    main.searchParams.set('connection_limit', '1')
    expect(await guard(await withShadow(project, main.href))).toContain('is the project’s database itself')
    const found = await withShadow(project, main.href)
    const elsewhere: Target | null = found.shadow && { ...found.shadow, identity: 'postgresql://through-a-tunnel:6432/shop' }
    expect(await guard({ ...found, shadow: elsewhere })).toContain(', by another name')
    main.searchParams.set('schema', 'shadow')
    const other = await withShadow(project, main.href)
    expect(await guard(other)).toBe('goes on')
    expect(await guard({ ...other, schemas: ['public', 'shadow'] })).toContain('is the project’s database itself')
  })

  it('a protected one: refused', async () => {
    const { server, shadow, project } = await setUp()
    const found = await withShadow(project, server.url(shadow))
    const config = configSchema.parse({ environments: { live: { databases: [shadow], protected: true } } })
    expect(await guard(found, config)).toContain('is protected by the configuration (environments.live)')
    await query(
      server,
      shadow,
      `CREATE SCHEMA safe_migrate; CREATE TABLE safe_migrate.protection (protected_by text, protected_at timestamptz, reason text); INSERT INTO safe_migrate.protection VALUES ('ada', now(), 'live')`,
    )
    expect(await guard(found)).toMatch(/is protected since \S+ by ada: live/)
  })
})

it('SQLite: the same file by whatever path is the same database', async () => {
  const fixture = await makeProject({ prisma: 7, database: 'sqlite' })
  onTestFinished(() => fixture.cleanup())
  symlinkSync(fixture.databaseName, path.join(fixture.dir, 'linked.db'))
  linkSync(fixture.databaseName, path.join(fixture.dir, 'hard.db'))
  for (const [url, outcome] of [
    ['file:./dev.db', 'is the project’s database itself'],
    ['file:./linked.db', 'is the project’s database itself'],
    ['file:./hard.db', 'by another name'],
    ['file:./shadow.db', 'goes on'],
  ] as const) {
    fixture.write('prisma.config.ts', `export default { datasource: { url: 'file:./dev.db', shadowDatabaseUrl: '${url}' } }\n`)
    expect(await guard(await resolveProject({ cwd: fixture.dir, environment: {} }))).toContain(outcome)
  }
})
