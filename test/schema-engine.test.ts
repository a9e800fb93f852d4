import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeProject, type ProjectOptions, type TestProject } from './helpers/make-project.js'
import { newerPostgresqlServer, postgresqlServer } from './helpers/postgresql-server.js'

const projects: TestProject[] = []
afterEach(async () => {
  for (const project of projects.splice(0)) await project.cleanup()
})

async function make(options: ProjectOptions): Promise<TestProject> {
  const project = await makeProject(options)
  projects.push(project)
  return project
}

const HISTORY = 'SELECT migration_name, finished_at, logs, applied_steps_count FROM _prisma_migrations ORDER BY started_at'

/** Fails at the third statement; the dollar quotes hide a semicolon that is none. */
const FAILS_HALFWAY = `-- first
CREATE TABLE first (a INTEGER, b TEXT);
-- second
INSERT INTO first VALUES (1, 'a;b');
-- third
INSERT INTO first VALUES (1 / 0, 'c'), (2);
CREATE TABLE never (a INTEGER);
`

describe('a migration that fails half-way on PostgreSQL', () => {
  it('stays half applied with Prisma 7.10, which sends statement after statement', async () => {
    const project = await make({ prisma: 7, database: 'postgresql', base: 'empty', migrations: [{ name: '1_half', sql: FAILS_HALFWAY }] })
    const { exitCode, stderr, stdout } = await project.prisma('migrate', 'deploy')
    expect(exitCode).toBe(1)
    expect(stdout).toContain('Applying migration `1_half`')
    expect(stderr).toContain('Error: P3018\n\nA migration failed to apply.')
    expect(stderr).toContain(
      'Migration name: 1_half\n\nDatabase error code: 42601\n\nDatabase error:\nERROR: VALUES lists must all be the same length\n\nPosition:',
    )
    expect(await project.query('SELECT * FROM first')).toEqual([{ a: 1, b: 'a;b' }])
    expect(await project.query(HISTORY)).toMatchObject([
      {
        migration_name: '1_half',
        finished_at: null,
        applied_steps_count: 0,
        logs: expect.stringContaining('VALUES lists must all be the same length'),
      },
    ])
  })

  it('is rolled back with Prisma 6.19, which sends the file as one query', async () => {
    const project = await make({ prisma: 6, database: 'postgresql', base: 'empty', migrations: [{ name: '1_half', sql: FAILS_HALFWAY }] })
    const { exitCode, stderr } = await project.prisma('migrate', 'deploy')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('Error: P3018')
    expect(stderr).toContain('ERROR: VALUES lists must all be the same length')
    await expect(project.query('SELECT * FROM first')).rejects.toThrow('"first" does not exist')
    expect(await project.query(HISTORY)).toMatchObject([{ migration_name: '1_half', finished_at: null }])
  })
})

