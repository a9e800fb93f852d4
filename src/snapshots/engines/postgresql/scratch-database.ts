import { targetOfDatabase } from '../../../databases/postgresql/connection.js'
import { SafeMigrateError } from '../../../errors.js'
import type { Scratch, Snapshot, SnapshotContext } from '../../snapshot.js'
import { readDatabaseFile } from './database-file.js'
import { verifyDatabaseName } from './database-names.js'
import { dropDatabase } from './drop-database.js'
import { firstRow } from './maintenance.js'
import { readSwapRights } from './restore-rights.js'
import { requireRoomOnServer } from './server-room.js'

/**
 * Another database on the project's server. One run at a time holds the lock, so one name is enough.
 * @throws SafeMigrateError `snapshot` when this role may make none, or there is no room for it
 */
export async function makeScratchDatabase(context: SnapshotContext, snapshot: Snapshot): Promise<Scratch> {
  const { target } = context.project
  const name = verifyDatabaseName(target.name)
  const scratch = targetOfDatabase(target, name)
  const { properties } = await readDatabaseFile(snapshot)
  const rights = await readSwapRights(scratch, properties)
  if (!rights.allowed) throw notAllowed(target.label, rights.why)
  const { bytes } = firstRow(await context.connection.query('SELECT pg_database_size(current_database())::text AS bytes'))
  await requireRoomOnServer(context, context.connection, Number(bytes), { why: 'Nothing was changed.', next: ['Make room on the server.'] })
  return { target: scratch, remove: () => dropDatabase(target, name) }
}

function notAllowed(label: string, why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `No copy of ${label} can be made beside it: ${why}.`,
    why: 'The copy is a database of its own on the same server. Nothing was changed.',
    next: ['Use a role that may make one: ALTER ROLE … CREATEDB, and membership in the role that owns the database'],
  })
}
