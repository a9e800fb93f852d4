import { isUserSchema } from '../../../../databases/postgresql/catalog-sql.js'
import { isNotInitial, roleName, type SchemaReader } from './reader.js'

interface Privileged {
  readonly catalog: string
  /** What GRANT calls it; SQL. */
  readonly word: string
  readonly acl: string
  readonly owner: string
  /** Which of them, beside those that have privileges at all; SQL over `o`. */
  readonly where: string
}

const inUserSchema = (schema: string): string =>
  `EXISTS (SELECT FROM pg_namespace u WHERE u.oid = ${schema} AND ${isUserSchema('u.nspname')})`

const PRIVILEGED: readonly Privileged[] = [
  {
    catalog: 'pg_class',
    word: "CASE o.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END",
    acl: 'o.relacl',
    owner: 'o.relowner',
    where: `o.relpersistence <> 't' AND ${inUserSchema('o.relnamespace')}`,
  },
  { catalog: 'pg_proc', word: "'ROUTINE'", acl: 'o.proacl', owner: 'o.proowner', where: inUserSchema('o.pronamespace') },
  { catalog: 'pg_namespace', word: "'SCHEMA'", acl: 'o.nspacl', owner: 'o.nspowner', where: isUserSchema('o.nspname') },
  { catalog: 'pg_type', word: "'TYPE'", acl: 'o.typacl', owner: 'o.typowner', where: inUserSchema('o.typnamespace') },
  { catalog: 'pg_language', word: "'LANGUAGE'", acl: 'o.lanacl', owner: 'o.lanowner', where: isNotInitial('o.oid') },
  { catalog: 'pg_foreign_server', word: "'FOREIGN SERVER'", acl: 'o.srvacl', owner: 'o.srvowner', where: 'true' },
  { catalog: 'pg_foreign_data_wrapper', word: "'FOREIGN DATA WRAPPER'", acl: 'o.fdwacl', owner: 'o.fdwowner', where: 'true' },
  { catalog: 'pg_largeobject_metadata', word: "'LARGE OBJECT'", acl: 'o.lomacl', owner: 'o.lomowner', where: 'true' },
]

/** Name as GRANT wants it: of a routine with its arguments. Not regclass: a large object has only its number. */
const identityOf = (catalog: string): string =>
  catalog === 'pg_proc'
    ? "CASE WHEN o.prokind = 'a' THEN (pg_identify_object('pg_proc'::regclass, o.oid, 0)).identity ELSE format('%I.%I(%s)', (SELECT nspname FROM pg_namespace WHERE oid = o.pronamespace), o.proname, pg_get_function_identity_arguments(o.oid)) END"
    : `(pg_identify_object('${catalog === 'pg_largeobject_metadata' ? 'pg_largeobject' : catalog}'::regclass, o.oid, 0)).identity`

/** Grants in their order, the owner's own first: who grants must have been given the right to. */
const grantsSql = (acl: string, word: string, identity: string, owner: string, columns = "''"): string =>
  `(SELECT string_agg(concat(CASE WHEN g.grantor <> ${owner} THEN format('SET SESSION AUTHORIZATION %s; ', ${roleName('g.grantor')}) END,
      format('GRANT %s%s ON %s %s TO %s%s', g.privilege_type, ${columns}, ${word}, ${identity}, ${roleName('g.grantee')}, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END),
      CASE WHEN g.grantor <> ${owner} THEN '; RESET SESSION AUTHORIZATION' END), '; ' ORDER BY g.grantor <> ${owner}, g.position)
    FROM aclexplode(${acl}) WITH ORDINALITY AS g(grantor, grantee, privilege_type, is_grantable, position))`

function readerOf({ catalog, word, acl, owner, where }: Privileged): SchemaReader {
  const identity = identityOf(catalog)
  const initial = `(SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = '${catalog}'::regclass AND i.objoid = o.oid AND i.objsubid = 0)`
  // An extension grants when it is made: whom, is taken back first.
  return {
    kind: 'privileges',
    catalog: null,
    stage: 'late',
    query: `SELECT o.oid, ${identity} AS name, concat_ws('; ', format('REVOKE ALL ON %s %s FROM PUBLIC, %I', ${word}, ${identity}, pg_get_userbyid(${owner})),
        (SELECT string_agg(DISTINCT format('REVOKE ALL ON %s %s FROM %s', ${word}, ${identity}, ${roleName('r.grantee')}), '; ') FROM aclexplode(${initial}) r),
        ${grantsSql(acl, word, identity, owner)}) AS sql
      FROM ${catalog} o WHERE ${acl} IS NOT NULL AND ${acl} IS DISTINCT FROM ${initial} AND ${where}`,
  }
}

