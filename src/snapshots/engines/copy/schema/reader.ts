import { isNotOfExtension, isUserSchema } from '../../../../databases/postgresql/catalog-sql.js'

/**
 * When an object is made again: `pre` before the rows, `index` and `constraint` after them and in parallel, `late` at the end, one after
 * the other, `last` when nothing may follow (event triggers would fire). An object is never made before what it depends on.
 */
export const STAGES = ['pre', 'index', 'constraint', 'late', 'last'] as const
export type Stage = (typeof STAGES)[number]

/** Reads one kind of object from the catalogs, as the SQL that makes it again. A new kind is one reader in one of the lists of readers.ts. */
export interface SchemaReader {
  /** For people: `materialized view`. */
  readonly kind: string
  /** Its system catalog; with `oid` it is what pg_depend calls the object. Null: nothing can depend on it. */
  readonly catalog: string | null
  readonly stage: Stage
  /**
   * A query under an empty search path, for one row an object: `oid`, `name` (for people), `sql` (statements, null: nothing to do),
   * and if need be `tables` (oids of tables that it must have for itself) and `after` (oids of objects of the same catalog that come first).
   */
  readonly query: string
}

/** SQL: name of an object with its schema, quoted. */
export const nameIn = (schemaOid: string, name: string): string =>
  `format('%I.%I', (SELECT nspname FROM pg_namespace WHERE oid = ${schemaOid}), ${name})`

/** SQL: the role with this oid, quoted; PUBLIC for 0. */
export const roleName = (oid: string): string => `CASE WHEN ${oid} = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(${oid})) END`

/** SQL: ` COLLATE …` where it is not the one of the type. */
export const collateSql = (collation: string, type: string): string =>
  `coalesce((SELECT ' COLLATE ' || ${nameIn('l.collnamespace', 'l.collname')} FROM pg_collation l, pg_type lt
     WHERE l.oid = ${collation} AND lt.oid = ${type} AND l.oid <> lt.typcollation), '')`

/** SQL: `name='value', …` of an array of options, with `prefix` before each name; null when there are none. */
export const optionsSql = (options: string, prefix = ''): string =>
  `(SELECT string_agg(format('${prefix}%s=%L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(${options}) o)`

/** SQL: `name 'value', …` for OPTIONS (…) of foreign objects; null when there are none. */
export const foreignOptionsSql = (options: string): string =>
  `(SELECT string_agg(format('%I %L', o.option_name, o.option_value), ', ') FROM pg_options_to_table(${options}) o)`

/** SQL condition: neither of an extension nor made by the server for another object (constructors of a range, types of tables). */
export const isOwn = (catalog: string, oid: string): string =>
  `(${isNotOfExtension(catalog, oid)} AND NOT EXISTS (SELECT FROM pg_depend w WHERE w.classid = '${catalog}'::regclass AND w.objid = ${oid} AND w.objsubid = 0 AND w.deptype = 'i'))`

/** SQL condition: in a schema of the user, and not of an extension. */
export const isUsers = (catalog: string, oid: string, schema: string): string =>
  `(EXISTS (SELECT FROM pg_namespace u WHERE u.oid = ${schema} AND ${isUserSchema('u.nspname')}) AND ${isNotOfExtension(catalog, oid)})`

/** SQL condition: made after the server itself was. https://www.postgresql.org/docs/current/system-catalog-initial-data.html */
export const isNotInitial = (oid: string): string => `${oid} >= 16384`
