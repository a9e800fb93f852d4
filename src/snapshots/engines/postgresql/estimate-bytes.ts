import type { SnapshotContext } from '../../snapshot.js'
import { firstRow } from './maintenance.js'

/** What compressed COPY text takes at the very least of what the rows take in the server. */
const BEST_COMPRESSION = 20

/** The least that the rows will take as compressed text. */
export async function estimateDumpBytes(context: SnapshotContext): Promise<number> {
  const row = firstRow(
    await context.connection.query(
      "SELECT coalesce(sum(pg_table_size(oid)), 0)::text AS bytes FROM pg_class WHERE relkind IN ('r', 'm') AND oid >= 16384",
    ),
  )
  return Math.ceil(Number(row.bytes) / BEST_COMPRESSION)
}
