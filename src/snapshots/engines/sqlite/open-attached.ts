import { SafeMigrateError } from '../../../errors.js'
import { quoteIdentifier } from '../../../util/names.js'
import type { OpenedTable, Snapshot, SnapshotContext, SnapshotTable } from '../../snapshot.js'

/** Shows a table of the database file `file` beside the live ones. */
export async function openAttached(context: SnapshotContext, snapshot: Snapshot, file: string, table: SnapshotTable): Promise<OpenedTable> {
  const connection = await context.project.database.connect(context.project.target)
  try {
    await connection.query('ATTACH DATABASE ? AS "snapshot"', [file])
    // Nothing is to be written through this connection: the snapshot must stay as its checksums say.
    await connection.query('PRAGMA query_only = ON')
    const rows = await connection.query(`PRAGMA "snapshot".table_xinfo(${quoteIdentifier(table.name)})`)
    if (rows.length === 0) throw new SafeMigrateError({ code: 'snapshot', message: `Snapshot ${snapshot.id} has no table ${table.name}.` })
    // hidden = 1: columns of virtual tables that hold no values. https://www.sqlite.org/pragma.html#pragma_table_xinfo
    const columns = rows.filter((row) => Number(row.hidden) !== 1).map((row) => String(row.name))
    return { connection, sqlName: `"snapshot".${quoteIdentifier(table.name)}`, columns, close: () => connection.close() }
  } catch (error) {
    await connection.close()
    throw error
  }
}