describe('statements on PostgreSQL', () => {
  const build = 'CREATE TABLE t (a INTEGER);\nCREATE INDEX CONCURRENTLY i ON t (a);\nCREATE INDEX CONCURRENTLY j ON t (a);'

  it('may be ones that no transaction allows, from Prisma 7.4 on', async () => {
    const project = await make({ prisma: 7, database: 'postgresql', base: 'empty', migrations: [{ name: '1_index', sql: build }] })
    expect((await project.prisma('migrate', 'deploy')).exitCode).toBe(0)
  })

  it('may not be such ones in a file of several with Prisma 6', async () => {
    const project = await make({ prisma: 6, database: 'postgresql', base: 'empty', migrations: [{ name: '1_index', sql: build }] })
    const { stderr } = await project.prisma('migrate', 'deploy')
    expect(stderr).toContain('Database error code: 25001')
    expect(stderr).toContain('CREATE INDEX CONCURRENTLY cannot run inside a transaction block')
  })

  it('keep semicolons in functions, DO blocks, strings and comments', async () => {
    const sql = `CREATE TABLE t (a TEXT); /* ; */
      CREATE FUNCTION f() RETURNS INTEGER LANGUAGE plpgsql AS $body$ BEGIN PERFORM 1; RETURN 2; END $body$;
      DO $$ BEGIN INSERT INTO t VALUES ('x;y'); INSERT INTO t VALUES (f()); END $$; -- ; the end
      INSERT INTO t VALUES ('ünïcode;'), (';')`
    for (const prisma of [6, 7] as const) {
      const project = await make({ prisma, database: 'postgresql', base: 'empty', migrations: [{ name: '1_t', sql }] })
      expect((await project.prisma('migrate', 'deploy')).output).toContain('successfully applied')
      expect(await project.query('SELECT a FROM t')).toEqual([{ a: 'x;y' }, { a: '2' }, { a: 'ünïcode;' }, { a: ';' }])
    }
  })

  it('are sent as one batch when the file cannot be parsed, so nothing stays', async () => {
    const sql = 'CREATE TABLE t (a INTEGER);\nCREATE TABEL u (a INTEGER);'
    const project = await make({ prisma: 7, database: 'postgresql', base: 'empty', migrations: [{ name: '1_t', sql }] })
    expect((await project.prisma('migrate', 'deploy')).stderr).toContain('syntax error at or near "TABEL"')
    expect(await project.query("SELECT relname FROM pg_class WHERE relname = 't'")).toEqual([])
  })

  it.each([
    'DO $$ BEGIN PERFORM 1; END $$',
    'DROP INDEX CONCURRENTLY IF EXISTS i',
    'CREATE SEQUENCE s; ALTER SEQUENCE s OWNED BY t.a',
    'LOCK TABLE t',
    'ALTER TABLE t SET UNLOGGED',
    'ALTER TABLE t ADD EXCLUDE (a WITH =)',
    "COMMENT ON FUNCTION now() IS 'x'",
  ])('are sent as one batch when the parser of Prisma does not know one of them: %s', async (statement) => {
    const sql = `CREATE TABLE t (a INTEGER);\n${statement};\nSELECT 1/0;`
    const project = await make({ prisma: 7, database: 'postgresql', base: 'empty', migrations: [{ name: '1_t', sql }] })
    expect((await project.prisma('migrate', 'deploy')).stderr).toContain('P3018')
    expect(await project.query("SELECT relname FROM pg_class WHERE relname = 't'")).toEqual([])
  })

  it('share a session and the transaction that the file opens', async () => {
    const sql =
      "BEGIN;\nSET LOCAL application_name = 'mine';\nCREATE TABLE t AS SELECT current_setting('application_name') AS a;\nCOMMIT;\nINSERT INTO t SELECT 1/0;"
    const project = await make({ prisma: 7, database: 'postgresql', base: 'empty', migrations: [{ name: '1_t', sql }] })
    expect((await project.prisma('migrate', 'deploy')).stderr).toContain('division by zero')
    expect(await project.query('SELECT * FROM t')).toEqual([{ a: 'mine' }])
  })

  it.each([6, 7] as const)('leave a transaction of their own open when they fail in it: Prisma %i then reports that', async (prisma) => {
    const sql = 'BEGIN;\nCREATE TABLE t (a INTEGER);\nSELECT 1/0;\nCOMMIT;'
    const project = await make({ prisma, database: 'postgresql', base: 'empty', migrations: [{ name: '1_t', sql }] })
    const { stderr, exitCode } = await project.prisma('migrate', 'deploy')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('current transaction is aborted, commands ignored until end of transaction block')
    expect(await project.query(HISTORY)).toMatchObject([{ migration_name: '1_t', finished_at: null, logs: null }])
  })
})

