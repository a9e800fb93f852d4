import type { Connection } from '../../../databases/database.js'
import { quoteText } from '../../../util/names.js'

/** The rows that pg_dump takes from an extension's table are those that its condition names. https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-CONFIG-TABLES */
export async function clearExtensionRows(connection: Connection, name: string): Promise<void> {
  const rows = await connection.query(
    `SELECT e.extcondition[array_position(e.extconfig, c.oid)] AS condition
     FROM pg_extension e, pg_class c WHERE c.oid = ${quoteText(name)}::regclass AND c.oid = ANY (e.extconfig)`,
  )
  for (const row of rows) await connection.query(`DELETE FROM ${name} ${row.condition === null ? '' : String(row.condition)}`)
}
