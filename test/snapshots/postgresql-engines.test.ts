import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { verifySnapshot } from '../../src/snapshots/verify-snapshot.js'
import { dumpablePostgresqlServer, type PostgresqlServer } from '../helpers/postgresql-server.js'
import { everything } from './postgresql-everything.js'
import { databaseNames, printDatabase } from './postgresql-test.js'
import { openContext, projectOn, type TestContext, temporaryFolder } from './snapshot-test.js'

const server = await dumpablePostgresqlServer('snapshots of PostgreSQL')
const tag = randomBytes(3).toString('hex')
const [owner, reader] = [`owner_${tag}`, `reader_${tag}`]
const LOCALES = [
  ['icu', "LOCALE_PROVIDER = icu ICU_LOCALE = 'de-AT' LC_COLLATE = 'C' LC_CTYPE = 'C'"],
  ['another encoding', "ENCODING = 'LATIN1' LC_COLLATE = 'C' LC_CTYPE = 'C'"],
] as const
const open: TestContext[] = []
const databases: string[] = []

describe.skipIf(server === null)('PostgreSQL engines', () => {
  const there = server as PostgresqlServer
  beforeAll(async () => {
    await there.query('postgres', `CREATE ROLE ${owner}; CREATE ROLE ${reader}`)
  })
  afterEach(async () => {
    for (const context of open.splice(0)) await context.close()
    for (const name of databases.splice(0)) for (const one of await databaseNames(there, name)) await there.dropDatabase(one)
  })
  afterAll(async () => {
    await there.query('postgres', `DROP ROLE IF EXISTS ${owner}; DROP ROLE IF EXISTS ${reader}`)
  })

  async function setUp(sql: string, name = `snap '"\\ ${randomBytes(4).toString('hex')}`) {
    databases.push(await there.createDatabase(name))
    await there.query(name, sql)
    const context = await openContext(projectOn('postgresql', there.url(name), temporaryFolder()))
    open.push(context)
    return { name, context, store: openStore(join(context.project.root, 'snapshots')) }
  }

  const damage = `DROP TABLE "User" CASCADE; UPDATE a SET b_id = NULL; TRUNCATE log; CREATE TABLE more (id int); DROP SCHEMA "Other.Schema" CASCADE;
    ALTER TYPE "Role" RENAME TO "Rolle"; SELECT setval('lonely', 5); DROP EXTENSION hstore CASCADE; CREATE EXTENSION pg_trgm; CREATE SCHEMA later;
    DROP PUBLICATION some_tables; SELECT lo_unlink(oid) FROM pg_largeobject_metadata; DROP EVENT TRIGGER watch; ALTER TABLE parent ADD COLUMN more int`

  test.each(['pg-dump', 'pg-template', 'copy', 'json'])('%s brings everything back', async (engine) => {
    const { name, context, store } = await setUp(everything(owner, reader))
    const quoted = `"${name.replaceAll('"', '""')}"`
    await there.query(
      'postgres',
      `ALTER DATABASE ${quoted} SET search_path TO "$user", public, "Other.Schema"; ALTER DATABASE ${quoted} SET app.setting TO 'a ''b'' \\c, d';
      ALTER ROLE ${reader} IN DATABASE ${quoted} SET work_mem TO '5MB'; COMMENT ON DATABASE ${quoted} IS 'a ''comment'' \\'; GRANT CREATE ON DATABASE ${quoted} TO ${reader} WITH GRANT OPTION;
      REVOKE CONNECT ON DATABASE ${quoted} FROM PUBLIC; ALTER DATABASE ${quoted} OWNER TO ${owner}; ALTER DATABASE ${quoted} CONNECTION LIMIT 57`,
    )
    const before = await printDatabase(there, name)
    const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
    await verifySnapshot(context, snapshot)
    await there.query(name, damage)
    await there.query('postgres', `ALTER DATABASE ${quoted} RESET app.setting; GRANT CONNECT ON DATABASE ${quoted} TO PUBLIC`)
    const damaged = await printDatabase(there, name)
    expect(damaged).not.toBe(before)
    const { replacedSnapshot, notices } = await restoreSnapshot(context, snapshot, { store })
    expect(await printDatabase(there, name)).toBe(before)
    expect(notices).toEqual([])
    if (replacedSnapshot === null) throw new Error('nothing was kept')
    await restoreSnapshot(context, replacedSnapshot, { store })
    expect(await printDatabase(there, name)).toBe(damaged)
    // The first snapshot is still as good as new.
    await restoreSnapshot(context, snapshot, { store })
    expect(await printDatabase(there, name)).toBe(before)
  })

  test.each(['pg-dump', 'copy', 'json'].flatMap((engine) => LOCALES.map(([name, options]) => [engine, name, options] as const)))(
    '%s makes a database with the same locale and encoding again (%s)',
    async (engine, _name, options) => {
      const name = `snap_${randomBytes(5).toString('hex')}`
      await there.query(
        'postgres',
        `CREATE DATABASE ${name} TEMPLATE = template0 ${options.includes('ENCODING') ? '' : "ENCODING = 'UTF8'"} ${options}`,
      )
      databases.push(name)
      await there.query(name, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'Ärger'), (2, 'öde')")
      const context = await openContext(projectOn('postgresql', there.url(name), temporaryFolder()))
      open.push(context)
      const store = openStore(join(context.project.root, 'snapshots'))
      const before = await printDatabase(there, name)
      const snapshot = await takeSnapshot(context, { store, reason: 'manual', engine })
      await there.query(name, 'DROP TABLE t')
      await restoreSnapshot(context, snapshot, { store })
      expect(await printDatabase(there, name)).toBe(before)
      expect(await there.query(name, 'SELECT v FROM t ORDER BY v COLLATE "C" DESC LIMIT 1')).toEqual([{ v: 'öde' }])
    },
  )
})