describe("the server's own words on PostgreSQL", () => {
  it('come with detail, hint and position', async () => {
    const sql = 'CREATE TABLE t (a INTEGER);\n\nINSERT INTO t VALUES (1), (1);\n-- comment\nCREATE UNIQUE INDEX i\n  ON t (a);'
    const project = await make({ prisma: 7, database: 'postgresql', base: 'empty', migrations: [{ name: '1_t', sql }] })
    const { stderr } = await project.prisma('migrate', 'deploy')
    expect(stderr).toContain(
      'Database error code: 23505\n\nDatabase error:\nERROR: could not create unique index "i"\nDETAIL: Key (a)=(1) is duplicated.',
    )
    expect(stderr).toContain(
      'DbError { severity: "ERROR", parsed_severity: Some(Error), code: SqlState(E23505), message: "could not create unique index \\"i\\""',
    )
  })
})

describe.each([
  { prisma: 7, database: 'postgresql' },
  { prisma: 7, database: 'sqlite' },
  { prisma: 6, database: 'postgresql' },
  { prisma: 6, database: 'sqlite' },
] as const)('the history with Prisma $prisma on $database', (fixture) => {
  it('stops at a failed migration until it is resolved', async () => {
    const project = await make({
      ...fixture,
      migrations: [{ name: '3_bad', sql: 'CREATE TABLE kept (a INTEGER);\nSELECT missing FROM nowhere;' }],
    })
    expect((await project.prisma('migrate', 'deploy')).stderr).toMatch(/P3018[\s\S]*nowhere/)
    expect((await project.prisma('migrate', 'deploy')).stderr).toMatch(/P3009[\s\S]*The `3_bad` migration started at .* failed/)
    expect((await project.prisma('migrate', 'status')).output).toContain('3_bad')
    const resolved = await project.prisma('migrate', 'resolve', '--rolled-back', '3_bad')
    expect(resolved.output).toContain('Migration 3_bad marked as rolled back.')
    project.addMigration('3_bad', 'CREATE TABLE better (a INTEGER);')
    expect((await project.prisma('migrate', 'deploy')).exitCode).toBe(0)
    expect((await project.prisma('migrate', 'resolve', '--rolled-back', '20240203040506_groups')).stderr).toContain('P3012')
  })

  it('takes a migration as applied', async () => {
    const project = await make({ ...fixture, migrations: [{ name: '3_manual', sql: 'SELECT never_run;' }] })
    expect((await project.prisma('migrate', 'resolve', '--applied', '3_manual')).output).toContain('Migration 3_manual marked as applied.')
    const { output, exitCode } = await project.prisma('migrate', 'deploy')
    expect(output).toContain('No pending migrations to apply.')
    expect(exitCode).toBe(0)
  })

  it('is not begun on a database that is not empty', async () => {
    const project = await make({ ...fixture, base: 'pending' })
    await project.query('CREATE TABLE stranger (a INTEGER)')
    const { stderr, exitCode } = await project.prisma('migrate', 'deploy')
    expect(stderr).toContain('P3005')
    expect(exitCode).toBe(1)
  })

  it('is compared with the schema', async () => {
    const project = await make(fixture)
    const target = fixture.prisma === 7 ? '--to-schema' : '--to-schema-datamodel'
    const source = fixture.prisma === 7 ? ['--from-config-datasource'] : ['--from-schema-datasource', 'prisma/schema.prisma']
    expect((await project.prisma('migrate', 'diff', ...source, target, 'prisma/schema.prisma', '--exit-code')).exitCode).toBe(0)
    await project.query('CREATE TABLE stranger (a INTEGER PRIMARY KEY)')
    const { stdout, exitCode } = await project.prisma(
      'migrate',
      'diff',
      ...source,
      target,
      'prisma/schema.prisma',
      '--script',
      '--exit-code',
    )
    expect(stdout).toContain('DROP TABLE "stranger"')
    expect(exitCode).toBe(2)
  })
})

