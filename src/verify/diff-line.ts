/** One way in which a row, or what holds rows, is not as it was: a line of `safe-migrate diff --as ndjson`. */
export interface DiffLine {
  /** Null where the database has no schemas. */
  readonly schema: string | null
  /** As it was called in the snapshot; a new table's own name. */
  readonly table: string
  readonly change: DiffChange
  /** Columns of the primary key with their values as text; null without one, and where it is not about a row. */
  readonly key: DiffRow | null
  /** As it was called in the snapshot; a new column's own name. Null where it is about whole rows or tables. */
  readonly column: string | null
  /** What a renamed table or column is called now. */
  readonly now?: string
  /** Of a value: what it was and is, as text, with `--show-values` only. Null is NULL. */
  readonly before?: string | null
  readonly after?: string | null
  /** Of a row that is gone or was added: its values as text, with `--show-values` only. */
  readonly row?: DiffRow
  /** How many rows it is about: of equal rows without a key, of a table or the values of a column that is gone. */
  readonly rows: number
}

export const DIFF_CHANGES = [
  'table-gone',
  'table-added',
  'table-renamed',
  'column-gone', // `rows`: values that were not NULL
  'column-added',
  'column-renamed',
  'row-gone',
  'row-added',
  'value-lost', // it is NULL now, or its column is gone
  'value-changed',
  'value-set', // it was NULL
] as const

export type DiffChange = (typeof DIFF_CHANGES)[number]
export type DiffRow = Readonly<Record<string, string | null>>

/** Gets some lines at a time, and is awaited. */
export type OnLines = (lines: readonly DiffLine[]) => Promise<void>
