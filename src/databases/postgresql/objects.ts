import type { Connection } from '../database.js'
import type { SchemaObject } from '../fingerprint.js'
import { isNotOfExtension, isUserSchema } from './catalog-sql.js'

/** Everything of the schema that a migration can take away without touching a row. Definitions are the server's own, with schema names. */
export async function readObjects(connection: Connection): Promise<SchemaObject[]> {
  const objects: SchemaObject[] = []
  for (const sql of [...OF_TABLES, ...OF_SCHEMAS, ...OF_DATABASE]) {
    for (const row of await connection.query(sql)) {
      objects.push({
        type: String(row.type),
        schema: typeof row.schema === 'string' ? row.schema : null,
        table: typeof row.table === 'string' ? row.table : null,
        name: String(row.name),
        definition: String(row.definition ?? ''),
        id: String(row.id),
      })
    }
  }
  return objects
}

/** Tables of the user, as `c` in schema `n`; partitions repeat what the partitioned table has. */
const TABLES = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`
const IS_TABLE = `c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}`

const OF_TABLES = [
  // An invalid index is what CREATE INDEX CONCURRENTLY left when it failed: nothing uses it, and no dump holds it.
  `SELECT 'index' AS type, n.nspname AS schema, c.relname AS table, i.relname AS name, pg_get_indexdef(x.indexrelid) AS definition, i.oid::text AS id
   FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relpersistence <> 't' AND (x.indisvalid OR i.relkind = 'I') AND ${isUserSchema('n.nspname')}
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
   ORDER BY 2, 3, 4`,
  `SELECT CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint' WHEN 'c' THEN 'check constraint' WHEN 'f' THEN 'foreign key' ELSE 'exclusion constraint' END AS type,
          n.nspname AS schema, c.relname AS table, k.conname AS name, pg_get_constraintdef(k.oid) AS definition, k.oid::text AS id
   FROM pg_constraint k JOIN ${TABLES} ON c.oid = k.conrelid
   WHERE k.contype IN ('p', 'u', 'c', 'f', 'x') AND ${IS_TABLE}
     AND NOT EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = k.conparentid AND parent.conrelid = k.conrelid)
   ORDER BY 2, 3, 4`,
  `SELECT 'trigger' AS type, n.nspname AS schema, c.relname AS table, t.tgname AS name,
          pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' WHEN 'A' THEN ' (always)' ELSE ' (replica)' END AS definition, t.oid::text AS id
   FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND ${isUserSchema('n.nspname')} ORDER BY 2, 3, 4`,
  `SELECT 'rule' AS type, n.nspname AS schema, c.relname AS table, r.rulename AS name, pg_get_ruledef(r.oid) AS definition, r.oid::text AS id
   FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE r.rulename <> '_RETURN' AND ${isUserSchema('n.nspname')} ORDER BY 2, 3, 4`,
  `SELECT 'policy' AS type, n.nspname AS schema, c.relname AS table, p.polname AS name, p.oid::text AS id,
          concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, 'for', p.polcmd::text, 'to', p.polroles::regrole[]::text,
                    'using (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS definition
   FROM pg_policy p JOIN ${TABLES} ON c.oid = p.polrelid WHERE ${isUserSchema('n.nspname')} ORDER BY 2, 3, 4`,
  `SELECT 'row security' AS type, n.nspname AS schema, c.relname AS table, c.relname AS name, CASE WHEN c.relforcerowsecurity THEN 'forced' ELSE 'enabled' END AS definition, c.oid::text AS id
   FROM ${TABLES} WHERE c.relrowsecurity AND ${IS_TABLE} ORDER BY 2, 3`,
  `SELECT 'default' AS type, n.nspname AS schema, c.relname AS table, a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS definition, a.attrelid || '.' || a.attnum AS id
   FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN ${TABLES} ON c.oid = d.adrelid
   WHERE a.attgenerated = '' AND ${IS_TABLE} ORDER BY 2, 3, 4`,
  `SELECT 'identity' AS type, n.nspname AS schema, c.relname AS table, a.attname AS name, CASE a.attidentity WHEN 'a' THEN 'always' ELSE 'by default' END AS definition, a.attrelid || '.' || a.attnum AS id
   FROM pg_attribute a JOIN ${TABLES} ON c.oid = a.attrelid WHERE a.attidentity <> '' AND NOT a.attisdropped AND ${IS_TABLE} ORDER BY 2, 3, 4`,
  `SELECT 'partition' AS type, n.nspname AS schema, pc.relname AS table, c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS definition, c.oid::text AS id
   FROM ${TABLES} JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class pc ON pc.oid = i.inhparent
   WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND ${isUserSchema('n.nspname')} ORDER BY 2, 3, 4`,
  `SELECT 'privileges' AS type, n.nspname AS schema, c.relname AS table, c.relname AS name, c.relacl::text AS definition, c.oid::text AS id
   FROM ${TABLES} WHERE c.relacl IS NOT NULL AND ${IS_TABLE} ORDER BY 2, 3`,
]

const OF_SCHEMAS = [
  `SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'view' END AS type, n.nspname AS schema, NULL AS table, c.relname AS name,
          CASE WHEN c.relkind <> 'f' THEN pg_get_viewdef(c.oid) END AS definition, c.oid::text AS id
   FROM ${TABLES} WHERE c.relkind IN ('v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_class', 'c.oid')} ORDER BY 2, 4`,
  `SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS type, n.nspname AS schema, NULL AS table,
          p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
          CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE pg_get_function_result(p.oid) END AS definition, p.oid::text AS id
   FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_proc', 'p.oid')} ORDER BY 2, 4`,
  `SELECT 'enum' AS type, n.nspname AS schema, NULL AS table, t.typname AS name, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) AS definition, t.oid::text AS id
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_enum e ON e.enumtypid = t.oid
   WHERE t.typtype = 'e' AND ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_type', 't.oid')} GROUP BY 2, 4, 6 ORDER BY 2, 4`,
  `SELECT 'domain' AS type, n.nspname AS schema, NULL AS table, t.typname AS name, t.oid::text AS id,
          concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'not null' END, 'default ' || t.typdefault,
                    (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid)) AS definition
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typtype = 'd' AND ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_type', 't.oid')} ORDER BY 2, 4`,
  `SELECT 'composite type' AS type, n.nspname AS schema, NULL AS table, c.relname AS name, c.oid::text AS id,
          (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS definition
   FROM ${TABLES} WHERE c.relkind = 'c' AND ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_type', 'c.reltype')} ORDER BY 2, 4`,
  `SELECT 'sequence' AS type, n.nspname AS schema, oc.relname AS table, c.relname AS name, c.oid::text AS id,
          concat_ws(' ', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement, 'from', s.seqmin, 'to', s.seqmax, CASE WHEN s.seqcycle THEN 'cycle' END) AS definition
   FROM pg_sequence s JOIN ${TABLES} ON c.oid = s.seqrelid
   LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
   LEFT JOIN pg_class oc ON oc.oid = d.refobjid
   WHERE c.relpersistence <> 't' AND ${isUserSchema('n.nspname')} ORDER BY 2, 4`,
  `SELECT 'statistics' AS type, n.nspname AS schema, NULL AS table, s.stxname AS name, pg_get_statisticsobjdef(s.oid) AS definition, s.oid::text AS id
   FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${isUserSchema('n.nspname')} ORDER BY 2, 4`,
]

const OF_DATABASE = [
  `SELECT 'extension' AS type, n.nspname AS schema, NULL AS table, e.extname AS name, e.extversion AS definition, e.oid::text AS id
   FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 4`,
  `SELECT 'event trigger' AS type, NULL AS schema, NULL AS table, t.evtname AS name, t.evtevent || ' ' || t.evtfoid::regprocedure::text || ' ' || t.evtenabled::text AS definition, t.oid::text AS id
   FROM pg_event_trigger t ORDER BY 4`,
  `SELECT 'publication' AS type, NULL AS schema, NULL AS table, p.pubname AS name, p.oid::text AS id,
          CASE WHEN p.puballtables THEN 'all tables' ELSE (SELECT string_agg(t.schemaname || '.' || t.tablename, ', ' ORDER BY t.schemaname, t.tablename) FROM pg_publication_tables t WHERE t.pubname = p.pubname) END AS definition
   FROM pg_publication p ORDER BY 4`,
]
