import type { Target } from '../../../databases/database.js'
import { freshDatabaseName, replacedDatabasePrefix } from './database-names.js'
import { dropDatabase } from './drop-database.js'
import { withMaintenance } from './maintenance.js'

/** Databases that a killed restore of this target left, known by their names. Whoever asks holds the run lock, so nobody is filling one. */
export async function findLeftoverDatabases(
  target: Target,
): Promise<{ readonly disposable: readonly string[]; readonly replaced: readonly string[] }> {
  return withMaintenance(target, async (connection) => {
    const rows = await connection.query(
      'SELECT datname AS name FROM pg_database WHERE datname = $1 OR starts_with(datname::text, $2) ORDER BY datname',
      [freshDatabaseName(target.name), replacedDatabasePrefix(target.name)],
    )
    const names = rows.map((row) => String(row.name))
    const disposable = names.filter((name) => name === freshDatabaseName(target.name))
    return { disposable, replaced: names.filter((name) => !disposable.includes(name)) }
  })
}

/** Drops a half-made database, and nothing that is not one. */
export async function removeLeftoverDatabase(target: Target, name: string): Promise<void> {
  if (name === freshDatabaseName(target.name)) await dropDatabase(target, name)
}
