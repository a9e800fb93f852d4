import type { Connection } from '../database.js'
import type { SequenceState } from '../fingerprint.js'
import { isUserSchema } from './catalog-sql.js'

/** Sequences stand outside transactions: these are the values of now, whatever snapshot is in use. */
export async function readSequences(connection: Connection): Promise<SequenceState[]> {
  const rows = await connection.query(`
    SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name,
           CASE WHEN has_sequence_privilege(c.oid, 'USAGE, SELECT') THEN pg_sequence_last_value(c.oid)::text END AS last_value
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}
    ORDER BY n.nspname, c.relname`)
  return rows.map((row) => ({
    id: String(row.id),
    schema: String(row.schema),
    name: String(row.name),
    lastValue: typeof row.last_value === 'string' ? row.last_value : null,
  }))
}
