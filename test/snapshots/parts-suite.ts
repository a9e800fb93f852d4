import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { PartMode } from '../../src/snapshots/parts/part.js'
import { withSnapshotSource } from '../../src/snapshots/parts/part-source.js'
import { type PartOptions, type PartPlan, planParts, type RestoredParts, restoreParts } from '../../src/snapshots/restore-parts.js'
import type { Snapshot } from '../../src/snapshots/snapshot.js'
import { openStore, type Store } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import type { PostgresqlServer } from '../helpers/postgresql-server.js'
import { createSqliteDatabase } from '../helpers/project-database.js'
import { databaseNames } from './postgresql-test.js'
import { openContext, projectOn, type TestContext, temporaryFolder } from './snapshot-test.js'

export interface PartsTest {
  readonly context: TestContext
  readonly store: Store
  readonly isPostgresql: boolean
  readonly databaseName: string
  query(sql: string): Promise<Record<string, unknown>[]>
  take(): Promise<Snapshot>
  plan(snapshot: Snapshot, wanted: Wanted): Promise<PartPlan>
  /** Plans first, and fails when something else is done than was planned. */
  restore(snapshot: Snapshot, wanted: Wanted, onConfirm?: () => Promise<void>): Promise<RestoredParts>
}

export interface Wanted {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly mode?: PartMode
  readonly keys?: Readonly<Record<string, string>>
  readonly groups?: PartOptions['groups']
  readonly models?: PartOptions['models']
}

export const ENGINES = ['sqlite-backup', 'pg-dump', 'pg-template', 'copy', 'json'] as const

/** Databases with this SQL, for one test each. */
export function partsSuite(server: PostgresqlServer) {
  const open: TestContext[] = []
  const databases: string[] = []
  afterEach(async () => {
    for (const context of open.splice(0)) await context.close()
    for (const name of databases.splice(0)) for (const one of await databaseNames(server, name)) await server.dropDatabase(one)
  })
  return async function setUp(engine: (typeof ENGINES)[number], sql: string): Promise<PartsTest> {
    const root = temporaryFolder()
    const isPostgresql = engine !== 'sqlite-backup'
    const name = isPostgresql ? `parts_${randomBytes(5).toString('hex')}` : join(root, 'test.db')
    if (isPostgresql) databases.push(await server.createDatabase(name))
    else writeFileSync(name, '')
    const run = isPostgresql ? (text: string) => server.query(name, text) : createSqliteDatabase(name, 'file:./test.db').query
    await run(sql)
    const url = isPostgresql ? server.url(name) : 'file:./test.db'
    const context = await openContext(projectOn(isPostgresql ? 'postgresql' : 'sqlite', url, root))
    open.push(context)
    const store = openStore(join(root, 'snapshots'))
    const optionsOf = ({ only = [], skip = [], mode = 'replace', keys = {}, groups = {}, models = [] }: Wanted): PartOptions => ({
      request: {
        only,
        skip,
        mode,
        keys: Object.entries(keys).map(([table, key]) => ({ table: table === '' ? null : table, columns: key.split('+') })),
      },
      groups,
      models,
    })
    return {
      context,
      store,
      isPostgresql,
      databaseName: name,
      query: (text) => run(text) as Promise<Record<string, unknown>[]>,
      take: () => takeSnapshot(context, { store, reason: 'manual', engine }),
      plan: (snapshot, wanted) => withSnapshotSource(context, snapshot, false, (source) => planParts(context, source, optionsOf(wanted))),
      restore: async (snapshot, wanted, onConfirm = async () => {}) => {
        const confirm = () => onConfirm().then(() => true)
        const [planned, restored] = await withSnapshotSource(context, snapshot, false, async (source) => [
          await planParts(context, source, optionsOf(wanted)),
          await restoreParts(context, source, { ...optionsOf(wanted), store, confirm }),
        ])
        if (JSON.stringify(planned.tables) !== JSON.stringify(restored.plan.tables))
          throw new Error(`${JSON.stringify(planned.tables)}\n${JSON.stringify(restored.plan.tables)}`)
        return restored
      },
    }
  }
}

/** The numbers of each table, those that are zero left out. */
export function numbersOf(plan: PartPlan): Record<string, Record<string, number>> {
  return Object.fromEntries(
    plan.tables.map(({ name, inserted, overwritten, deleted, unchanged, orphans, remapped }) => [
      name,
      Object.fromEntries(Object.entries({ inserted, overwritten, deleted, unchanged, orphans, remapped }).filter(([, count]) => count > 0)),
    ]),
  )
}
