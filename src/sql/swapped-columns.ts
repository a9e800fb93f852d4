import type { ChangeOf, ColumnDefinition } from './change.js'

/** A column that keeps its name and gets what another one held. */
export interface SwappedColumn {
  readonly definition: ColumnDefinition
  readonly source: string
}

/**
 * Columns that get the values of another one while their own come into a third: `INSERT INTO new (a, b) SELECT b, a`, or SELECT * where the
 * new table has another order. `old`: the columns of the old table in order; null: not known. A column whose own values come nowhere is left out.
 */
export function findSwapped({ columns }: ChangeOf<'rebuild-table'>, old: readonly string[] | null): readonly SwappedColumn[] {
  const sources = columns.map(({ definition, source }) => {
    const name = source.from === 'column' ? source.column : source.from === 'position' ? (old?.[source.index] ?? null) : null
    return { definition, source: name }
  })
  return sources.flatMap(({ definition, source }) => {
    const isSwapped = source !== null && !isSame(source, definition.name) && sources.some((one) => isSame(one.source, definition.name))
    return isSwapped ? [{ definition, source }] : []
  })
}

/** SQLite's names do not depend on case. */
function isSame(a: string | null, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase()
}
