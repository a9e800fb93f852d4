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
