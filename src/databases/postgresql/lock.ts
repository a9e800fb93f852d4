import type { Client } from 'pg'
import { messageOf, SafeMigrateError } from '../../errors.js'
import type { LockHolder, RunLock, Target } from '../database.js'
import { MAINTENANCE_DATABASE, openClient } from './connection.js'

/** First half of the lock's two-part key ("safe" as a number): tells our locks from others'. Prisma's own is the single key 72707369. */
const LOCK_CLASS = 0x73616665
/** Milliseconds between two tries. Waiting inside the server would leave a waiting query behind when this process is stopped. */
const POLL_INTERVAL = 250

/** A held lock. The server gives it up when the connection ends, however this process ends. */
export interface PostgresqlRunLock extends RunLock {
  /** The database whose connection holds it; when it is the migrated database itself, `CREATE DATABASE … TEMPLATE` and renames fail meanwhile. */
  readonly heldIn: string
  /** False when the connection was lost: the lock is gone and another run may start. */
  isHeld(): boolean
}

/** Advisory locks belong to one database: taken in the maintenance database where that is allowed, with a key made from the migrated database's name. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS */
export async function acquireLock(target: Target, wait: number): Promise<PostgresqlRunLock | LockHolder> {
  const { client, heldIn } = await openLockClient(target)
  try {
    // The idle connection must outlive any server default that ends idle sessions.
    await client.query("SELECT set_config('statement_timeout', '0', false)")
    await client.query('SET idle_session_timeout = 0').catch(() => {}) // unknown before PostgreSQL 14
    if (await tryUntil(client, target.name, Date.now() + wait)) return makeLock(client, target.name, heldIn)
    const description = await describeHolder(client, target.name)
    await client.end().catch(() => {})
    return { description }
  } catch (error) {
    await client.end().catch(() => {})
    throw new SafeMigrateError({
      code: 'locked',
      message: `The lock on ${target.label} could not be taken.`,
      why: messageOf(error),
      cause: error,
    })
  }
}

async function openLockClient(target: Target): Promise<{ readonly client: Client; readonly heldIn: string }> {
  try {
    return { client: await openClient(target, { database: MAINTENANCE_DATABASE }), heldIn: MAINTENANCE_DATABASE }
  } catch {
    return { client: await openClient(target), heldIn: target.name }
  }
}

async function tryUntil(client: Client, name: string, deadline: number): Promise<boolean> {
  for (;;) {
    const result = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken', [LOCK_CLASS, name])
    if (result.rows[0]?.taken === true) return true
    const left = deadline - Date.now()
    if (left <= 0) return false
    await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_INTERVAL, left)))
  }
}

/** Methods of the driver that its types leave out. */
type Unreferenced = Client & { ref(): void; unref(): void }

function makeLock(client: Client, name: string, heldIn: string): PostgresqlRunLock {
  let isHeld = true
  client.on('end', () => {
    isHeld = false
  })
  // The run's own connections keep the process alive while it works; this one must not keep it alive when they are done.
  ;(client as Unreferenced).unref()
  return {
    heldIn,
    isHeld: () => isHeld,
    release: async () => {
      if (!isHeld) return
      isHeld = false
      ;(client as Unreferenced).ref()
      await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LOCK_CLASS, name]).catch(() => {})
      await client.end().catch(() => {})
    },
  }
}

async function describeHolder(client: Client, name: string): Promise<string> {
  const result = await client.query<{
    pid: number
    usename: string | null
    application_name: string | null
    client: string | null
    since: string | null
  }>(
    `SELECT a.pid, a.usename, a.application_name, host(a.client_addr) AS client, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS since
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = $1::bigint::oid AND l.objid = (hashtext($2)::bigint & 4294967295)::oid
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [LOCK_CLASS, name],
  )
  const holder = result.rows[0]
  if (holder === undefined) return 'another safe-migrate run, which has just ended'
  const from = holder.client === null ? 'a local socket' : holder.client
  return `${holder.application_name || 'a program'} of user ${holder.usename ?? 'unknown'} from ${from}, server process ${holder.pid}, since ${holder.since ?? 'unknown'}`
}
