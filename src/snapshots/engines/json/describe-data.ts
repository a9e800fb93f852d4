import type { Fingerprint } from '../../../databases/fingerprint.js'
import { type Model, readModels } from '../../../project/models.js'
import { type JsonNames, nameTables } from '../../json-names.js'
import type { SnapshotContext, SnapshotTable } from '../../snapshot.js'
import { toolVersion } from '../../tool-version.js'
import type { DataMetadata } from './data-file.js'

interface NamedTable extends SnapshotTable {
  readonly id: string
  readonly columns: readonly { readonly name: string }[]
}

/** Names as the Prisma schema has them. */
export async function readNames<Table extends NamedTable>(
  { project }: SnapshotContext,
  tables: readonly Table[],
): Promise<ReadonlyMap<Table, JsonNames>> {
  // They are for people only: without a schema that can be read, tables are called by their own names.
  const models = await readModels(project.schemaPath).catch((): readonly Model[] => [])
  return nameTables(tables, models, project.target.schema)
}

export function describeData<Table extends NamedTable>(
  { project }: SnapshotContext,
  fingerprint: Fingerprint,
  tables: readonly Table[],
  names: ReadonlyMap<Table, JsonNames>,
): DataMetadata {
  const byId = new Map(tables.map((table) => [table.id, names.get(table)?.name]))
  return {
    tool: `safe-migrate ${toolVersion()}`,
    takenAt: fingerprint.takenAt,
    provider: project.provider,
    counts: Object.fromEntries(fingerprint.tables.map(({ id, name, rows }) => [byId.get(id) ?? name, rows])),
  }
}
