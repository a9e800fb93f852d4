import type { Target } from '../../../databases/database.js'
import { quoteIdentifier as quote } from '../../../util/names.js'
import type { Snapshot } from '../../snapshot.js'
import { withMaintenance } from './maintenance.js'

/** Name of the database that is a snapshot of the engine pg-template. */
export function templateOf(snapshot: Snapshot): string {
  return String(snapshot.manifest.details.database)
}

/** Nobody may connect to a template, so that nobody changes it; for the time of `work` it is allowed. */
export async function withTemplate<T>(target: Target, snapshot: Snapshot, work: (name: string) => Promise<T>): Promise<T> {
  const name = templateOf(snapshot)
  await setConnectable(target, name, true)
  try {
    return await work(name)
  } finally {
    await setConnectable(target, name, false)
  }
}

export async function setConnectable(target: Target, name: string, isAllowed: boolean): Promise<void> {
  await withMaintenance(target, async (connection) => {
    await connection.query(`ALTER DATABASE ${quote(name)} ALLOW_CONNECTIONS ${isAllowed}`)
  })
}
