import type { CatalogDependent } from '../catalog.js'
import type { Connection, Row } from '../database.js'
import { isUserSchema } from './catalog-sql.js'

/** What DROP … CASCADE takes along, as the server would name it. Columns of a type, partitions and heirs are not among them. */
export async function readDependents(connection: Connection): Promise<readonly CatalogDependent[]> {
  return (await connection.query(DEPENDENTS)).map(readDependent)
}

function readDependent(row: Row): CatalogDependent {
  return {
    needs: {
      kind: row.needs_kind === 'function' ? 'function' : row.needs_kind === 'type' ? 'type' : 'relation',
      schema: String(row.needs_schema),
      name: String(row.needs_name),
      column: typeof row.needs_column === 'string' ? row.needs_column : null,
    },
    type: String(row.type),
    schema: typeof row.schema === 'string' ? row.schema : null,
    name: String(row.name),
    on: typeof row.table_name === 'string' ? { schema: String(row.table_schema), table: row.table_name } : null,
  }
}

// The class says which kind of thing an entry means. https://www.postgresql.org/docs/current/catalog-pg-depend.html
const DEPENDENTS = `
SELECT DISTINCT rn.nspname AS needs_schema, r.name AS needs_name, r.kind AS needs_kind, ra.attname AS needs_column, o.type, n.nspname AS schema, o.name, tn.nspname AS table_schema, t.relname AS table_name
FROM pg_depend d
JOIN LATERAL (
  SELECT 'relation' AS kind, c.relname AS name, c.relnamespace AS namespace FROM pg_class c WHERE d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
  UNION ALL SELECT 'function', p.proname, p.pronamespace FROM pg_proc p WHERE d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
  UNION ALL SELECT CASE WHEN y.typrelid = 0 THEN 'type' ELSE 'relation' END, y.typname, y.typnamespace FROM pg_type y WHERE d.refclassid = 'pg_type'::regclass AND y.oid = d.refobjid
) AS r ON TRUE
JOIN pg_namespace rn ON rn.oid = r.namespace
LEFT JOIN pg_attribute ra ON d.refclassid = 'pg_class'::regclass AND ra.attrelid = d.refobjid AND ra.attnum = d.refobjsubid AND d.refobjsubid > 0
JOIN LATERAL (
  SELECT CASE v.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS type, v.relname AS name, v.relnamespace AS namespace, 0::oid AS on_table
    FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid AND v.relkind IN ('v', 'm') AND v.oid <> d.refobjid
  UNION ALL SELECT 'rule', w.rulename, 0, v.oid FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class
    WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid AND v.relkind NOT IN ('v', 'm')
  UNION ALL SELECT CASE k.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END, k.conname, 0, k.conrelid FROM pg_constraint k
    WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid AND k.conrelid <> 0
  UNION ALL SELECT 'trigger', g.tgname, 0, g.tgrelid FROM pg_trigger g WHERE d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
  UNION ALL SELECT 'policy', l.polname, 0, l.polrelid FROM pg_policy l WHERE d.classid = 'pg_policy'::regclass AND l.oid = d.objid
  UNION ALL SELECT CASE a.attgenerated WHEN '' THEN 'default' ELSE 'generated column' END, a.attname, 0, e.adrelid FROM pg_attrdef e JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
    WHERE d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
  UNION ALL SELECT 'function', p.proname, p.pronamespace, 0::oid FROM pg_proc p WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid
  UNION ALL SELECT 'index', i.relname, 0, x.indrelid FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid WHERE d.classid = 'pg_class'::regclass AND i.oid = d.objid
) AS o ON TRUE
LEFT JOIN pg_namespace n ON n.oid = o.namespace
LEFT JOIN pg_class t ON t.oid = o.on_table
LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE d.deptype = 'n' AND ${isUserSchema('rn.nspname')} AND (o.on_table <> d.refobjid OR o.type = 'generated column')
ORDER BY 1, 2, 4, 5, 7`
