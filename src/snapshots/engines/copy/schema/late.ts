import { isUsers, nameIn, roleName, type SchemaReader } from './reader.js'

const isUsersRelation = `c.relpersistence <> 't' AND ${isUsers('pg_class', 'c.oid', 'c.relnamespace')}`
const state = (column: string, kind: string, name: string): string =>
  `CASE WHEN ${column} <> 'O' THEN format('; ALTER TABLE ONLY %s %s ${kind} %I', c.oid::regclass, CASE ${column} WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, ${name}) END`

/** What comes when the rows are there: triggers and rules must not see them come in. */
export const lateReaders: readonly SchemaReader[] = [
  {
    kind: 'rows of materialized view',
    catalog: null,
    stage: 'late',
    query: `SELECT c.oid, c.oid::regclass::text AS name, format('REFRESH MATERIALIZED VIEW %s', c.oid::regclass) AS sql, 'pg_class' AS needs_catalog, c.oid AS needs
      FROM pg_class c WHERE c.relkind = 'm' AND c.relispopulated AND ${isUsersRelation}`,
  },
  {
    kind: 'index',
    catalog: null,
    stage: 'late',
    query: `SELECT i.oid, i.oid::regclass::text AS name, pg_get_indexdef(i.oid) AS sql
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid WHERE c.relkind = 'm' AND x.indisvalid AND ${isUsersRelation}`,
  },
  {
    kind: 'marked index',
    catalog: null,
    stage: 'late',
    query: `SELECT i.oid, i.oid::regclass::text AS name, concat_ws('; ', CASE WHEN x.indisclustered THEN format('ALTER %s %s CLUSTER ON %I', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.oid::regclass, i.relname) END,
          CASE WHEN x.indisreplident THEN format('ALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %I', c.oid::regclass, i.relname) END) AS sql
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid WHERE (x.indisclustered OR x.indisreplident) AND x.indisvalid AND ${isUsersRelation}`,
  },
  {
    kind: 'statistics object',
    catalog: 'pg_statistic_ext',
    stage: 'late',
    query: `SELECT s.oid, s.stxname AS name, concat(pg_get_statisticsobjdef(s.oid), format('; ALTER STATISTICS %s OWNER TO %I', ${nameIn('s.stxnamespace', 's.stxname')}, pg_get_userbyid(s.stxowner)),
          CASE WHEN (to_jsonb(s)->>'stxstattarget')::int >= 0 THEN format('; ALTER STATISTICS %s SET STATISTICS %s', ${nameIn('s.stxnamespace', 's.stxname')}, to_jsonb(s)->>'stxstattarget') END) AS sql
      FROM pg_statistic_ext s WHERE ${isUsers('pg_statistic_ext', 's.oid', 's.stxnamespace')}`,
  },
  {
    kind: 'rule',
    catalog: 'pg_rewrite',
    stage: 'late',
    query: `SELECT r.oid, format('%I on %s', r.rulename, c.oid::regclass) AS name, concat(rtrim(pg_get_ruledef(r.oid), ';'), ${state('r.ev_enabled', 'RULE', 'r.rulename')}) AS sql
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND ${isUsersRelation}`,
  },
  {
    kind: 'trigger',
    catalog: 'pg_trigger',
    stage: 'late',
    query: `SELECT t.oid, format('%I on %s', t.tgname, c.oid::regclass) AS name, pg_get_triggerdef(t.oid) AS sql FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND coalesce((to_jsonb(t)->>'tgparentid')::oid, 0) = 0 AND ${isUsersRelation}`,
  },
  {
    kind: 'state of trigger',
    catalog: null,
    stage: 'late',
    query: `SELECT t.oid, format('%I on %s', t.tgname, c.oid::regclass) AS name, ltrim(${state('t.tgenabled', 'TRIGGER', 't.tgname')}, '; ') AS sql
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled <> 'O' AND NOT t.tgisinternal AND ${isUsersRelation}`,
  },
  {
    kind: 'policy',
    catalog: 'pg_policy',
    stage: 'late',
    query: `SELECT p.oid, format('%I on %s', p.polname, c.oid::regclass) AS name, concat(format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, c.oid::regclass, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
          CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
          (SELECT string_agg(${roleName('u.oid')}, ', ' ORDER BY u.position) FROM unnest(p.polroles) WITH ORDINALITY AS u(oid, position))),
          ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS sql
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE ${isUsersRelation}`,
  },
  {
    kind: 'row security',
    catalog: null,
    stage: 'late',
    query: `SELECT c.oid, c.oid::regclass::text AS name, concat_ws('; ', CASE WHEN c.relrowsecurity THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass) END,
          CASE WHEN c.relforcerowsecurity THEN format('ALTER TABLE ONLY %s FORCE ROW LEVEL SECURITY', c.oid::regclass) END) AS sql
      FROM pg_class c WHERE (c.relrowsecurity OR c.relforcerowsecurity) AND ${isUsersRelation}`,
  },
  {
    kind: 'publication',
    catalog: 'pg_publication',
    stage: 'late',
    query: `SELECT p.oid, p.pubname AS name, concat(format('CREATE PUBLICATION %I%s WITH (publish = %L, publish_via_partition_root = %L%s)', p.pubname, CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE '' END,
          concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
          coalesce(to_jsonb(p)->>'pubviaroot', 'false'), CASE to_jsonb(p)->>'pubgencols' WHEN 's' THEN ', publish_generated_columns = stored' ELSE '' END), format('; ALTER PUBLICATION %I OWNER TO %I', p.pubname, pg_get_userbyid(p.pubowner))) AS sql
      FROM pg_publication p WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_publication'::regclass AND e.objid = p.oid AND e.deptype = 'e')`,
  },
  {
    kind: 'event trigger',
    catalog: 'pg_event_trigger',
    stage: 'last',
    query: `SELECT t.oid, t.evtname AS name, concat(format('CREATE EVENT TRIGGER %I ON %s', t.evtname, t.evtevent),
          ' WHEN TAG IN (' || (SELECT string_agg(quote_literal(g), ', ') FROM unnest(t.evttags) g) || ')', format(' EXECUTE FUNCTION %s', t.evtfoid::regprocedure),
          CASE WHEN t.evtenabled <> 'O' THEN format('; ALTER EVENT TRIGGER %I %s', t.evtname, CASE t.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END) END,
          format('; ALTER EVENT TRIGGER %I OWNER TO %I', t.evtname, pg_get_userbyid(t.evtowner))) AS sql
      FROM pg_event_trigger t WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_event_trigger'::regclass AND e.objid = t.oid AND e.deptype = 'e')`,
  },
]

/** What publications name: tables, from 15 on also some of their columns and rows, and whole schemas. */
export function publishedReaders(major: number): readonly SchemaReader[] {
  const columns = `' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')'`
  const rest = major < 15 ? 'NULL' : `${columns}, ' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')'`
  const table: SchemaReader = {
    kind: 'published table',
    catalog: null,
    stage: 'late',
    query: `SELECT r.oid, format('%s in %I', r.prrelid::regclass, p.pubname) AS name, concat(format('ALTER PUBLICATION %I ADD TABLE ONLY %s', p.pubname, r.prrelid::regclass), ${rest}) AS sql
      FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid`,
  }
  const schema: SchemaReader = {
    kind: 'published schema',
    catalog: null,
    stage: 'late',
    query: `SELECT s.oid, p.pubname AS name, format('ALTER PUBLICATION %I ADD TABLES IN SCHEMA %I', p.pubname, n.nspname) AS sql
      FROM pg_publication_namespace s JOIN pg_publication p ON p.oid = s.pnpubid JOIN pg_namespace n ON n.oid = s.pnnspid`,
  }
  return major < 15 ? [table] : [table, schema]
}
