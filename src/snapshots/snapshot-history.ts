import type { Connection, MigrationRow } from '../databases/database.js'
import type { Manifest } from './manifest.js'

/** Each migration that `_prisma_migrations` knows, with the state that counts: one row an attempt, an applied one wins, then a failed one. */
export async function readHistoryFrom(connection: Connection): Promise<Manifest['history']> {
  const rows = (await connection.database.readMigrationRows(connection)) ?? []
  return [...new Set(rows.map((row) => row.name))].sort().flatMap((name) => {
    const attempts = rows.filter((row) => row.name === name).map((row) => ({ name, checksum: row.checksum, state: stateOf(row) }))
    const decisive =
      attempts.find(({ state }) => state === 'applied') ?? attempts.find(({ state }) => state === 'failed') ?? attempts.at(-1)
    return decisive === undefined ? [] : [decisive]
  })
}

function stateOf(row: MigrationRow): 'applied' | 'failed' | 'rolledBack' {
  if (row.rolledBackAt !== null) return 'rolledBack'
  return row.finishedAt === null ? 'failed' : 'applied'
}
