import type { Connection } from '../../../databases/database.js'
import { isNotOfExtension, isUserSchema } from '../../../databases/postgresql/catalog-sql.js'
import { isNotInitial } from './schema/reader.js'

const named = (catalog: string, oid: string): string =>
  `(SELECT i.type || ' ' || i.identity FROM pg_identify_object('${catalog}'::regclass, ${oid}, 0) i)`

/** What needs C code or a superuser to be made, and comes with extensions as a rule. Where anything else needs it, there is no snapshot at all. */
const CATALOGS = ['pg_language', 'pg_am', 'pg_foreign_data_wrapper', 'pg_transform', 'pg_ts_parser', 'pg_ts_template']

const NOT_CARRIED = [
  ...CATALOGS.map(
    (catalog) =>
      `SELECT ${named(catalog, 'o.oid')} AS what FROM ${catalog} o WHERE ${isNotInitial('o.oid')} AND ${isNotOfExtension(catalog, 'o.oid')}`,
  ),
  `SELECT ${named('pg_type', 't.oid')} FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typtype = 'b' AND t.typelem = 0 AND ${isUserSchema('n.nspname')} AND ${isNotOfExtension('pg_type', 't.oid')}`,
  `SELECT 'subscription ' || quote_ident(subname) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  `SELECT 'invalid index ' || x.indexrelid::regclass FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT x.indisvalid AND c.relkind = 'i' AND ${isUserSchema('n.nspname')}`,
  `SELECT 'disabled triggers of foreign keys of ' || t.tgrelid::regclass FROM pg_trigger t WHERE t.tgisinternal AND t.tgenabled <> 'O'`,
]

/** For people: what is in the database and will not be in the snapshot. Needs an empty search path. */
export async function readNotCarried(connection: Connection): Promise<string[]> {
  return (await connection.query(NOT_CARRIED.join(' UNION '))).map((row) => String(row.what))
}
