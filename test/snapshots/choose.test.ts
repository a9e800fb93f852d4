import { afterEach, describe, expect, test } from 'vitest'
import { chooseEngine } from '../../src/snapshots/choose.js'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { dumpablePostgresqlServer, newerPostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { postgresqlSuite } from './postgresql-suite.js'
import { connectAs } from './postgresql-test.js'
import { failureOf, saidBy, temporaryFolder } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('the choice of a PostgreSQL engine')
const newer = await newerPostgresqlServer('the choice of an engine for a PostgreSQL newer than pg_dump')

const before = process.env.SAFE_MIGRATE_PG_BIN
afterEach(() => {
  if (before === undefined) delete process.env.SAFE_MIGRATE_PG_BIN
  else process.env.SAFE_MIGRATE_PG_BIN = before
})

describe.skipIf(server === null)('the engine for a PostgreSQL server', () => {
  const setUp = postgresqlSuite(server as PostgresqlServer)

  test('dev, on this machine, nobody else there: a copy inside the server', async () => {
    const { context } = await setUp('')
    const choice = await chooseEngine(context, 'dev')
    expect(choice.engine.id).toBe('pg-template')
    expect(choice.why).toMatch(
      /pg-template copies the \d+(\.\d)? MB of the database inside the server.*pg-dump could do it too, pg-template comes first/,
    )
    expect(choice.rejected.map((one) => one.id)).toEqual(['pg-dump', 'copy'])
  })

  test('deploy: a dump, with the pg_dump that is nearest to the server', async () => {
    const { context } = await setUp('')
    const choice = await chooseEngine(context, 'deploy')
    expect(choice.engine.id).toBe('pg-dump')
    expect(choice.why).toMatch(/pg_dump \d+\.\d+ \(\/.*\) for the server, PostgreSQL \d+/)
  })

  test('dev, somebody else connected: a dump, and it says who', async () => {
    const { context, url } = await setUp('')
    const other = await connectAs(url, 'Prisma Studio')
    const choice = await chooseEngine(context, 'dev')
    expect(choice.engine.id).toBe('pg-dump')
    expect(choice.rejected).toEqual([
      { id: 'pg-template', why: expect.stringMatching(/others are connected.*Prisma Studio \(user \w+\), 1 session/) },
      { id: 'copy', why: expect.stringMatching(/^possible, but pg-dump is better here/) },
    ])
    await other.end()
  })

  test('no pg_dump anywhere: our own copy, and it says why', async () => {
    process.env.SAFE_MIGRATE_PG_BIN = temporaryFolder()
    const { context } = await setUp('')
    const choice = await chooseEngine(context, 'deploy')
    expect(choice.engine.id).toBe('copy')
    expect(choice.why).toMatch(/copy reads rows and schema of PostgreSQL \d+\.\d+ itself.*pg-dump not: there is no pg_dump here/)
    expect((await chooseEngine(context, 'dev')).engine.id).toBe('pg-template')
  })

  test('one that does not exist, or is not for this database', async () => {
    const { context } = await setUp('')
    const error = await failureOf(chooseEngine(context, 'deploy', 'sqlite-backup'))
    expect(error.code).toBe('usage')
    expect(saidBy(error)).toMatch(/no snapshot engine "sqlite-backup" for PostgreSQL[\s\S]*auto, pg-template, pg-dump/)
  })

  test('neither pg_dump nor the right to create databases: our own copy, and each of the others with its reason', async () => {
    process.env.SAFE_MIGRATE_PG_BIN = temporaryFolder()
    const there = server as PostgresqlServer
    const role = await there.createRole()
    const { name, context, store } = await setUp('', role.signIn)
    await there.query(name, `CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${role.name}`)
    const snapshot = await takeSnapshot(context, { store, reason: 'deploy' })
    expect(snapshot.manifest.engine).toBe('copy')
    expect(snapshot.choice.why).toMatch(/pg-template not: role plain_\w+ may not create databases.*pg-dump not: there is no pg_dump here/)
    await there.dropDatabase(name)
    await role.drop()
  })
})

describe.skipIf(newer === null)('the engine for a server newer than pg_dump', () => {
  const there = newer as PostgresqlServer
  const setUp = postgresqlSuite(there)

  test('is our own copy; it says exactly why, and it works', async () => {
    const { name, context, store } = await setUp(
      "CREATE TABLE t (id int PRIMARY KEY, v text, g text GENERATED ALWAYS AS (lower(v)) VIRTUAL); INSERT INTO t VALUES (1, 'A')",
    )
    const snapshot = await takeSnapshot(context, { store, reason: 'deploy' })
    expect(snapshot.manifest.engine).toBe('copy')
    expect(snapshot.choice.why).toMatch(
      /pg-dump not: pg_dump \d+\.\d+ is older than the server, PostgreSQL \d+(\.\d+)?, and would refuse it/,
    )
    await verifySnapshot(context, snapshot)
    await there.query(name, "UPDATE t SET v = 'B'")
    await restoreSnapshot(context, snapshot, { store })
    expect(await there.query(name, 'SELECT * FROM t')).toEqual([{ id: 1, v: 'A', g: 'a' }])
  })

  test('asked for a dump: an error that names both versions and what to install', async () => {
    const { context, store } = await setUp('')
    const error = await failureOf(takeSnapshot(context, { store, reason: 'deploy', engine: 'pg-dump' }))
    expect(saidBy(error)).toMatch(
      new RegExp(`is older than the server, PostgreSQL ${there.version}[\\s\\S]*postgresql-client-${there.major}`),
    )
  })

  test('asked for a copy inside the server while somebody else is connected: an error that says who', async () => {
    const { context, store, url } = await setUp('')
    const other = await connectAs(url, 'psql')
    const error = await failureOf(takeSnapshot(context, { store, reason: 'deploy', engine: 'pg-template' }))
    expect(saidBy(error)).toMatch(/pg-template: others are connected/)
    await other.end()
  })
})
