import type { CatalogTable } from '../../databases/catalog.js'
import type { ColumnFingerprint, TableFingerprint } from '../../databases/fingerprint.js'
import type { SalvageSql } from '../../databases/salvage.js'
import type { Part, PartColumn, Work } from '../parts/part.js'

/** What is to become of something that was lost. `aside`: into a side table, because what was agreed to cannot be told from what was not. */
export type Wish = 'back' | 'aside' | 'leave'

/** What the comparison after a run says about one table. Names of the table and its columns are those of then. */
export interface TableLoss {
  readonly schema: string | null
  readonly name: string
  /** What it is called now; null when it is gone. */
  readonly now: { readonly schema: string | null; readonly name: string } | null
  /** The columns that live on: then → now. */
  readonly columns: readonly (readonly [then: string, now: string])[]
  readonly rows: Wish
  /** How many rows the comparison found gone; null when that is not known. */
  readonly rowsGone: number | null
  /** By column of then; others are left. */
  readonly values: Readonly<Record<string, Wish>>
  /** Columns that are gone, whose values go aside. */
  readonly gone: readonly string[]
}

/** Why something that was lost is not put back. */
export const REASONS = {
  agreed: 'losses that were agreed to are among them, and they cannot be told apart',
  replaced: 'the table has no primary key: a row that was changed cannot be told from one that was replaced',
  unknown: 'what has been written since the migration cannot be told',
  deleted: 'more rows are gone than the migrations had lost: somebody has deleted since, and which ones cannot be told',
  taken: 'there is another row with the same key now',
  unique: 'another row has what must be unique',
  misfit: 'a value does not fit the type that its column has now',
  empty: 'a column that had no value may not be empty now',
  required: 'the table has a new column that may not be empty and has no default',
  orphan: 'what it references is not there any more',
  changed: 'the row was written since, or that cannot be ruled out',
  writers: 'several transactions wrote while the migrations ran, and which one was theirs cannot be told',
  refused: 'the database refuses the row',
  column: 'the column is gone',
  table: 'the table is gone',
} as const
export type Reason = keyof typeof REASONS

/** A column whose lost values are looked for. `w<index>` says what becomes of it: see FLAGS. */
export interface ValueColumn {
  readonly column: PartColumn
  readonly wish: Wish
}

/** Of a value: 0 nothing was lost, 1 goes back, others aside, with the reason. */
export const BACK = 1
export const FLAGS: Readonly<Record<number, Reason>> = {
  2: 'misfit',
  3: 'changed',
  4: 'unknown',
  5: 'agreed',
  6: 'unique',
  7: 'orphan',
  8: 'writers',
}

/** A table that is there, then and now. */
export interface SalvagePart {
  readonly loss: TableLoss
  readonly part: Part
  readonly values: readonly ValueColumn[]
  readonly gone: readonly ColumnFingerprint[]
  /** The working table with the rows as the migration left them, quoted; null when that is not known. */
  readonly left: string | null
  /** Columns of then with the plain type of their values. */
  readonly plain: ReadonlyMap<string, string>
}

/** A table that is gone. */
export interface GoneTable {
  readonly loss: TableLoss
  readonly before: TableFingerprint
  /** Its working table, quoted. */
  readonly work: string
  readonly columns: readonly { readonly before: ColumnFingerprint; readonly index: number }[]
  readonly plain: ReadonlyMap<string, string>
}

/** Between which moments the migrations ran, and how many transactions they were at most. */
export interface Window {
  readonly from: string
  readonly to: string
  readonly migrations: number
}

/** All that the steps of a salvage share. */
export interface Salvage {
  readonly work: Work
  readonly special: SalvageSql
  readonly parts: readonly SalvagePart[]
  readonly goneTables: readonly GoneTable[]
  readonly window: Window | null
  /** Whether what the migration left was kept right after it: rows that are gone since were deleted by somebody. */
  readonly isPrompt: boolean
  /** Rows of these tables the database refused, with its words. */
  readonly refused: ReadonlyMap<CatalogTable, string>
}

/** Expression for the value of then, in its plain type. */
export function plainValue(salvaged: Pick<SalvagePart, 'part' | 'plain' | 'values'>, name: string): string {
  const column = salvaged.part.columns.find(({ before }) => before.name === name)
  if (column === undefined) return `p.${goneName(salvaged.part, name)}`
  return `p.${keepsOriginal(salvaged, column) ? 'x' : 'v'}${column.index}`
}

/** Whether the working table holds the value of then beside the one to be. */
export function keepsOriginal({ plain, values }: Pick<SalvagePart, 'plain' | 'values'>, column: PartColumn): boolean {
  const type = plain.get(column.before.name)
  return type !== undefined && (type !== column.type || values.some((one) => one.column === column))
}

/** Where a column that is gone lies in the working table. */
export function goneName(part: Part, name: string): string {
  return `g${part.before.columns.findIndex((column) => column.name === name)}`
}

/** What must be unique, by the columns that are restored; the key that tells rows apart is so already. */
export function uniqueColumns({ part }: Pick<SalvagePart, 'part'>): readonly (readonly PartColumn[])[] {
  const lists = [part.live.primaryKey, ...part.live.uniqueKeys.map(({ columns }) => columns)]
  return lists.flatMap((names) => {
    const columns = names.flatMap((name) => part.columns.find((column) => column.name === name) ?? [])
    const isKey = part.key !== null && columns.length === part.key.length && columns.every((column) => part.key?.includes(column))
    return names.length === 0 || columns.length < names.length || isKey ? [] : [columns]
  })
}
