import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import type { Connection, Database, DatabaseId } from '../../../src/databases/database.js'
import type { Fingerprint } from '../../../src/databases/fingerprint.js'
import { postgresql } from '../../../src/databases/postgresql/postgresql.js'
import { sqlite } from '../../../src/databases/sqlite/sqlite.js'
import type { compareDatabases } from '../../../src/verify/compare.js'
import { postgresqlServer } from '../../helpers/postgresql-server.js'
import { keepTables } from '../lab.js'
import { type Contents, readPostgresql, readSqlite } from './contents.js'

/** One database for many cases, one after the other. */
export interface Arena {
  readonly database: Database
  /** The tool's own. */
  readonly connection: Connection
  /** What `keep` wrote, where that is a file. */
  readonly kept?: string
  /** Empties the database and runs `sql`. */
  setUp(sql: string): Promise<void>
  read(before?: readonly Contents[]): Promise<Contents[]>
  keep(before: Fingerprint): Promise<Parameters<typeof compareDatabases>[0]['openTable']>
  /** A session as Prisma's; each text is sent by itself, and the first error ends it. */
  run(texts: readonly string[]): Promise<{ readonly done: number; readonly error: string | null }>
  close(): Promise<void>
}

export function openArena(database: DatabaseId): Promise<Arena> {
  return database === 'sqlite' ? openSqliteArena() : openPostgresqlArena()
}

async function openPostgresqlArena(): Promise<Arena> {
  const server = await postgresqlServer()
  const name = await server.createDatabase()
  // Nothing here has to survive a crash.
  await server.query(name, `ALTER DATABASE "${name}" SET synchronous_commit = off`)
  const target = postgresql.readTarget(server.url(name), { fileBase: '/', root: '/' })
  const connection = await postgresql.connect(target)
  const beside = await postgresql.connect(target)
  const reader = new pg.Client({ connectionString: server.url(name) })
  await reader.connect()
  return {
    database: postgresql,
    connection,
    setUp: async (sql) => {
      await beside.query('DISCARD TEMP')
      await reader.query(`SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${sql}`)
    },
    read: (before) => readPostgresql(reader, before),
    keep: (before) => keepTables(beside, before),
    run: async (texts) => {
      const client = new pg.Client({ connectionString: server.url(name) })
      await client.connect()
      try {
        return await runAll(texts, async (text) => void (await client.query(text)))
      } finally {
        await client.end()
      }
    },
    close: async () => {
      await reader.end()
      await connection.close()
      await beside.close()
      await server.dropDatabase(name)
    },
  }
}

/** A new file each time. */
async function openSqliteArena(): Promise<Arena> {
  const folder = mkdtempSync(join(tmpdir(), 'safe-migrate-test-'))
  let file = ''
  let number = 0
  let connection: Connection | null = null
  const withHandle = <T>(work: (handle: Sqlite.Database) => T): T => {
    const handle = openFast(file)
    try {
      return work(handle)
    } finally {
      handle.close()
    }
  }
  return {
    database: sqlite,
    get connection() {
      if (connection === null) throw new TypeError('not set up')
      return connection
    },
    get kept() {
      return `${file}.kept`
    },
    setUp: async (sql) => {
      await connection?.close()
      for (const one of [file, `${file}.kept`]) rmSync(one, { force: true })
      file = join(folder, `${number++}.db`)
      withHandle((handle) => handle.exec(sql))
      connection = await sqlite.connect(sqlite.readTarget(`file:${file}`, { fileBase: folder, root: folder }))
    },
    read: async () => withHandle(readSqlite),
    keep: async () => {
      const copy = `${file}.kept`
      withHandle((handle) => handle.prepare('VACUUM INTO ?').run(copy))
      return async ({ name }) => {
        if (connection === null) throw new TypeError('not set up')
        const beside = await sqlite.connect(connection.target)
        await beside.query('ATTACH ? AS kept', [copy])
        return { connection: beside, sqlName: `kept.${sqlite.quoteName(name)}`, close: () => beside.close() }
      }
    },
    run: async (texts) => {
      const handle = openFast(file)
      try {
        return await runAll(texts, async (text) => void handle.exec(text))
      } finally {
        handle.close()
      }
    },
    close: async () => {
      await connection?.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Nothing here has to survive a crash. */
function openFast(file: string): Sqlite.Database {
  const handle = new Sqlite(file)
  handle.pragma('synchronous = off')
  return handle
}

async function runAll(texts: readonly string[], run: (text: string) => Promise<void>): Promise<{ done: number; error: string | null }> {
  for (const [done, text] of texts.entries()) {
    try {
      await run(text)
    } catch (error) {
      return { done, error: error instanceof Error ? error.message : String(error) }
    }
  }
  return { done: texts.length, error: null }
}
