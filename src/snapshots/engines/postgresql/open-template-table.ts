import { pipeline } from 'node:stream/promises'
import { connectTo } from '../../../databases/postgresql/connection.js'
import { CopyOutput } from '../../../databases/postgresql/copy-output.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { quoteIdentifier as quote, quoteQualified } from '../../../util/names.js'
import type { OpenedTable, Snapshot, SnapshotContext, SnapshotTable } from '../../snapshot.js'
import { openCopyIn } from './copy-in.js'
import { readDatabaseFile } from './database-file.js'
import { withDatabase } from './maintenance.js'
import { findLayout } from './open-copied-rows.js'
import { createSnapshotTable, SNAPSHOT_TABLE } from './snapshot-table.js'
import { withTemplate } from './template-access.js'

/** Copies the rows of one table from the template database into a temporary table beside the live ones. */
export async function openTemplateTable(context: SnapshotContext, snapshot: Snapshot, table: SnapshotTable): Promise<OpenedTable> {
  const { target } = context.project
  const found = findLayout(snapshot, (await readDatabaseFile(snapshot)).tables, table)
  // Here the values of generated columns can be read like all others.
  const layout = { ...found, columns: found.columns.map((column) => ({ ...column, generated: null })) }
  const connection = await connectTo(postgresql, target, target.name)
  try {
    const columns = await createSnapshotTable(connection, layout)
    // A query, not the table: of a partitioned table COPY takes only that.
    const rows = `SELECT ${columns.map(quote).join(', ')} FROM ${layout.partitions.length > 0 ? '' : 'ONLY '}${quoteQualified(layout.schema, layout.name)}`
    await withTemplate(target, snapshot, (name) =>
      withDatabase(target, name, async (template) => {
        await template.query('SET row_security = off')
        await pipeline(template.client.query(new CopyOutput(`COPY (${rows}) TO STDOUT`)), openCopyIn(connection, SNAPSHOT_TABLE, columns))
      }),
    )
    await connection.query(`ANALYZE ${SNAPSHOT_TABLE}`)
    return { connection, sqlName: SNAPSHOT_TABLE, columns, close: () => connection.close() }
  } catch (error) {
    await connection.close()
    throw error
  }
}
