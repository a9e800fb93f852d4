import type { Target } from '../../../databases/database.js'
import { freshDatabaseName, replacedDatabasePrefix } from './database-names.js'
import { dropDatabase } from './drop-database.js'
import { withMaintenance } from './maintenance.js'

/**
 * Databases that a killed restore of this target left, known by their names. Whoever asks holds the run lock, so nobody is filling one.
 * A replaced database that is listed as a snapshot accepts no connections: so those that do are not listed yet.
 */
export async function findLeftoverDatabases(
  target: Target,
): Promise<{ readonly disposable: readonly string[]; readonly replaced: readonly string[] }> {
  return withMaintenance(target, async (connection) => {
    const rows = await connection.query(
      'SELECT datname AS name, datname = $1 AS half_made FROM pg_database WHERE datname = $1 OR starts_with(datname::text, $2) AND datallowconn ORDER BY datname',
      [freshDatabaseName(target.name), replacedDatabasePrefix(target.name)],
    )
    const names = (halfMade: boolean) => rows.filter((row) => row.half_made === halfMade).map((row) => String(row.name))
    return { disposable: names(true), replaced: names(false) }
  })
}

/** Drops a half-made database, and nothing that is not one. */
export async function removeLeftoverDatabase(target: Target, name: string): Promise<void> {
  if (name === freshDatabaseName(target.name)) await dropDatabase(target, name)
}
