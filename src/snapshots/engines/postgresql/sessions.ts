import type { Connection } from '../../../databases/database.js'
import { formatQuantity } from '../../../util/format.js'

/** Somebody who is connected to a database. */
export interface DatabaseSession {
  readonly pid: number
  /** For people: `psql (user ada)`. */
  readonly description: string
}

/** Everybody connected to a database but the asking connection itself. Background workers of the server are named as such. */
export async function readSessions(connection: Connection, database: string): Promise<readonly DatabaseSession[]> {
  const rows = await connection.query(
    `SELECT pid, usename, application_name, backend_type FROM pg_stat_activity
     WHERE datname = $1 AND pid <> pg_backend_pid() AND (backend_type NOT LIKE 'autovacuum%' OR backend_type IS NULL AND usename IS NOT NULL) ORDER BY pid`,
    [database],
  )
  return rows.map((row) => {
    const program = row.application_name
      ? String(row.application_name)
      : row.backend_type === 'client backend' || row.backend_type === null
        ? 'a program'
        : String(row.backend_type)
    return { pid: Number(row.pid), description: row.usename ? `${program} (user ${row.usename})` : program }
  })
}

const POLL_INTERVAL = 50

/**
 * Waits for the others to leave: the server ends a session some milliseconds after its program, such as Prisma itself, is gone.
 * @param wait milliseconds
 * @returns who is still there
 */
export async function waitUntilAlone(connection: Connection, database: string, wait: number): Promise<readonly DatabaseSession[]> {
  for (const deadline = Date.now() + wait; ; ) {
    const sessions = await readSessions(connection, database)
    if (sessions.length === 0 || Date.now() >= deadline) return sessions
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL))
  }
}

/** Ends sessions. @throws when this role may not */
export async function terminateSessions(connection: Connection, sessions: readonly DatabaseSession[]): Promise<void> {
  await connection.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [sessions.map((session) => session.pid)])
}

/** `psql (user ada), 2 sessions`, one line for each kind. */
export function describeSessions(sessions: readonly DatabaseSession[]): string[] {
  const kinds = [...new Set(sessions.map((session) => session.description))]
  return kinds.map((kind) => `${kind}, ${formatQuantity(sessions.filter((session) => session.description === kind).length, 'session')}`)
}
