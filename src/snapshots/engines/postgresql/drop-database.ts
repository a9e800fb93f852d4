import type { Connection, Target } from '../../../databases/database.js'
import { quoteIdentifier as quote } from '../../../util/names.js'
import { majorOf, withMaintenance } from './maintenance.js'

/** Milliseconds to wait for a server process that was told to stop. */
const STOP_TIMEOUT = 10_000
const POLL_INTERVAL = 50

export async function hasDatabase(target: Target, name: string): Promise<boolean> {
  return withMaintenance(target, async (connection) => {
    return (await connection.query('SELECT FROM pg_database WHERE datname = $1', [name])).length > 0
  })
}

/**
 * Drops a database of ours if it is there, with everybody in it: when a run is killed, the server goes on creating its copy, and its
 * pg_restore goes on filling it. Never the project's own database.
 */
export async function dropDatabase(target: Target, name: string): Promise<void> {
  if (name === target.name) throw new Error(`refusing to drop ${name}: it is the project's own database`)
  await withMaintenance(target, async (connection) => {
    await stopCreation(connection, name)
    const force = majorOf(connection.serverVersion) >= 13 ? ' WITH (FORCE)' : ''
    await connection.query(`DROP DATABASE IF EXISTS ${quote(name)}${force}`)
  })
}

/** A database that is being created cannot be seen, hence not dropped, and would come into being afterwards. */
async function stopCreation(connection: Connection, name: string): Promise<void> {
  const deadline = Date.now() + STOP_TIMEOUT
  while (await isBeingCreated(connection, name, 'pg_terminate_backend(pid)')) {
    if (Date.now() > deadline) throw new Error(`the server is still creating the database ${name}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL))
  }
}

/** Whether the server goes on creating it for a process that was killed. @param select evaluated for each session that does */
export async function isBeingCreated(connection: Connection, name: string, select = 'pid'): Promise<boolean> {
  const rows = await connection.query(
    `SELECT ${select} FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND starts_with(query, $1)`,
    [`CREATE DATABASE ${quote(name)} `],
  )
  return rows.length > 0
}
