import { targetOfDatabase } from '../../../databases/postgresql/connection.js'
import type { Scratch, SnapshotContext } from '../../snapshot.js'
import { verifyDatabaseName } from './database-names.js'
import { dropDatabase } from './drop-database.js'

/** Another database on the project's server. One run at a time holds the lock, so one name is enough. */
export async function makeScratchDatabase({ project: { target } }: SnapshotContext): Promise<Scratch> {
  const name = verifyDatabaseName(target.name)
  return { target: targetOfDatabase(target, name), remove: () => dropDatabase(target, name) }
}
