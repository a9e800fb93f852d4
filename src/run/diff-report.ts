import type { DiffLine } from '../verify/diff-line.js'
import type { ProjectSummary } from './report.js'

/** How a database differs from a snapshot, row by row. */
export interface DiffReport {
  readonly report: 'diff'
  readonly formatVersion: 1
  /** 1 with `--exit-code` when there are differences, and always when a table could not be compared. */
  readonly exitCode: number
  readonly project: ProjectSummary
  readonly snapshot: string
  readonly takenAt: string
  /** Where all lines went; null when they were not asked for. */
  readonly written: { readonly as: DiffFormat; readonly to: string; readonly lines: number } | null
  readonly showValues: boolean
  /** Tables that differ. */
  readonly tables: readonly TableDiff[]
  /** How many do not. */
  readonly unchanged: number
  /** How those of the snapshot differ, for people; null when they do not, there are none, or tables were named. */
  readonly largeObjects: string | null
  /** Tables whose rows are elsewhere. */
  readonly unread: readonly { readonly schema: string | null; readonly name: string; readonly why: string }[]
  readonly next: readonly string[]
}

export const DIFF_FORMATS = ['ndjson', 'csv'] as const
export type DiffFormat = (typeof DIFF_FORMATS)[number]

export interface TableDiff {
  readonly schema: string | null
  /** As it was called in the snapshot. */
  readonly name: string
  /** As it is called now; null when it is gone. */
  readonly nameNow: string | null
  /** Null: it is new. */
  readonly rowsThen: number | null
  readonly rowsNow: number | null
  readonly hasKey: boolean
  readonly rowsGone: number
  readonly rowsAdded: number
  /** Rows that are still there and hold other values, also where their column is gone. */
  readonly rowsChanged: number
  readonly columns: readonly ColumnDiff[]
  /** Why its rows could not all be compared. */
  readonly problem: string | null
  /** The first ones. */
  readonly lines: readonly DiffLine[]
  readonly moreLines: number
}

export interface ColumnDiff {
  readonly name: string
  /** Null: it is gone. */
  readonly nameNow: string | null
  readonly isNew: boolean
  /** Values that are NULL now, or went with the column. */
  readonly lost: number
  readonly changed: number
  /** Values that were NULL. */
  readonly set: number
}
