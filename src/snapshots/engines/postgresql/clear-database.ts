import type { Connection } from '../../../databases/database.js'
import { isUserSchema } from '../../../databases/postgresql/catalog-sql.js'
import { quoteIdentifier as quote } from '../../../util/names.js'
import type { DatabaseFile } from './database-file.js'

export interface ClearedDatabase {
  /** Extensions that stayed because they are as in the snapshot: making them again may need a superuser. */
  readonly keptExtensions: ReadonlySet<string>
  /** Schemas that stayed, emptied. */
  readonly keptSchemas: ReadonlySet<string>
}

const OF_EXTENSION = (classid: string, objid: string) =>
  `EXISTS (SELECT FROM pg_depend e WHERE e.classid = ${classid} AND e.objid = ${objid} AND e.deptype = 'e')`

/** Objects directly in a schema, with the word that DROP wants. https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-OBJECT */
const OBJECTS_OF_SCHEMA = `
  SELECT CASE i.type WHEN 'composite type' THEN 'TYPE' WHEN 'statistics object' THEN 'STATISTICS' ELSE upper(i.type) END || ' IF EXISTS ' || i.identity AS object
  FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) i
  WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace($1)::oid AND d.deptype = 'n'
    AND d.classid NOT IN ('pg_default_acl'::regclass, 'pg_extension'::regclass, 'pg_publication_namespace'::regclass) AND NOT ${OF_EXTENSION('d.classid', 'd.objid')}`

/** What is in no schema. Event triggers and foreign-data wrappers need a superuser; so did their making. */
const GLOBAL_OBJECTS = `
  SELECT 'PUBLICATION ' || quote_ident(pubname) AS object FROM pg_publication WHERE NOT ${OF_EXTENSION("'pg_publication'::regclass", 'pg_publication.oid')}
  UNION ALL SELECT 'EVENT TRIGGER ' || quote_ident(evtname) FROM pg_event_trigger WHERE NOT ${OF_EXTENSION("'pg_event_trigger'::regclass", 'pg_event_trigger.oid')}
  UNION ALL SELECT 'SERVER ' || quote_ident(srvname) FROM pg_foreign_server WHERE NOT ${OF_EXTENSION("'pg_foreign_server'::regclass", 'pg_foreign_server.oid')}
  UNION ALL SELECT 'FOREIGN DATA WRAPPER ' || quote_ident(fdwname) FROM pg_foreign_data_wrapper
    WHERE NOT ${OF_EXTENSION("'pg_foreign_data_wrapper'::regclass", 'pg_foreign_data_wrapper.oid')}`

/**
 * Empties the database inside the caller's transaction: everything that a dump brings back, and everything that came after the snapshot.
 * Default privileges that are not tied to a schema, and privileges on the schema `public`, stay.
 */
export async function clearDatabase(connection: Connection, snapshot: DatabaseFile): Promise<ClearedDatabase> {
  const keptExtensions = await dropOtherExtensions(connection, snapshot)
  for (const row of await connection.query(GLOBAL_OBJECTS)) await connection.query(`DROP ${String(row.object)} CASCADE`)
  const schemas = await connection.query(
    `SELECT n.nspname AS name, n.nspname = 'public' OR ${OF_EXTENSION("'pg_namespace'::regclass", 'n.oid')} OR EXISTS (
       SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
         AND (d.classid = 'pg_extension'::regclass OR ${OF_EXTENSION('d.classid', 'd.objid')})) AS stays
     FROM pg_namespace n WHERE ${isUserSchema('n.nspname')}`,
  )
  const keptSchemas = new Set<string>()
  for (const row of schemas) {
    const name = String(row.name)
    if (row.stays === true) {
      keptSchemas.add(name)
      await emptySchema(connection, name)
    } else {
      await connection.query(`DROP SCHEMA ${quote(name)} CASCADE`)
    }
  }
  await connection.query('SELECT lo_unlink(oid) FROM pg_largeobject_metadata')
  return { keptExtensions, keptSchemas }
}

async function dropOtherExtensions(connection: Connection, snapshot: DatabaseFile): Promise<Set<string>> {
  const rows = await connection.query(
    'SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace',
  )
  const kept = new Set<string>()
  for (const { name, version, schema } of rows) {
    const isSame = snapshot.extensions.some((one) => one.name === name && one.version === version && one.schema === schema)
    if (isSame) kept.add(String(name))
    else await connection.query(`DROP EXTENSION IF EXISTS ${quote(String(name))} CASCADE`)
  }
  return kept
}

/** A schema that holds an extension's objects cannot be dropped without it: everything else in it is dropped one by one. */
async function emptySchema(connection: Connection, schema: string): Promise<void> {
  for (const row of await connection.query(OBJECTS_OF_SCHEMA, [quote(schema)])) {
    await connection.query(`DROP ${String(row.object)} CASCADE`)
  }
}
