import { z } from 'zod'
import type { CatalogObject } from '../catalog.js'
import type { Connection } from '../database.js'
import { isUserSchema } from './catalog-sql.js'

const rowSchema = z.object({
  type: z.enum(['view', 'materialized view', 'sequence', 'index', 'function', 'trigger', 'policy', 'rule']),
  schema: z.string().nullable(),
  name: z.string(),
})

/** Procedures and aggregates are functions here, as in pg_proc. */
export async function readObjectNames(connection: Connection): Promise<readonly CatalogObject[]> {
  return (await connection.query(NAMES)).map((row) => rowSchema.parse(row))
}

const NAMES = `
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'index' END AS type, n.nspname::text AS schema, c.relname::text AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm', 'S', 'i', 'I') AND ${isUserSchema('n.nspname')}
UNION ALL SELECT 'function', n.nspname::text, p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${isUserSchema('n.nspname')}
UNION ALL SELECT 'trigger', NULL, tgname::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'policy', NULL, polname::text FROM pg_policy
UNION ALL SELECT 'rule', NULL, rulename::text FROM pg_rewrite WHERE rulename <> '_RETURN'
ORDER BY 1, 2, 3`
