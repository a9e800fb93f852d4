import type { Connection, Target } from '../../../databases/database.js'
import { MAINTENANCE_DATABASE } from '../../../databases/postgresql/connection.js'
import { messageOf } from '../../../errors.js'
import type { DatabaseProperties } from './database-file.js'
import { propertiesSql } from './database-sql.js'
import { firstRow, withMaintenance } from './maintenance.js'
import { readProperties } from './read-database.js'

/** What this role may do with the database as a whole. `why` is for people: what is not allowed. */
export type DatabaseRights = { readonly allowed: true } | { readonly allowed: false; readonly why: string }

/** Whether this role may create a copy of the database and rename it. https://www.postgresql.org/docs/current/sql-alterdatabase.html */
export async function readCopyRights(connection: Connection, database: string, owner: string): Promise<DatabaseRights> {
  const row = firstRow(
    await connection.query(
      `SELECT current_user AS role, rolsuper, rolcreatedb,
         EXISTS (SELECT FROM pg_database d WHERE d.datname = $1 AND NOT pg_has_role(d.datdba, 'MEMBER')) AS foreign_database,
         EXISTS (SELECT FROM pg_roles o WHERE o.rolname = $2) AS owner_exists,
         EXISTS (SELECT FROM pg_roles o WHERE o.rolname = $2 AND NOT pg_has_role(o.oid, 'MEMBER')) AS foreign_owner
       FROM pg_roles WHERE rolname = current_user`,
      [database, owner],
    ),
  )
  const role = String(row.role)
  if (row.owner_exists !== true) return refuse(`the owner of the database, role ${owner}, does not exist on this server`)
  if (row.rolsuper === true) return { allowed: true }
  if (row.rolcreatedb !== true) return refuse(`role ${role} may not create databases (CREATEDB)`)
  if (row.foreign_database === true || row.foreign_owner === true) return refuse(`role ${role} does not own the database "${database}"`)
  return { allowed: true }
}

/** Whether a new database can be made like the snapshot's and put in the place of the target's. Tries it where it can be undone; changes nothing. */
export async function readSwapRights(target: Target, properties: DatabaseProperties): Promise<DatabaseRights> {
  // Where others connect to create databases, and where our own lock is held.
  if (target.name === MAINTENANCE_DATABASE) return refuse(`the database "${target.name}" is the server's maintenance database`)
  try {
    return await withMaintenance(target, async (connection) => {
      const rights = await readCopyRights(connection, target.name, properties.owner)
      if (!rights.allowed || (await readProperties(connection, target.name)) === null) return rights
      return tryProperties(connection, target.name, properties)
    })
  } catch (error) {
    return refuse(messageOf(error))
  }
}

async function tryProperties(connection: Connection, database: string, properties: DatabaseProperties): Promise<DatabaseRights> {
  await connection.query('BEGIN')
  try {
    for (const sql of propertiesSql(database, properties)) await connection.query(sql)
    return { allowed: true }
  } catch (error) {
    return refuse(`settings of the database cannot be made again: ${messageOf(error)}`)
  } finally {
    await connection.query('ROLLBACK')
  }
}

function refuse(why: string): DatabaseRights {
  return { allowed: false, why }
}
