import type { Assignment } from './change.js'

/** The rows that a statement puts into a table: SELECT or VALUES with its WITH clause, and what its columns fill, in order; empty: all columns of the table. */
export interface NewRows {
  readonly query: string
  readonly columns: readonly string[]
}

/** What becomes of a row that violates a constraint: the statement fails, the rows in its way are deleted, or it is left out. https://www.sqlite.org/lang_conflict.html */
export type ConflictAction = 'refuse' | 'replace' | 'ignore'

/** One ON CONFLICT … DO of an INSERT. */
export interface Upsert {
  /** Columns of the key; null when there are none, or not only plain columns. */
  readonly key: readonly string[] | null
  /** ON CONSTRAINT; null for any other. */
  readonly constraint: string | null
  /** It is about every key. */
  readonly isAny: boolean
  /** It is about an index of some rows only. */
  readonly isPartial: boolean
  /** DO UPDATE; null: DO NOTHING. */
  readonly assignments: readonly Assignment[] | null
  /** WHERE of DO UPDATE. */
  readonly where: string | null
}

/** What a CREATE TABLE demands of each row, and what becomes of one that does not comply, where tables can say so (SQLite). */
export interface TableConstraints {
  readonly keys: readonly { readonly columns: readonly string[]; readonly isPrimary: boolean; readonly onConflict: ConflictAction }[]
  readonly notNull: readonly { readonly column: string; readonly onConflict: ConflictAction }[]
  /** SQL. */
  readonly checks: readonly string[]
  readonly collations: readonly { readonly column: string; readonly collation: string }[]
  /** Values must be of their column's type. */
  readonly isStrict: boolean
}
