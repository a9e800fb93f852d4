import type { Connection } from '../database.js'
import type { SequenceState } from '../fingerprint.js'

/** The highest ids ever given, of tables with AUTOINCREMENT. https://www.sqlite.org/autoinc.html */
export async function readSequences(connection: Connection): Promise<SequenceState[]> {
  const found = await connection.query("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
  if (found.length === 0) return []
  const rows = await connection.query('SELECT name, CAST(seq AS TEXT) AS seq FROM sqlite_sequence WHERE name IS NOT NULL ORDER BY name')
  return rows.map((row) => ({ schema: null, name: String(row.name), lastValue: typeof row.seq === 'string' ? row.seq : null }))
}
