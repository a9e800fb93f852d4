import { connectTo } from '../../../databases/postgresql/connection.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { SafeMigrateError } from '../../../errors.js'
import { displayName } from '../../../util/names.js'
import { startStep } from '../../../util/progress.js'
import type { OpenedTable, Snapshot, SnapshotContext, SnapshotTable } from '../../snapshot.js'
import { openCopyIn } from './copy-in.js'
import type { WriteRows } from './copy-text.js'
import { readDatabaseFile, type TableLayout } from './database-file.js'
import { createSnapshotTable, SNAPSHOT_TABLE } from './snapshot-table.js'

export interface CopiedRows {
  /** The parts of a table. */
  partsOf(table: TableLayout): readonly WriteRows[]
  /** Of the rows, when it is not the one of the connection. */
  readonly encoding?: string
}

/** Loads the rows of one table into a temporary table beside the live ones. */
export async function openCopiedRows(
  context: SnapshotContext,
  snapshot: Snapshot,
  table: SnapshotTable,
  rows: CopiedRows,
): Promise<OpenedTable> {
  const { target } = context.project
  const { tables } = await readDatabaseFile(snapshot)
  const layout = findLayout(snapshot, tables, table)
  const connection = await connectTo(postgresql, target, target.name)
  try {
    await connection.query("SET statement_timeout = 0; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET lc_monetary = 'C'")
    const columns = await createSnapshotTable(connection, layout)
    const parts = [layout, ...layout.partitions.flatMap((id) => tables.find((one) => one.id === id) ?? [])]
    const total = snapshot.manifest.tables.find(({ schema, name }) => schema === layout.schema && name === layout.name)?.rows ?? 0
    const progress = startStep(context.onProgress, `Reading ${displayName(layout.schema, layout.name)} from the snapshot`, total, 'rows')
    for (const part of parts) {
      const names = part.columns.filter((column) => column.generated === null).map((column) => column.name)
      for (const write of rows.partsOf(part))
        await write(openCopyIn(connection, SNAPSHOT_TABLE, names, { encoding: rows.encoding }), progress.add)
    }
    progress.end()
    await connection.query(`ANALYZE ${SNAPSHOT_TABLE}`)
    return { connection, sqlName: SNAPSHOT_TABLE, columns, close: () => connection.close() }
  } catch (error) {
    await connection.close()
    throw error
  }
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
