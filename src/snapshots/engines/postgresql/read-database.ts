import type { Connection, Row } from '../../../databases/database.js'
import { isUserSchema } from '../../../databases/postgresql/catalog-sql.js'
import { type DatabaseFile, type DatabaseProperties, parseExtensions, parseProperties, parseTables } from './database-file.js'
import { firstRow } from './maintenance.js'

// Columns of pg_database differ between versions: 15 brought datlocprovider and daticulocale, 16 daticurules, 17 datlocale.
const PROPERTIES = `
  SELECT jsonb_build_object(
    'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
    'provider', CASE to_jsonb(d)->>'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
    'locale', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'), 'icuRules', to_jsonb(d)->>'daticurules',
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = d.dattablespace), 'connectionLimit', d.datconnlimit,
    'comment', shobj_description(d.oid, 'pg_database'),
    'acl', CASE WHEN d.datacl IS NOT NULL THEN (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'grantor', pg_get_userbyid(a.grantor), 'grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
      'privilege', a.privilege_type, 'grantable', a.is_grantable) ORDER BY a.grantor <> d.datdba), '[]') FROM aclexplode(d.datacl) a) END,
    'settings', (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END,
      'name', split_part(c, '=', 1), 'value', substr(c, strpos(c, '=') + 1)) ORDER BY s.setrole, position), '[]')
      FROM pg_db_role_setting s, unnest(s.setconfig) WITH ORDINALITY AS u(c, position) WHERE s.setdatabase = d.oid),
    'securityLabels', (SELECT coalesce(jsonb_agg(jsonb_build_object('provider', l.provider, 'label', l.label) ORDER BY l.provider), '[]')
      FROM pg_shseclabel l WHERE l.classoid = 'pg_database'::regclass AND l.objoid = d.oid)) AS value
  FROM pg_database d WHERE d.datname = $1`

// Values of enums, domains, composite types and the like are loaded as text: the type may be gone or changed by then. What a base type is
// called does not depend on the search path here. Names of tables in reg* columns may be gone too.
const TABLES = `
  WITH RECURSIVE resolved AS (
    SELECT oid AS type, oid AS base, NULL::int AS modifier FROM pg_type
    UNION ALL SELECT r.type, t.typbasetype, t.typtypmod FROM resolved r JOIN pg_type t ON t.oid = r.base AND t.typtype = 'd'
  ), simple AS (
    SELECT r.type, r.modifier, t.oid AS base,
      CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1
        THEN (SELECT CASE WHEN e.typtype = 'b' OR e.typtype IN ('r', 'm') AND e.typnamespace = 'pg_catalog'::regnamespace THEN 'as is' ELSE 'text[]' END
              FROM pg_type e WHERE e.oid = t.typelem)
        WHEN t.typtype = 'b' AND t.typname !~ '^reg' OR t.typtype IN ('r', 'm') AND t.typnamespace = 'pg_catalog'::regnamespace THEN 'as is'
        ELSE 'text' END AS load
    FROM resolved r JOIN pg_type t ON t.oid = r.base AND t.typtype <> 'd'
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'id', c.oid::text, 'schema', n.nspname, 'name', c.relname, 'hasRows', c.relkind = 'r',
    'ofExtension', EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'),
    'partitions', CASE WHEN c.relkind = 'p' THEN (SELECT coalesce(jsonb_agg(p.relid::oid::text), '[]') FROM pg_partition_tree(c.oid) p WHERE p.isleaf)
      ELSE '[]' END,
    'columns', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.attname,
        'loadType', CASE s.load WHEN 'as is' THEN format_type(s.base, coalesce(s.modifier, a.atttypmod)) ELSE s.load END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(x.adbin, x.adrelid) END) ORDER BY a.attnum), '[]')
      FROM pg_attribute a JOIN simple s ON s.type = a.atttypid
      LEFT JOIN pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))), '[]') AS value
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')}`

const EXTENSIONS = `
  SELECT coalesce(jsonb_agg(jsonb_build_object('name', e.extname, 'version', e.extversion, 'schema', n.nspname) ORDER BY e.extname), '[]') AS value
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace`

const NOT_CARRIED = `
  SELECT what FROM (
    SELECT 'the state of subscription ' || subname || ' (restored, but disabled)' AS what FROM pg_subscription
      WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'logical replication slot ' || slot_name FROM pg_replication_slots WHERE database = current_database()
    UNION ALL SELECT 'rows of foreign table ' || c.oid::regclass FROM pg_class c WHERE c.relkind = 'f'
  ) w ORDER BY what`

/** Properties of a database by name; from any connection to its server. */
export async function readProperties(connection: Connection, database: string): Promise<DatabaseProperties | null> {
  const [row] = await connection.query(PROPERTIES, [database])
  return row === undefined ? null : parseProperties(parseValue(row))
}

/** Everything about the connection's own database that belongs beside its rows. Runs in the caller's transaction when there is one. */
export async function readDatabase(connection: Connection): Promise<DatabaseFile> {
  return withPlainNames(connection, async () => {
    const { name } = firstRow(await connection.query('SELECT current_database() AS name'))
    return {
      properties: parseProperties(parseValue(firstRow(await connection.query(PROPERTIES, [name])))),
      tables: parseTables(parseValue(firstRow(await connection.query(TABLES)))),
      extensions: parseExtensions(parseValue(firstRow(await connection.query(EXTENSIONS)))),
      notCarried: (await connection.query(NOT_CARRIED)).map((row) => String(row.what)),
    }
  })
}

// With an empty search path every name outside pg_catalog is printed with its schema.
async function withPlainNames<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  return connection.readOnly(0, async () => {
    await connection.query("SET LOCAL search_path = ''")
    return work()
  })
}

function parseValue(row: Row): unknown {
  return typeof row.value === 'string' ? JSON.parse(row.value) : row.value
}
