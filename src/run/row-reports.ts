import type { PartMode } from '../snapshots/parts/part.js'
import type { PartTablePlan } from '../snapshots/restore-parts.js'
import type { ProjectSummary, SnapshotSummary } from './report.js'

/** A model, or a table that no model has, in an export. */
export interface ExportedTable {
  readonly name: string
  readonly schema: string | null
  readonly table: string
  readonly rows: number
  /** Absolute path. */
  readonly file: string
}

/** What `snapshot export` wrote. */
export interface ExportReport {
  readonly report: 'export'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly snapshot: string
  readonly format: 'ndjson' | 'json'
  /** Absolute path of the folder or file. */
  readonly output: string
  readonly tables: readonly ExportedTable[]
}

/** What `import` did, or would do. When there are problems nothing was written. */
export interface ImportReport {
  readonly report: 'import'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly project: ProjectSummary
  /** Key in `imports` of the configuration. */
  readonly mapping: string
  readonly file: string
  readonly model: string
  readonly dryRun: boolean
  /** Rows in the file. */
  readonly rows: number
  readonly inserted: number
  readonly updated: number
  /** Existed already. */
  readonly skipped: number
  /** By line of the file; line 0 is about all of it. */
  readonly problems: readonly { readonly line: number; readonly message: string }[]
  readonly moreProblems: number
  /** Columns of the file that the mapping does not name. */
  readonly ignored: readonly string[]
  /** From before the import; null when nothing was written. */
  readonly snapshot: SnapshotSummary | null
}

/** What `import` of JSON files did, or would do. */
export interface ImportJsonReport {
  readonly report: 'import-json'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly project: ProjectSummary
  /** File or folder. */
  readonly file: string
  readonly mode: PartMode
  /** `refused`: there are problems, and nothing was written. `unchanged`: everything was there already. */
  readonly verdict: 'planned' | 'imported' | 'unchanged' | 'declined' | 'refused'
  /** Rows in the files. */
  readonly rows: number
  /** Every table that gets rows, referenced ones first; numbers of rows. */
  readonly tables: readonly PartTablePlan[]
  readonly notices: readonly string[]
  /** Line 0 is about all of a file. */
  readonly problems: readonly { readonly file: string; readonly line: number; readonly message: string }[]
  readonly moreProblems: number
  /** From before the import; null when nothing was written. */
  readonly snapshot: SnapshotSummary | null
}
