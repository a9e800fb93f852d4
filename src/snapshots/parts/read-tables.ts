import type { Catalog, CatalogTable } from '../../databases/catalog.js'
import type { SnapshotContext } from '../snapshot.js'

/** The catalog without partitions: their rows and keys are those of the partitioned table. */
export async function readTables({ project, connection }: Pick<SnapshotContext, 'project' | 'connection'>): Promise<Catalog> {
  const whole = await project.database.readCatalog(connection)
  const partitioned = new Set(
    whole.tables.filter(({ kind }) => kind === 'partitioned').map(({ schema, name }) => JSON.stringify([schema, name])),
  )
  const isPartition = ({ parents = [] }: CatalogTable) =>
    parents.some(({ schema, table }) => partitioned.has(JSON.stringify([schema, table])))
  return { ...whole, tables: whole.tables.filter((table) => !isPartition(table)) }
}
