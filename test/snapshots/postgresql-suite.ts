import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { openStore } from '../../src/snapshots/store.js'
import type { PostgresqlServer } from '../helpers/postgresql-server.js'
import { databaseNames } from './postgresql-test.js'
import { openContext, projectOn, type TestContext, temporaryFolder } from './snapshot-test.js'

/** Databases and contexts of one test file; whatever begins with a database's name is dropped after each test. */
export function postgresqlSuite(server: PostgresqlServer) {
  const open: TestContext[] = []
  const databases: string[] = []
  afterEach(async () => {
    for (const context of open.splice(0)) await context.close()
    for (const name of databases.splice(0)) for (const one of await databaseNames(server, name)) await server.dropDatabase(one)
  })
  return async function setUp(
    sql: string,
    change: (url: string) => string = (url) => url,
    name = `snap_${randomBytes(5).toString('hex')}`,
  ) {
    databases.push(await server.createDatabase(name))
    if (sql !== '') await server.query(name, sql)
    const url = change(server.url(name))
    const root = temporaryFolder()
    const context = await openContext(projectOn('postgresql', url, root))
    open.push(context)
    return { name, url: url, root, context, store: openStore(join(root, 'snapshots')) }
  }
}
