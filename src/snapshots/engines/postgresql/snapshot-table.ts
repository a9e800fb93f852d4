import type { Connection } from '../../../databases/database.js'
import { quoteIdentifier as quote } from '../../../util/names.js'
import type { TableLayout } from './database-file.js'

/** The temporary table that shows a table of the snapshot, quoted. */
export const SNAPSHOT_TABLE = 'pg_temp."safe_migrate_snapshot"'

/**
 * Creates it empty, with the columns as they were. A generated column is computed again, since its values are in no dump; when its
 * expression does not work any more, it is left out.
 * @returns the names of its columns
 */
export async function createSnapshotTable(connection: Connection, table: TableLayout): Promise<string[]> {
  const plain: string[] = []
  for (const { name, loadType, generated } of table.columns) {
    if (generated === null) plain.push(`${quote(name)} ${await knownType(connection, loadType)}`)
  }
  await connection.query(`CREATE TEMPORARY TABLE ${SNAPSHOT_TABLE} (${plain.join(', ')})`)
  const names = table.columns.filter((column) => column.generated === null).map((column) => column.name)
  for (const { name, loadType, generated } of table.columns) {
    if (generated === null) continue
    const sql = `ALTER TABLE ${SNAPSHOT_TABLE} ADD COLUMN ${quote(name)} ${await knownType(connection, loadType)} GENERATED ALWAYS AS (${generated}) STORED`
    const isDone = await connection.query(sql).then(
      () => true,
      () => false,
    )
    if (isDone) names.push(name)
  }
  return names
}

/** A type of an extension may be gone with it; its values are still readable as text. */
async function knownType(connection: Connection, type: string): Promise<string> {
  const [row] = await connection.query('SELECT to_regtype($1) IS NOT NULL AS known', [type])
  return row?.known === true ? type : 'text'
}