describe('SQLite', () => {
  it.each([6, 7] as const)('keeps the statements before the one that failed with Prisma %i, and says what SQLite said', async (prisma) => {
    const sql = 'CREATE TABLE t (a INTEGER NOT NULL UNIQUE);\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1);\nDROP TABLE t;'
    const project = await make({ prisma, database: 'sqlite', base: 'empty', migrations: [{ name: '1_t', sql }] })
    const { stderr, stdout, exitCode } = await project.prisma('migrate', 'deploy')
    expect(exitCode).toBe(1)
    expect(stdout).toContain('Applying migration `1_t`')
    expect(stderr).toContain('Error: P3018')
    expect(stderr).toContain('Migration name: 1_t\n\nDatabase error code: 2067\n\nDatabase error:\nUNIQUE constraint failed: t.a')
    expect(await project.query('SELECT * FROM t')).toEqual([{ a: 1 }])
    expect(await project.query(HISTORY)).toMatchObject([
      { finished_at: null, logs: expect.stringContaining('UNIQUE constraint failed: t.a') },
    ])
  })
})

describe('locks', () => {
  it.each([6, 7] as const)('of another migration make Prisma %i give up after ten seconds on PostgreSQL', async (prisma) => {
    const project = await make({ prisma, database: 'postgresql', base: 'pending' })
    const holder = project.query('SELECT pg_advisory_lock(72707369), pg_sleep(60)').then(
      () => 'released',
      (error: Error) => error.message,
    )
    await expect.poll(() => project.query(`SELECT 1 FROM pg_locks WHERE objid = 72707369 AND granted`)).toHaveLength(1)
    const started = Date.now()
    const { stderr, exitCode } = await project.prisma('migrate', 'deploy')
    expect(Date.now() - started).toBeGreaterThan(9_500)
    expect(stderr).toContain('P1002')
    expect(stderr).toContain('Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)). Timeout: 10000ms.')
    expect(exitCode).toBe(1)
    await project.query(`SELECT pg_cancel_backend(pid) FROM pg_locks WHERE objid = 72707369 AND granted`)
    expect(await holder, 'Prisma gave up while the lock was held').toContain('canceling statement')
  })
})

describe('connections', () => {
  it('are refused with the reason', async () => {
    const server = await postgresqlServer()
    const project = await make({ prisma: 7, database: 'postgresql', base: 'empty' })
    const status = (url: string) => project.run('node_modules/.bin/prisma', ['migrate', 'status'], { env: { DATABASE_URL: url } })
    expect((await status('postgresql://nobody@127.0.0.1:1/x')).stderr).toContain("P1001: Can't reach database server at `127.0.0.1:1`")
    expect((await status(server.url('not there'))).stderr).toContain('P1003: Database `not there` does not exist')
  })

  it('create the database that is missing', async () => {
    const server = await postgresqlServer()
    const project = await make({ prisma: 7, database: 'postgresql', base: 'pending' })
    await server.dropDatabase(project.databaseName)
    const { stdout } = await project.prisma('migrate', 'deploy')
    expect(stdout).toContain(`PostgreSQL database ${project.databaseName} created at`)
    expect(await project.query('SELECT count(*)::int AS n FROM _prisma_migrations')).toEqual([{ n: 2 }])
  })

  it('go through sockets, with names and passwords that the URL has to encode', async () => {
    const server = await newerPostgresqlServer('connections through a socket')
    if (!server) return
    const project = await make({ prisma: 7, database: 'postgresql', base: 'pending', server })
    const [role, password] = [`üser/${process.pid}`, 'p@ss/w%:rd?#']
    await project.query(`CREATE ROLE "${role}" SUPERUSER LOGIN PASSWORD '${password}'`)
    const [row] = await project.query<{ dir: string }>("SELECT current_setting('unix_socket_directories') AS dir")
    const { port } = new URL(server.url())
    const connect = (secret: string) => {
      const authority = `${encodeURIComponent(role)}:${encodeURIComponent(secret)}@localhost:${port}`
      const url = `postgresql://${authority}/${project.databaseName}?host=${encodeURIComponent(row?.dir ?? '')}`
      return project.run('node_modules/.bin/prisma', ['migrate', 'deploy'], { env: { DATABASE_URL: url } })
    }
    expect((await connect(password)).output).toContain('All migrations have been successfully applied.')
    const refused = await connect('wrong')
    await project.query(`DROP OWNED BY "${role}" CASCADE; DROP ROLE "${role}"`)
    expect(refused.stderr).toContain('P1000: Authentication failed against database server')
  })

  it('use the schema of the URL', async () => {
    const server = await postgresqlServer()
    const project = await make({
      prisma: 7,
      database: 'postgresql',
      base: 'empty',
      migrations: [{ name: '1_t', sql: 'CREATE TABLE t (a INTEGER);' }],
    })
    const url = server.url(project.databaseName, { schema: 'Über uns' })
    await project.run('node_modules/.bin/prisma', ['migrate', 'deploy'], { env: { DATABASE_URL: url } })
    const tables = await project.query("SELECT schemaname AS s, tablename AS t FROM pg_tables WHERE schemaname = 'Über uns' ORDER BY 2")
    expect(tables).toEqual([
      { s: 'Über uns', t: '_prisma_migrations' },
      { s: 'Über uns', t: 't' },
    ])
  })
})

