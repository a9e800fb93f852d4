import { collateSql, foreignOptionsSql, isUsers, optionsSql, roleName, type SchemaReader } from './reader.js'

const isUsersRelation = `c.relpersistence <> 't' AND ${isUsers('pg_class', 'c.oid', 'c.relnamespace')}`

/**
 * A table with parents is made by INHERITS where that gives its columns in their order; else, and as a partition, for itself with all
 * columns, and attached: its columns stay where they are.
 */
const IS_INHERITED_IN_ORDER = `NOT c.relispartition AND
  ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) =
  ARRAY(SELECT x.attname FROM (
      SELECT pa.attname, min(i.inhseqno * 10000 + pa.attnum) AS place FROM pg_inherits i JOIN pg_attribute pa ON pa.attrelid = i.inhparent
        WHERE i.inhrelid = c.oid AND pa.attnum > 0 AND NOT pa.attisdropped GROUP BY pa.attname
      UNION ALL SELECT a.attname, 1000000000 + a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0) x
    ORDER BY x.place)`

// From 18 on NOT NULL is a constraint of tables, with a name of its own; before, there is none with contype n.
const HAS_NOT_NULLS = `current_setting('server_version_num')::int >= 180000`
const NOT_NULL = `CASE WHEN ${HAS_NOT_NULLS} THEN (SELECT format(' CONSTRAINT %I NOT NULL%s', k.conname, CASE WHEN k.connoinherit THEN ' NO INHERIT' ELSE '' END)
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey[1] = a.attnum AND k.convalidated)
  WHEN a.attnotnull THEN ' NOT NULL' END`

const COLUMNS = `(SELECT string_agg(concat(quote_ident(a.attname), ' ', format_type(a.atttypid, a.atttypmod), ${collateSql('a.attcollation', 'a.atttypid')},
    CASE WHEN a.attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) %s', pg_get_expr(d.adbin, d.adrelid), CASE a.attgenerated WHEN 'v' THEN 'VIRTUAL' ELSE 'STORED' END) END, ${NOT_NULL}), ', ' ORDER BY a.attnum)
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR NOT p.in_order))`

const IDENTITY = `(SELECT format('; ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s)', c.oid::regclass, a.attname,
    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqrelid::regclass, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
  FROM pg_sequence s JOIN pg_depend w ON w.classid = 'pg_class'::regclass AND w.objid = s.seqrelid AND w.refclassid = 'pg_class'::regclass AND w.refobjid = c.oid AND w.refobjsubid = a.attnum AND w.deptype = 'i')`

const alterColumn = (rest: string, ...values: string[]): string =>
  `format('; ALTER TABLE ONLY %s ALTER COLUMN %I ${rest}', ${['c.oid::regclass', 'a.attname', ...values].join(', ')})`

/** All that there are for users; the server keeps its own marks beside them (pg_attver since 15.20). https://www.postgresql.org/docs/current/sql-altertable.html */
const COLUMN_OPTIONS = `(SELECT string_agg(format('%s=%L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(a.attoptions) o WHERE o.option_name IN ('n_distinct', 'n_distinct_inherited'))`

/** What CREATE TABLE cannot say of a column. attstattarget is null from 17 on where it was -1. */
const COLUMN_SETTINGS = `(SELECT string_agg(concat(
    CASE WHEN a.attidentity <> '' THEN ${IDENTITY} END,
    CASE WHEN a.attstorage <> y.typstorage THEN ${alterColumn('SET STORAGE %s', "CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END")} END,
    CASE to_jsonb(a)->>'attcompression' WHEN 'p' THEN ${alterColumn('SET COMPRESSION pglz')} WHEN 'l' THEN ${alterColumn('SET COMPRESSION lz4')} END,
    CASE WHEN (to_jsonb(a)->>'attstattarget')::int >= 0 THEN ${alterColumn('SET STATISTICS %s', "to_jsonb(a)->>'attstattarget'")} END,
    CASE WHEN ${COLUMN_OPTIONS} IS NOT NULL THEN ${alterColumn('SET (%s)', COLUMN_OPTIONS)} END,
    CASE WHEN a.attfdwoptions IS NOT NULL THEN ${alterColumn('OPTIONS (%s)', foreignOptionsSql('a.attfdwoptions'))} END,
    CASE WHEN p.in_order AND NOT a.attislocal AND a.attnotnull AND NOT ${HAS_NOT_NULLS} THEN ${alterColumn('SET NOT NULL')} END), '' ORDER BY a.attnum)
  FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`

const INHERITED_NOT_NULLS = `(SELECT string_agg(format('; ALTER TABLE ONLY %s ADD CONSTRAINT %I %s', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
  FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
  WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.convalidated AND p.in_order AND k.conislocal AND NOT a.attislocal)`

const PARENTS = `(SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid)`
const ATTACHED = `(SELECT string_agg(CASE WHEN c.relispartition THEN format('; ALTER TABLE ONLY %s ATTACH PARTITION %s %s', i.inhparent::regclass, c.oid::regclass, pg_get_expr(c.relpartbound, c.oid))
    ELSE format('; ALTER TABLE %s INHERIT %s', c.oid::regclass, i.inhparent::regclass) END, '' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid)`
