import { join } from 'node:path'
import { readLosses, toTableLosses } from '../../src/run/losses.js'
import { findEngine } from '../../src/snapshots/engines/index.js'
import { withSnapshotSource } from '../../src/snapshots/parts/part-source.js'
import type { SalvageSources } from '../../src/snapshots/salvage/open-salvage.js'
import { planSalvage, type Salvaged, type SalvagePlan, salvage } from '../../src/snapshots/salvage/salvage.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { compareDatabases } from '../../src/verify/compare.js'
import type { PostgresqlServer } from '../helpers/postgresql-server.js'
import { type PartsTest, partsSuite } from './parts-suite.js'
import { temporaryFolder } from './snapshot-test.js'

export interface SalvageTest extends PartsTest {
  /** Plans first, and fails when something else is done than was planned, unless the database is to refuse rows. */
  salvage(options?: {
    readonly all?: boolean
    readonly withoutAfter?: boolean
    readonly isRefused?: boolean
    readonly onCommit?: () => Promise<void>
  }): Promise<Salvaged>
  plan: never
}

export const SALVAGED = ['sqlite-backup', 'copy'] as const

interface Lost {
  readonly engine: (typeof SALVAGED)[number]
  /** Makes the database. */
  readonly sql: string
  readonly migration: string
  /** Written by users after the migration. */
  readonly since?: string
  /** Predictions of findings that were accepted. */
  readonly agreed?: readonly {
    effect: 'rows-lost' | 'values-changed' | 'column-gone'
    table: string
    column: string | null
    count: number
  }[]
  readonly renames?: readonly { schema: null; table: string; column: string | null; to: string }[]
}

/** A database before and after a migration, and what users wrote since. */
export function salvageSuite(server: PostgresqlServer) {
  const setUp = partsSuite(server)
  return async function lose({ engine, sql, migration, since, agreed = [], renames = [] }: Lost): Promise<Omit<SalvageTest, 'plan'>> {
    const there = await setUp(engine, sql)
    const { context, store } = there
    const { database } = context.project
    const before = await takeSnapshot(context, { store, reason: 'deploy', engine })
    const from = await database.comparison.readMoment(context.connection)
    await there.query(migration)
    const to = await database.comparison.readMoment(context.connection)
    const after = await database.fingerprint(context.connection, { reference: before.fingerprint, renames })
    const findings = [{ predictions: agreed.map((one) => ({ ...one, schema: null, column: one.column })) }]
    const differences = await compareDatabases({
      before: before.fingerprint,
      after,
      expectations: { findings, touched: { kind: 'all', why: 'a test' }, mentioned: [], renames },
      connection: context.connection,
      openTable: (table) => findEngine(engine).openTable(context, before, table),
    })
    const record = readLosses(differences, before.fingerprint, after, { renames })
    const left = await takeSnapshot(context, { store, reason: 'before restore', engine })
    if (since !== undefined) await there.query(since)
    const window = from === null || to === null ? null : { from, to, migrations: 1 }
    return {
      ...there,
      salvage: async ({ all = false, withoutAfter = false, isRefused = false, onCommit = async () => {} } = {}) => {
        const losses = toTableLosses(record, all)
        const request = { losses, window: withoutAfter ? null : window, isPrompt: true }
        const work = async (sources: SalvageSources) => {
          const planned = await planSalvage(context, sources, request)
          const done = await salvage(context, sources, {
            ...request,
            folder: join(temporaryFolder(), 'salvage'),
            confirm: async () => true,
            keep: async () => {},
            signal: new AbortController().signal,
            onCommit,
          })
          if (done.done === 'salvaged' && !isRefused && JSON.stringify(planned.tables) !== JSON.stringify(done.plan.tables))
            throw new Error(`${JSON.stringify(planned.tables)}\n${JSON.stringify(done.plan.tables)}`)
          return done
        }
        return withSnapshotSource(context, before, false, (then) =>
          withoutAfter
            ? work({ before: then, after: null })
            : withSnapshotSource(context, left, false, (now) => work({ before: then, after: now })),
        )
      },
    }
  }
}

/** `User: 2 rows, 1 name; not 1 row: …` */
export function numbersOf({ tables }: Pick<SalvagePlan, 'tables'>): Record<string, unknown> {
  return Object.fromEntries(
    tables.map(({ name, inserted, values, aside }) => [
      name,
      {
        ...(inserted > 0 ? { rows: inserted } : {}),
        ...Object.fromEntries(values.map(({ column, written }) => [column, written])),
        ...(aside.length > 0 ? { aside: aside.map(({ column, count, why }) => `${count} ${column ?? 'rows'}: ${why}`) } : {}),
      },
    ]),
  )
}
