import type { OpenedTable, Snapshot, SnapshotContext, SnapshotTable } from '../../snapshot.js'
import { findRestoreTools, isTableData, readArchive, rowsFile } from './archive.js'
import { rowsOfFile } from './copy-text.js'
import { openCopiedRows } from './open-copied-rows.js'

/** Loads the rows of one table from a dump into a temporary table beside the live ones. */
export async function openDumpedTable(context: SnapshotContext, snapshot: Snapshot, table: SnapshotTable): Promise<OpenedTable> {
  const entries = (await readArchive(await findRestoreTools(snapshot), context.project.target, snapshot)).filter(isTableData)
  return openCopiedRows(context, snapshot, table, {
    partsOf: ({ id }) => entries.filter((entry) => entry.oid === id).map((entry) => rowsOfFile(rowsFile(snapshot, entry))),
  })
}
