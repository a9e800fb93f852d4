import { connectTo, type PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { SafeMigrateError } from '../../../errors.js'
import { displayName } from '../../../util/names.js'
import type { OpenedTable, Snapshot, SnapshotContext, SnapshotTable } from '../../snapshot.js'
import { findRestoreTools, isTableData, readArchive, rowsFile } from './archive.js'
import { openCopyIn } from './copy-in.js'
import { pipeRows } from './copy-text.js'
import { readDatabaseFile, type TableLayout } from './database-file.js'
import { createSnapshotTable, SNAPSHOT_TABLE } from './snapshot-table.js'

/** Loads the rows of one table from a dump into a temporary table beside the live ones. */
export async function openDumpedTable(context: SnapshotContext, snapshot: Snapshot, table: SnapshotTable): Promise<OpenedTable> {
  const { target } = context.project
  const { tables } = await readDatabaseFile(snapshot)
  const layout = findLayout(snapshot, tables, table)
  const entries = (await readArchive(await findRestoreTools(snapshot), target, snapshot)).filter(isTableData)
  const connection = await connectTo(postgresql, target, target.name)
  try {
    const columns = await createSnapshotTable(connection, layout)
    for (const part of [layout, ...layout.partitions.map((id) => tables.find((one) => one.id === id))]) {
      const entry = entries.find((one) => one.oid === part?.id)
      if (part === undefined || entry === undefined) continue
      await loadRows(connection, rowsFile(snapshot, entry), part)
      context.onProgress({ step: `Reading ${displayName(part.schema, part.name)} from the snapshot` })
    }
    await connection.query(`ANALYZE ${SNAPSHOT_TABLE}`)
    return { connection, sqlName: SNAPSHOT_TABLE, columns, close: () => connection.close() }
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function loadRows(connection: PostgresqlConnection, file: string, table: TableLayout): Promise<void> {
  const columns = table.columns.filter((column) => column.generated === null).map((column) => column.name)
  await pipeRows(file, openCopyIn(connection, SNAPSHOT_TABLE, columns))
}

/** @throws SafeMigrateError `snapshot` when the snapshot has no such table */
export function findLayout(snapshot: Snapshot, tables: readonly TableLayout[], table: SnapshotTable): TableLayout {
  const layout = tables.find((one) => one.name === table.name && (table.schema === null || one.schema === table.schema))
  if (layout !== undefined) return layout
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} has no table ${displayName(table.schema, table.name)}.`,
  })
}
