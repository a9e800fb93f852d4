import type { TableConstraints } from '../sql/constraints.js'
import { columnKey, type SchemaState, type TableState } from './schema-state.js'

/** What the table demands once a column has another name. SQL of checks stays as it was written. */
export function renameInConstraints(
  state: SchemaState,
  constraints: TableConstraints | null,
  from: string,
  to: string,
): TableConstraints | null {
  if (constraints === null) return null
  const rename = (column: string) => (columnKey(state, column) === columnKey(state, from) ? to : column)
  return {
    ...constraints,
    keys: constraints.keys.map((key) => ({ ...key, columns: key.columns.map(rename) })),
    notNull: constraints.notNull.map((one) => ({ ...one, column: rename(one.column) })),
    collations: constraints.collations.map((one) => ({ ...one, column: rename(one.column) })),
  }
}

/** UNIQUE of the table's own definition, on plain columns. */
export function uniqueKeysOf(constraints: TableConstraints | undefined): TableState['uniqueKeys'] {
  const keys = (constraints?.keys ?? []).filter(({ isPrimary, columns }) => !isPrimary && !columns.includes(''))
  return keys.map(({ columns }) => ({ name: null, columns }))
}

/** Whether every row that is put in is there afterwards, or the statement has failed. */
export function refusesMisfits(constraints: TableConstraints | null): boolean {
  return [...(constraints?.keys ?? []), ...(constraints?.notNull ?? [])].every(({ onConflict }) => onConflict === 'refuse')
}
