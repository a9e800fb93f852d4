import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import { findRestoreTools, isTableData, largeObjectFiles, readArchive, rowsFile } from './archive.js'
import { rowsOfFile } from './copy-text.js'
import { inParallel, readToEnd, verifyRows } from './verify-rows.js'

/**
 * Reads a dump to its end: the table of contents, every table's rows (as many as the fingerprint counted), every large object. A dump that
 * was cut off cannot pass. @throws SafeMigrateError `snapshot`
 */
export async function verifyDump(context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  const tools = await findRestoreTools(snapshot)
  const entries = (await readArchive(tools, context.project.target, snapshot)).filter(isTableData)
  await verifyRows(context, snapshot, (table) => {
    const entry = entries.find((one) => one.oid === table.id)
    return entry === undefined ? null : [rowsOfFile(rowsFile(snapshot, entry))]
  })
  await inParallel(await largeObjectFiles(snapshot), (file) => readToEnd(snapshot, file))
}