const COLUMN_PRIVILEGES: SchemaReader = {
  kind: 'privileges',
  catalog: null,
  stage: 'late',
  query: `SELECT c.oid, format('%s.%I', c.oid::regclass, a.attname) AS name, ${grantsSql('a.attacl', "'TABLE'", 'c.oid::regclass', 'c.relowner', "format(' (%I)', a.attname)")} AS sql
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relpersistence <> 't' AND ${inUserSchema('c.relnamespace')}`,
}

const KINDS =
  "CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END"
const DEFAULTS_OF = `format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s', pg_get_userbyid(d.defaclrole), (SELECT ' IN SCHEMA ' || quote_ident(nspname) FROM pg_namespace WHERE oid = d.defaclnamespace))`

/** Those of a schema add to the built-in ones; the others replace them. They come last: whatever is made before must not get them. */
const DEFAULT_PRIVILEGES: SchemaReader = {
  kind: 'default privileges',
  catalog: 'pg_default_acl',
  stage: 'last',
  query: `SELECT d.oid, concat(lower(${KINDS}), ' of ', pg_get_userbyid(d.defaclrole)) AS name, concat_ws('; ',
      CASE WHEN d.defaclnamespace = 0 THEN format('%s REVOKE ALL ON %s FROM PUBLIC; %1$s REVOKE ALL ON %2$s FROM %I', ${DEFAULTS_OF}, ${KINDS}, pg_get_userbyid(d.defaclrole)) END,
      (SELECT string_agg(format('%s GRANT %s ON %s TO %s%s', ${DEFAULTS_OF}, g.privilege_type, ${KINDS}, ${roleName('g.grantee')}, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '; ')
       FROM aclexplode(d.defaclacl) g)) AS sql
    FROM pg_default_acl d`,
}

// pg_identify_object names kinds in small letters; these have another name in COMMENT and SECURITY LABEL.
const COMMENT_KIND = `CASE WHEN i.type LIKE '% column' THEN 'COLUMN' WHEN i.type IN ('table constraint', 'domain constraint') THEN 'CONSTRAINT'
  WHEN i.type = 'statistics object' THEN 'STATISTICS' WHEN i.type = 'composite type' THEN 'TYPE' WHEN i.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER' ELSE upper(i.type) END`
const COMMENT_ON = `CASE WHEN i.type = 'domain constraint' THEN regexp_replace(i.identity, '^((?:"(?:[^"]|"")*"|[^"\\s]+)) on ', '\\1 ON DOMAIN ') WHEN i.type = 'aggregate' THEN regexp_replace(i.identity, '\\(\\)$', '(*)') ELSE i.identity END`
const notOfExtension = (d: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = ${d}.classoid AND e.objid = ${d}.objoid AND e.deptype = 'e')`

const COMMENTS: SchemaReader = {
  kind: 'comment',
  catalog: null,
  stage: 'late',
  query: `SELECT d.objoid AS oid, i.identity AS name, format('COMMENT ON %s %s IS %L', ${COMMENT_KIND}, ${COMMENT_ON}, d.description) AS sql
    FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE (${isNotInitial('d.objoid')} OR d.classoid = 'pg_namespace'::regclass AND i.identity = 'public') AND d.classoid <> 'pg_extension'::regclass AND i.type NOT LIKE 'toast%' AND ${notOfExtension('d')}
    UNION ALL SELECT n.oid, 'public', 'COMMENT ON SCHEMA public IS NULL' FROM pg_namespace n WHERE n.nspname = 'public' AND obj_description(n.oid, 'pg_namespace') IS NULL
    UNION ALL SELECT e.oid, e.extname, format('COMMENT ON EXTENSION %I IS %L', e.extname, obj_description(e.oid, 'pg_extension'))
      FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname WHERE a.comment IS DISTINCT FROM obj_description(e.oid, 'pg_extension')`,
}

const SECURITY_LABELS: SchemaReader = {
  kind: 'security label',
  catalog: null,
  stage: 'late',
  query: `SELECT l.objoid AS oid, i.identity AS name, format('SECURITY LABEL FOR %I ON %s %s IS %L', l.provider, ${COMMENT_KIND}, ${COMMENT_ON}, l.label) AS sql
    FROM pg_seclabel l, pg_identify_object(l.classoid, l.objoid, l.objsubid) i WHERE ${notOfExtension('l')}`,
}

/** Comments, labels, and who may do what. */
export const privilegeReaders: readonly SchemaReader[] = [
  COMMENTS,
  SECURITY_LABELS,
  ...PRIVILEGED.map(readerOf),
  COLUMN_PRIVILEGES,
  DEFAULT_PRIVILEGES,
]
