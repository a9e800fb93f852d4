import { isUserSchema } from '../../../../databases/postgresql/catalog-sql.js'
import { collateSql, isNotInitial, isOwn, isUsers, nameIn, type SchemaReader } from './reader.js'

const owner = (kind: string, name: string, oid: string): string =>
  `format('; ALTER ${kind} %s OWNER TO %I', ${name}, pg_get_userbyid(${oid}))`
const typeName = nameIn('t.typnamespace', 't.typname')
const ownedType = owner('TYPE', typeName, 't.typowner')
const isUsersType = isUsers('pg_type', 't.oid', 't.typnamespace')

const CONSTRAINTS_OF_DOMAIN = `(SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
  FROM pg_constraint k WHERE k.contypid = t.oid AND k.convalidated)`
const UNCHECKED_CONSTRAINTS_OF_DOMAIN = `(SELECT string_agg(format('; ALTER DOMAIN %s ADD CONSTRAINT %I %s', ${typeName}, k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
  FROM pg_constraint k WHERE k.contypid = t.oid AND NOT k.convalidated)`

/** Schemas, extensions and types. https://www.postgresql.org/docs/current/catalogs.html */
export const typeReaders: readonly SchemaReader[] = [
  {
    kind: 'schema',
    catalog: 'pg_namespace',
    stage: 'pre',
    query: `SELECT n.oid, n.nspname AS name,
        format('CREATE SCHEMA IF NOT EXISTS %I; ALTER SCHEMA %1$I OWNER TO %I', n.nspname, pg_get_userbyid(n.nspowner)) AS sql
      FROM pg_namespace n WHERE ${isUserSchema('n.nspname')} AND ${isOwn('pg_namespace', 'n.oid')}`,
  },
  {
    kind: 'extension',
    catalog: 'pg_extension',
    stage: 'pre',
    query: `SELECT e.oid, e.extname AS name, format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I VERSION %L', e.extname, n.nspname, e.extversion) AS sql
      FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace`,
  },
  {
    kind: 'collation',
    catalog: 'pg_collation',
    stage: 'pre',
    // Columns differ between versions: 15 brought colliculocale, 16 collicurules, 17 colllocale.
    query: `SELECT c.oid, c.collname AS name, format('CREATE COLLATION %s (%s)', ${nameIn('c.collnamespace', 'c.collname')}, concat_ws(', ',
          'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
          CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END,
          CASE WHEN c.collprovider = 'c' THEN format('lc_collate = %L, lc_ctype = %L', c.collcollate, c.collctype)
               ELSE format('locale = %L', coalesce(to_jsonb(c)->>'colllocale', to_jsonb(c)->>'colliculocale', c.collcollate)) END,
          'rules = ' || quote_literal(to_jsonb(c)->>'collicurules'))) || ${owner('COLLATION', nameIn('c.collnamespace', 'c.collname'), 'c.collowner')} AS sql
      FROM pg_collation c WHERE ${isUsers('pg_collation', 'c.oid', 'c.collnamespace')}`,
  },
  {
    kind: 'enum',
    catalog: 'pg_type',
    stage: 'pre',
    query: `SELECT t.oid, t.typname AS name, format('CREATE TYPE %s AS ENUM (%s)', ${typeName},
          (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)) || ${ownedType} AS sql
      FROM pg_type t WHERE t.typtype = 'e' AND ${isUsersType}`,
  },
  {
    kind: 'domain',
    catalog: 'pg_type',
    stage: 'pre',
    // From 17 on NOT NULL is a constraint with a name of its own.
    query: `SELECT t.oid, t.typname AS name, concat('CREATE DOMAIN ', ${typeName}, ' AS ', format_type(t.typbasetype, t.typtypmod), ${collateSql('t.typcollation', 't.typbasetype')},
          ' DEFAULT ' || coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)),
          CASE WHEN t.typnotnull AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n') THEN ' NOT NULL' END,
          ${CONSTRAINTS_OF_DOMAIN}, ${UNCHECKED_CONSTRAINTS_OF_DOMAIN}) || ${owner('DOMAIN', typeName, 't.typowner')} AS sql
      FROM pg_type t WHERE t.typtype = 'd' AND ${isUsersType}`,
  },
  {
    kind: 'composite type',
    catalog: 'pg_type',
    stage: 'pre',
    query: `SELECT t.oid, t.typname AS name, format('CREATE TYPE %s AS (%s)', ${typeName},
          (SELECT string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod), ${collateSql('a.attcollation', 'a.atttypid')}), ', ' ORDER BY a.attnum)
           FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)) || ${ownedType} AS sql
      FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c' WHERE ${isUsersType}`,
  },
  {
    kind: 'range type',
    catalog: 'pg_type',
    stage: 'pre',
    // 14 brought multiranges.
    query: `SELECT t.oid, t.typname AS name, format('CREATE TYPE %s AS RANGE (%s)', ${typeName}, concat_ws(', ', 'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
          (SELECT 'SUBTYPE_OPCLASS = ' || ${nameIn('oc.opcnamespace', 'oc.opcname')} FROM pg_opclass oc WHERE oc.oid = r.rngsubopc),
          (SELECT 'COLLATION = ' || ${nameIn('l.collnamespace', 'l.collname')} FROM pg_collation l WHERE l.oid = r.rngcollation),
          CASE WHEN r.rngcanonical <> 0 THEN 'CANONICAL = ' || r.rngcanonical::regproc END,
          CASE WHEN r.rngsubdiff <> 0 THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff::regproc END,
          (SELECT 'MULTIRANGE_TYPE_NAME = ' || ${nameIn('m.typnamespace', 'm.typname')} FROM pg_type m WHERE m.oid = (to_jsonb(r)->>'rngmultitypid')::oid))) || ${ownedType} AS sql
      FROM pg_type t JOIN pg_range r ON r.rngtypid = t.oid WHERE t.typtype = 'r' AND ${isUsersType}`,
  },
  {
    kind: 'cast',
    catalog: 'pg_cast',
    stage: 'pre',
    query: `SELECT c.oid, format('%s AS %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)) AS name,
        format('CREATE CAST (%s AS %s) %s%s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL),
          CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
          CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END) AS sql
      FROM pg_cast c WHERE ${isNotInitial('c.oid')} AND ${isOwn('pg_cast', 'c.oid')}`,
  },
]
