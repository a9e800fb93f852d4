import type { Target } from '../../../databases/database.js'
import { freshDatabaseName, replacedDatabasePrefix, verifyDatabaseName } from './database-names.js'
import { dropDatabase, isBeingCreated } from './drop-database.js'
import { withMaintenance } from './maintenance.js'

/**
 * Databases that a killed restore of this target left, known by their names. Whoever asks holds the run lock, so nobody is filling one.
 * A replaced database that is listed as a snapshot accepts no connections: so those that do are not listed yet.
 */
export async function findLeftoverDatabases(
  target: Target,
): Promise<{ readonly disposable: readonly string[]; readonly replaced: readonly string[] }> {
  return withMaintenance(target, async (connection) => {
    const halfMade = halfMadeNames(target)
    const rows = await connection.query(
      'SELECT datname AS name FROM pg_database WHERE datname = ANY ($1::text[]) OR starts_with(datname::text, $2) AND datallowconn ORDER BY datname',
      [halfMade, replacedDatabasePrefix(target.name)],
    )
    const names = rows.map((row) => String(row.name))
    const disposable: string[] = []
    for (const name of halfMade) if (names.includes(name) || (await isBeingCreated(connection, name))) disposable.push(name)
    return { disposable, replaced: names.filter((name) => !halfMade.includes(name)) }
  })
}

/** Drops a half-made database, and nothing that is not one. */
export async function removeLeftoverDatabase(target: Target, name: string): Promise<void> {
  if (halfMadeNames(target).includes(name)) await dropDatabase(target, name)
}

/** What a restore fills, and what `snapshot verify --restore` does. */
function halfMadeNames({ name }: Target): readonly string[] {
  const verified = verifyDatabaseName(name)
  return [freshDatabaseName(name), verified, freshDatabaseName(verified)]
}
