import { statSync } from 'node:fs'
import type SqliteDatabase from 'better-sqlite3'
import { messageOf, SafeMigrateError } from '../../errors.js'
import type { Connection, Database, Row, Target } from '../database.js'
import { type BoundedQueries, openBoundedQueries } from './bounded-queries.js'
import { readSocketTimeout } from './target.js'

/** A live connection that also shows the driver's handle, for backups and scans. */
export interface SqliteConnection extends Connection {
  readonly handle: SqliteDatabase.Database
}

/** Milliseconds to wait while another process writes, unless the URL says otherwise. */
const BUSY_TIMEOUT = 5000

/** @throws TypeError for a connection of another database, which is a bug of the caller's */
export function toSqlite(connection: Connection): SqliteConnection {
  if (isSqlite(connection)) return connection
  throw new TypeError(`Not a SQLite connection: ${connection.target.label}`)
}

function isSqlite(connection: Connection): connection is SqliteConnection {
  return connection.database.id === 'sqlite' && 'handle' in connection
}

/** Opens an existing file; never creates one. Integers come back as `bigint`. @throws SafeMigrateError `connection` */
export async function openConnection(database: Database, target: Target): Promise<SqliteConnection> {
  if (!fileExists(target)) {
    throw new SafeMigrateError({
      code: 'connection',
      message: `${target.label} does not exist.`,
      why: 'The connection URL names a file that is not there.',
      next: ['Correct the path in the connection URL; relative paths depend on the Prisma version.'],
    })
  }
  const handle = await openHandle(target)
  try {
    const version = handle.prepare('SELECT sqlite_version() AS version').pluck().get()
    // Reads the header: a file that is no database fails here, not later.
    handle.prepare('SELECT count(*) FROM sqlite_master').get()
    return makeConnection(database, target, handle, String(version))
  } catch (error) {
    handle.close()
    throw sqliteError(target, error)
  }
}

/** @throws SafeMigrateError `connection` when what is there is not a file */
export function fileExists(target: Target): boolean {
  const stats = statSync(target.name, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) {
    throw new SafeMigrateError({
      code: 'connection',
      message: `${target.label} is a folder, not a database file.`,
      next: ['Correct the path in the connection URL.'],
    })
  }
  return stats !== undefined
}

/** The same for every path and link that leads to this file. */
export function identifyFile(target: Target): string {
  const { dev, ino } = statSync(target.name, { bigint: true })
  return `${dev}/${ino}`
}

/** Turns what the driver threw into what a person can act on. */
export function sqliteError(target: Target, error: unknown): SafeMigrateError {
  if (error instanceof SafeMigrateError) return error
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  const parts = explain(target, code)
  return new SafeMigrateError({ code: 'connection', why: messageOf(error), cause: error, ...parts })
}

function explain(target: Target, code: string): { readonly message: string; readonly next: readonly string[] } {
  if (code === 'SQLITE_NOTADB')
    return { message: `${target.label} is not a SQLite database, or it is encrypted.`, next: ['Correct the path in the connection URL.'] }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return {
      message: `${target.label} is locked by another process.`,
      next: ['Stop the program that is writing to it, then run the command again.'],
    }
  }
  if (code.startsWith('SQLITE_CORRUPT'))
    return {
      message: `${target.label} is damaged.`,
      next: ['Look at it with: PRAGMA integrity_check', 'Restore a snapshot: safe-migrate snapshot list'],
    }
  return { message: `${target.label} cannot be opened.`, next: ['Check that this user may read and write the file and its folder.'] }
}

async function openHandle(target: Target): Promise<SqliteDatabase.Database> {
  const Driver = (await import('better-sqlite3')).default
  const seconds = readSocketTimeout(target.url.reveal())
  try {
    const handle = new Driver(target.name, { fileMustExist: true, timeout: seconds === null ? BUSY_TIMEOUT : seconds * 1000 })
    handle.defaultSafeIntegers(true)
    return handle
  } catch (error) {
    throw sqliteError(target, error)
  }
}

function makeConnection(database: Database, target: Target, handle: SqliteDatabase.Database, serverVersion: string): SqliteConnection {
  let bounded: { readonly queries: BoundedQueries; readonly timeout: number } | null = null
  const query = async (sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> =>
    bounded !== null && parameters.length === 0 ? bounded.queries.run(sql, bounded.timeout) : runSql(handle, sql, parameters)
  return {
    database,
    target,
    handle,
    serverVersion,
    query,
    // What a transaction of the caller's has done, no other process sees.
    readOnly: async (timeout, work) => {
      if (timeout === 0 || handle.inTransaction) return runReadOnly(handle, work)
      const queries = openBoundedQueries(target.name)
      bounded = { queries, timeout }
      try {
        return await work()
      } finally {
        bounded = null
        queries.close()
      }
    },
    close: async () => {
      handle.close()
    },
  }
}

/** Several statements in one text give no rows. */
function runSql(handle: SqliteDatabase.Database, sql: string, parameters: readonly unknown[]): readonly Row[] {
  const statement = prepareOne(handle, sql)
  if (statement === null) {
    handle.exec(sql)
    return []
  }
  if (statement.reader) return statement.all(...parameters).filter(isRow)
  statement.run(...parameters)
  return []
}

function prepareOne(handle: SqliteDatabase.Database, sql: string): SqliteDatabase.Statement | null {
  try {
    return handle.prepare(sql)
  } catch (error) {
    if (error instanceof RangeError && /more than one statement/.test(error.message)) return null
    throw error
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}

/** Inside a transaction of the caller's it adds only the guard against writing. https://www.sqlite.org/pragma.html#pragma_query_only */
async function runReadOnly<T>(handle: SqliteDatabase.Database, work: () => Promise<T>): Promise<T> {
  const isNested = handle.inTransaction
  if (!isNested) handle.exec('BEGIN')
  handle.pragma('query_only = ON')
  try {
    return await work()
  } finally {
    handle.pragma('query_only = OFF')
    if (!isNested && handle.inTransaction) handle.exec('ROLLBACK')
  }
}