describe.each([
  { prisma: 7, database: 'postgresql' },
  { prisma: 6, database: 'sqlite' },
] as const)('the protocol, for Prisma $prisma on $database', ({ prisma, database }) => {
  it('empties a database on request', async () => {
    const project = await make({ prisma, database })
    const url = database === 'sqlite' ? `file:${project.databaseName}` : project.databaseUrl
    const request = { id: 1, jsonrpc: '2.0', method: 'reset', params: { filter: { externalTables: [], externalEnums: [] } } }
    const engine = project.env.PRISMA_SCHEMA_ENGINE_BINARY ?? ''
    const options = ['--datamodels', 'prisma/schema.prisma', '--datasource', JSON.stringify({ url })]
    const { stdout } = await project.run(engine, options, { input: `${JSON.stringify(request)}\n` })
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: null })
    await expect(project.query('SELECT * FROM users')).rejects.toThrow(/users/)
  })

  it('drops and creates a database', async () => {
    const project = await make({ prisma, database })
    const url = database === 'sqlite' ? `file:${project.databaseName}` : project.databaseUrl
    const command = (name: string) =>
      project.run(project.env.PRISMA_SCHEMA_ENGINE_BINARY ?? '', ['--datasource', JSON.stringify({ url }), 'cli', name])
    expect((await command('drop-database')).stderr).toContain('The database was successfully dropped.')
    expect((await command('can-connect-to-database')).stderr).toContain('"error_code":"P1003"')
    expect((await command('create-database')).stderr).toContain('was successfully created.')
    expect((await command('can-connect-to-database')).stderr).toContain('Connection successful')
    await expect(project.query('SELECT * FROM users')).rejects.toThrow(/users/)
  })
})

describe('a shadow database of the user', () => {
  it('is emptied before it is used', async () => {
    const server = await postgresqlServer()
    const project = await make({ prisma: 7, database: 'postgresql' })
    const shadow = await server.createDatabase()
    await server.query(shadow, 'CREATE TABLE users (precious TEXT)')
    const config = readFileSync(join(project.dir, 'prisma.config.ts'), 'utf8')
    project.write('prisma.config.ts', config.replace('datasource: {', `datasource: { shadowDatabaseUrl: '${server.url(shadow)}',`))
    const args = ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma', '--exit-code']
    const { output, exitCode } = await project.prisma(...args)
    expect(output).toContain('No difference detected.')
    expect(exitCode).toBe(0)
    await expect(server.query(shadow, 'SELECT precious FROM users')).rejects.toThrow('precious')
    await server.dropDatabase(shadow)
  })
})
