import type { SqlSource } from '../../sql/statement.js'
import type { Connection, Migrating, MigratingSession, Row } from '../database.js'
import { PRISMA_LOCK } from './prisma-lock.js'
import { isClient } from './sessions-sql.js'

/** Shorter texts say nothing of where they come from. */
const LEAST_TEXT = 12

// A client that is killed does not end the statement that the server runs for it, nor what comes after it in the same text.
// https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL
const SESSIONS = `SELECT a.pid, a.usename, host(a.client_addr) AS client, a.state, a.query,
    a.backend_type IS NULL AS hidden,
    to_char(coalesce(a.query_start, a.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS since,
    EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted AND l.database = a.datid
      AND l.classid = 0 AND l.objid = ${PRISMA_LOCK} AND l.objsubid = 1) AS locks
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND ${isClient('a')} AND a.pid <> pg_backend_pid() ORDER BY a.pid`

/** Sessions that hold Prisma's own lock, or run SQL of these migrations (that lock can be switched off). */
export async function findMigrating(connection: Connection, migrations: readonly SqlSource[]): Promise<Migrating> {
  const rows = await connection.query(SESSIONS)
  return {
    sessions: rows.filter((row) => row.locks === true || isOfMigration(row, migrations)).map(describe),
    unseen: rows.some(({ hidden }) => hidden === true) ? UNSEEN : null,
  }
}

const UNSEEN = 'which this user cannot see: what other users run is hidden from it (pg_read_all_stats)'

/** The server cuts long texts off. */
function isOfMigration({ state, query }: Row, migrations: readonly SqlSource[]): boolean {
  const text = String(query ?? '')
    .trim()
    .replace(/;$/, '')
  return state !== 'idle' && text.length >= LEAST_TEXT && migrations.some(({ sql }) => sql.includes(text))
}

function describe({ pid, usename, client, since, query, hidden }: Row): MigratingSession {
  const end = `SELECT pg_terminate_backend(${String(pid)});`
  const who = `server process ${String(pid)} of user ${String(usename ?? 'unknown')}`
  if (hidden === true) return { description: `${who}: it holds the lock of Prisma, and the rest is hidden from this user`, end }
  const from = client === null ? 'a local socket' : String(client)
  const text = String(query ?? '')
    .trim()
    .replaceAll(/\s+/g, ' ')
  const shown = text.length <= 80 ? text : `${text.slice(0, 79)}…`
  return {
    description: `${who} from ${from}, since ${String(since)}: ${shown || 'nothing to be seen'}`,
    end,
  }
}
