import type { Fingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { sha256OfText } from '../util/sha256.js'
import type { Manifest } from './manifest.js'

/** What the manifest says of each table. */
export function tablesOf(fingerprint: Fingerprint): Manifest['tables'] {
  const { tables, rowsIn } = fingerprint
  return tables.map((table) => ({
    schema: table.schema,
    name: table.name,
    rows: table.rows,
    digest: rowsIn === undefined ? digestOf(table) : null,
  }))
}

/** Null when a column could not be digested. */
function digestOf(table: TableFingerprint): string | null {
  if (table.columns.some((column) => column.digest === null)) return null
  const parts = [table.rows, table.key, table.columns.map((column) => [column.name, column.type, column.nonNull, column.digest])]
  return sha256OfText(JSON.stringify(parts))
}

/** Of all its tables. */
export function countRowsOf({ manifest }: { readonly manifest: Pick<Manifest, 'tables'> }): number {
  return manifest.tables.reduce((sum, { rows }) => sum + rows, 0)
}
