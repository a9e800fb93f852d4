import type { Fingerprint } from '../../../databases/fingerprint.js'
import type { AdoptedDatabase, SnapshotContext } from '../../snapshot.js'
import { readHistoryFrom } from '../../snapshot-history.js'
import { takeFingerprint } from '../../take-fingerprint.js'
import { writeDatabaseFile } from './database-file.js'
import { withDatabase } from './maintenance.js'
import { readDatabase, readProperties } from './read-database.js'
import { setConnectable } from './template-access.js'

/** Describes a database that a restore has set aside as a snapshot of the engine pg-template; nothing is copied. */
export async function adoptDatabase(context: SnapshotContext, name: string, folder: string): Promise<AdoptedDatabase> {
  return { engine: 'pg-template', ...(await describeDatabase(context, name, folder, name)) }
}

/** Nobody can connect to it any more, which also marks it as listed: not before it is. */
export async function closeDatabase(context: SnapshotContext, name: string): Promise<void> {
  await setConnectable(context.project.target, name, false)
}

export interface DescribedDatabase {
  readonly serverVersion: string
  readonly fingerprint: Fingerprint
  readonly history: AdoptedDatabase['history']
  readonly details: { readonly database: string; readonly databaseBytes: number }
}

/** Reads fingerprint and description of a database on the server and writes the latter into `folder`; its settings and privileges are taken from `original`, since copies have none. */
export async function describeDatabase(
  context: SnapshotContext,
  name: string,
  folder: string,
  original: string,
): Promise<DescribedDatabase> {
  return withDatabase(context.project.target, name, async (connection) => {
    const fingerprint = await takeFingerprint(context, connection)
    const database = await readDatabase(connection)
    const properties = await readProperties(connection, original)
    const [size] = await connection.query('SELECT pg_database_size(current_database())::text AS bytes')
    await writeDatabaseFile(folder, { ...database, properties: properties ?? database.properties })
    return {
      serverVersion: connection.serverVersion,
      fingerprint,
      history: await readHistoryFrom(connection),
      details: { database: name, databaseBytes: Number(size?.bytes ?? 0) },
    }
  })
}
