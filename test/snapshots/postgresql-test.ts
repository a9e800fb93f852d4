import { execa } from 'execa'
import pg from 'pg'
import type { PostgresqlServer } from '../helpers/postgresql-server.js'

/** The whole database as pg_dump prints it, settings of the database itself included; the same text for the same contents. */
export async function printDatabase(server: PostgresqlServer, database: string): Promise<string> {
  const url = new URL(server.url(database))
  const env = { PGHOST: url.hostname, PGPORT: url.port, PGUSER: url.username, PGPASSWORD: url.password, PGDATABASE: database }
  const { stdout } = await execa('pg_dump', ['--create', '--no-sync'], { env })
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '')
}

export async function databaseNames(server: PostgresqlServer, like: string): Promise<string[]> {
  const rows = await server.query<{ datname: string }>(
    'postgres',
    'SELECT datname FROM pg_database WHERE starts_with(datname::text, $1) ORDER BY 1',
    [like],
  )
  return rows.map((row) => row.datname)
}

/** A connection of somebody else. */
export async function connectAs(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name })
  client.on('error', () => {})
  await client.connect()
  return client
}