const STORAGE_OPTIONS = `concat_ws(', ', ${optionsSql('c.reloptions')}, (SELECT ${optionsSql('o.reloptions', 'toast.')} FROM pg_class o WHERE o.oid = c.reltoastrelid))`
const TABLESPACE = `(SELECT ' TABLESPACE ' || quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace)`
const ACCESS_METHOD = `(SELECT ' USING ' || quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap')`
const OWNER = (kind: string): string => `format('; ALTER ${kind} %s OWNER TO %s', c.oid::regclass, ${roleName('c.relowner')})`

/** Tables of all kinds, sequences, defaults, views. */
export const tableReaders: readonly SchemaReader[] = [
  {
    kind: 'sequence',
    catalog: 'pg_class',
    stage: 'pre',
    // Those of identity columns are made with them; OWNED BY needs the table and the owner that it has.
    query: `SELECT c.oid, c.oid::regclass::text AS name, format('CREATE %sSEQUENCE %s AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED ' ELSE '' END,
          c.oid::regclass, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) || ${OWNER('SEQUENCE')} AS sql
      FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
      WHERE ${isUsersRelation} AND NOT EXISTS (SELECT FROM pg_depend w WHERE w.classid = 'pg_class'::regclass AND w.objid = c.oid AND w.deptype = 'i')`,
  },
  {
    kind: 'table',
    catalog: 'pg_class',
    stage: 'pre',
    query: `SELECT c.oid, c.oid::regclass::text AS name, concat('CREATE ', CASE WHEN c.relkind = 'f' THEN 'FOREIGN ' WHEN c.relpersistence = 'u' THEN 'UNLOGGED ' END, 'TABLE ', c.oid::regclass, ' (', ${COLUMNS}, ')',
          CASE WHEN p.in_order THEN ' INHERITS (' || ${PARENTS} || ')' END, CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) END,
          (SELECT ' SERVER ' || quote_ident(s.srvname) || coalesce(' OPTIONS (' || ${foreignOptionsSql('f.ftoptions')} || ')', '') FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
          ${ACCESS_METHOD}, ' WITH (' || nullif(${STORAGE_OPTIONS}, '') || ')', ${TABLESPACE},
          CASE WHEN NOT p.in_order THEN ${ATTACHED} END, CASE WHEN c.reloftype <> 0 THEN format('; ALTER TABLE %s OF %s', c.oid::regclass, c.reloftype::regtype) END,
          ${OWNER('TABLE')}, ${COLUMN_SETTINGS}, ${INHERITED_NOT_NULLS},
          CASE CASE WHEN c.relkind <> 'f' THEN c.relreplident END WHEN 'f' THEN format('; ALTER TABLE ONLY %s REPLICA IDENTITY FULL', c.oid::regclass) WHEN 'n' THEN format('; ALTER TABLE ONLY %s REPLICA IDENTITY NOTHING', c.oid::regclass) END) AS sql
      FROM pg_class c, LATERAL (SELECT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) AND ${IS_INHERITED_IN_ORDER} AS in_order) p
      WHERE c.relkind IN ('r', 'p', 'f') AND ${isUsersRelation}`,
  },
  {
    kind: 'owner of sequence',
    catalog: null,
    stage: 'late',
    query: `SELECT c.oid, c.oid::regclass::text AS name, format('ALTER SEQUENCE %s OWNED BY %s.%I', c.oid::regclass, w.refobjid::regclass, a.attname) AS sql
      FROM pg_class c JOIN pg_depend w ON w.classid = 'pg_class'::regclass AND w.objid = c.oid AND w.refclassid = 'pg_class'::regclass AND w.deptype = 'a' AND w.refobjsubid > 0
      JOIN pg_attribute a ON a.attrelid = w.refobjid AND a.attnum = w.refobjsubid WHERE c.relkind = 'S' AND ${isUsersRelation}`,
  },
  {
    kind: 'default',
    catalog: 'pg_attrdef',
    stage: 'pre',
    query: `SELECT d.oid, format('%s.%I', c.oid::regclass, a.attname) AS name, format('ALTER TABLE ONLY %s ALTER COLUMN %I SET DEFAULT %s', c.oid::regclass, a.attname, pg_get_expr(d.adbin, d.adrelid)) AS sql
      FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class c ON c.oid = d.adrelid WHERE a.attgenerated = '' AND ${isUsersRelation}`,
  },
  {
    kind: 'view',
    catalog: 'pg_class',
    stage: 'pre',
    query: `SELECT c.oid, c.oid::regclass::text AS name, concat('CREATE VIEW ', c.oid::regclass, ' WITH (' || ${optionsSql('c.reloptions')} || ')', ' AS ', rtrim(pg_get_viewdef(c.oid), ';'), ${OWNER('VIEW')}) AS sql
      FROM pg_class c WHERE c.relkind = 'v' AND ${isUsersRelation}`,
  },
  {
    kind: 'materialized view',
    catalog: 'pg_class',
    stage: 'pre',
    query: `SELECT c.oid, c.oid::regclass::text AS name, concat('CREATE MATERIALIZED VIEW ', c.oid::regclass, ${ACCESS_METHOD}, ' WITH (' || nullif(${STORAGE_OPTIONS}, '') || ')', ${TABLESPACE}, ' AS ', rtrim(pg_get_viewdef(c.oid), ';'),
          ' WITH NO DATA', ${OWNER('MATERIALIZED VIEW')}, replace(${COLUMN_SETTINGS}, 'ALTER TABLE ONLY', 'ALTER MATERIALIZED VIEW')) AS sql
      FROM pg_class c, LATERAL (SELECT false AS in_order) p WHERE c.relkind = 'm' AND ${isUsersRelation}`,
  },
]
