import { quoteIdentifier } from '../../util/names.js'
import type { CatalogTable } from '../catalog.js'
import type { ReadLevel, TableFingerprint } from '../fingerprint.js'
import type { SqliteConnection } from './connection.js'
import { uncounted } from './scan.js'

/** A result has no more than 2,000 columns, as a table. https://www.sqlite.org/limits.html */
const COLUMNS_PER_QUERY = 1000

/**
 * A table's fingerprint without reading a value: SQLite counts rows and NULLs by itself, many times faster than it hands them over.
 * @param name what its contents are called in place of digests: that of the key; of columns with their number
 */
export function countTable(connection: SqliteConnection, table: CatalogTable, level: ReadLevel, name: string): TableFingerprint {
  const { rows, nonNull } = count(connection, table, level === 'counts' ? [] : nullableColumns(table))
  return {
    id: table.id,
    schema: null,
    name: table.name,
    rows,
    key: table.primaryKey.length === 0 ? null : { columns: table.primaryKey, digest: name },
    columns: table.columns.map((column, index) =>
      level === 'counts'
        ? uncounted(column, rows)
        : {
            id: column.id,
            name: column.name,
            type: column.type,
            nonNull: nonNull.get(column.name) ?? rows,
            digest: `${name}.${index}`,
            ...(column.generated ? { generated: true } : {}),
          },
    ),
    ...(table.primaryKey.length > 0 ? {} : { rowDigest: level === 'counts' ? null : `${name}.rows` }),
    ...(level === 'counts' ? { level } : {}),
  }
}

function nullableColumns({ columns }: CatalogTable): readonly string[] {
  return columns.filter(({ notNull }) => !notNull).map(({ name }) => name)
}

function count({ handle }: SqliteConnection, { name }: CatalogTable, columns: readonly string[]) {
  const nonNull = new Map<string, number>()
  let rows = 0
  for (let start = 0; start === 0 || start < columns.length; start += COLUMNS_PER_QUERY) {
    const some = columns.slice(start, start + COLUMNS_PER_QUERY)
    const counts = ['count(*)', ...some.map((column) => `count(${quoteIdentifier(column)})`)]
    const found = handle
      .prepare(`SELECT ${counts.join(', ')} FROM main.${quoteIdentifier(name)}`)
      .raw()
      .get()
    const [all, ...others] = Array.isArray(found) ? found.map(Number) : []
    rows = all ?? 0
    for (const [index, column] of some.entries()) nonNull.set(column, others[index] ?? 0)
  }
  return { rows, nonNull }
}
