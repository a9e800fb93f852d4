import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { expect } from 'vitest'
import type { Connection, Rename } from '../../src/databases/database.js'
import type { Fingerprint } from '../../src/databases/fingerprint.js'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import type { Prediction } from '../../src/rules/finding.js'
import { compareDatabases, compareFingerprints } from '../../src/verify/compare.js'
import type { Difference } from '../../src/verify/difference.js'
import { describeTables } from '../../src/verify/table-figures.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'

export interface Experiment {
  readonly setup: string
  /** Runs on a connection of its own, as Prisma's would. */
  readonly migration: string
  /** What another session does after the database was read and before the migration begins. */
  readonly meanwhile?: string
  readonly predictions?: readonly Prediction[]
  readonly renames?: readonly Rename[]
  /** Names of the tables that the migration touches; all by default. */
  readonly touched?: readonly string[]
}

export interface Outcome {
  readonly before: Fingerprint
  readonly after: Fingerprint
  /** With the rows of before at hand. */
  readonly differences: readonly Difference[]
  /** From the fingerprints alone. */
  readonly digestsOnly: readonly Difference[]
}

/** Messages of the alarms: what was lost and not predicted. */
export function alarms(differences: readonly Difference[]): string[] {
  return differences.filter((one) => one.weight === 'loss' && one.cause === 'unpredicted').map((one) => one.message)
}

export interface OpenDatabase {
  readonly connection: Connection
  run(sql: string): Promise<void>
  /** Keeps every table as it is now, as the snapshot engines do. */
  keep(before: Fingerprint): Promise<Parameters<typeof compareDatabases>[0]['openTable']>
  /** The same moment as a snapshot that holds the rows themselves has it, where there is such a thing. */
  name?(): Promise<Fingerprint>
  close(): Promise<void>
}

/** Runs a migration on a real database and compares before with after. */
export async function experiment(
  open: () => Promise<OpenDatabase>,
  { setup, meanwhile, migration, predictions = [], renames = [], touched }: Experiment,
): Promise<Outcome> {
  const database = await open()
  try {
    await database.run(setup)
    const { connection } = database
    const before = await connection.database.fingerprint(connection)
    const openTable = await database.keep(before)
    const named = await database.name?.()
    if (meanwhile !== undefined) await database.run(meanwhile)
    const begun = await connection.database.comparison.readMoment(connection)
    await database.run(migration)
    const after = await connection.database.fingerprint(connection, { reference: before, renames })
    const findings = [{ predictions }]
    const tables = touched?.map((table) => ({ schema: connection.target.schema, table, mayInsert: true }))
    const expectations = {
      findings,
      renames,
      begun,
      touched: tables === undefined ? ({ kind: 'all', why: 'a test' } as const) : ({ kind: 'some', tables } as const),
      mentioned: migration.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? [],
    }
    const expected = {
      findings,
      renames,
      isTouched: (_: string | null, table: string) => touched?.includes(table) ?? true,
      mentions: () => false,
    }
    const differences = await compareDatabases({ before, after, expectations, connection, openTable })
    if (named !== undefined) {
      // What digests tell, comparing with the rows themselves must tell too.
      const beside = await connection.database.fingerprint(connection, { reference: named, renames })
      expect(await compareDatabases({ before: named, after: beside, expectations, connection, openTable })).toEqual(differences)
      expect(describeTables(named, beside, expectations)).toEqual(describeTables(before, after, expectations))
    }
    return { before, after, differences, digestsOnly: compareFingerprints(before, after, expected, connection.target.schema) }
  } finally {
    await database.close()
  }
}

/** `schema`: of the URL. */
export async function openPostgresql(schema = 'public'): Promise<OpenDatabase> {
  const server = await postgresqlServer()
  const name = await server.createDatabase()
  const target = postgresql.readTarget(server.url(name, { schema }), { fileBase: '/', root: '/' })
  const connection = await postgresql.connect(target)
  const beside = await postgresql.connect(target)
  return {
    connection,
    run: async (sql) => {
      await server.query(name, sql)
    },
    keep: (before) => keepTables(beside, before),
    close: async () => {
      await connection.close()
      await beside.close()
      await server.dropDatabase(name)
    },
  }
}

/** Copies every table for the time of the session. */
export async function keepTables(beside: Connection, before: Fingerprint): Promise<Parameters<typeof compareDatabases>[0]['openTable']> {
  for (const [index, table] of before.tables.entries()) {
    const columns = table.columns.map(
      (column) => `${pg.escapeIdentifier(column.name)}${isOwnType(column.type) ? '::text' : ''} AS ${pg.escapeIdentifier(column.name)}`,
    )
    const from = `${table.members === undefined ? 'ONLY ' : ''}${pg.escapeIdentifier(table.schema ?? '')}.${pg.escapeIdentifier(table.name)}`
    await beside.query(`CREATE TEMPORARY TABLE kept_${index} AS SELECT ${columns.join(', ')} FROM ${from}`)
  }
  return async ({ schema, name: table }) => {
    const index = before.tables.findIndex((one) => one.schema === schema && one.name === table)
    return { connection: beside, sqlName: `pg_temp.kept_${index}`, close: async () => {} }
  }
}

/** Enums, domains and composite types of the user: the snapshot engines give them as text. */
const isOwnType = (type: string): boolean => type.includes('.')

export async function openSqlite(): Promise<OpenDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'safe-migrate-test-'))
  const file = join(folder, 'dev.db')
  const copy = join(folder, 'kept.db')
  new Sqlite(file).close()
  const connection = await sqlite.connect(sqlite.readTarget(`file:${file}`, { fileBase: folder, root: folder }))
  return {
    connection,
    run: async (sql) => {
      const handle = new Sqlite(file)
      handle.exec(sql)
      handle.close()
    },
    name: () => connection.database.fingerprint(connection, { rowsIn: copy }),
    keep: async () => {
      const handle = new Sqlite(file)
      handle.prepare('VACUUM INTO ?').run(copy)
      handle.close()
      return async ({ name }) => {
        const beside = await sqlite.connect(connection.target)
        await beside.query('ATTACH ? AS kept', [copy])
        return { connection: beside, sqlName: `kept.${sqlite.quoteName(name)}`, close: () => beside.close() }
      }
    },
    close: async () => {
      await connection.close()
      rmSync(folder, { recursive: true })
    },
  }
}
