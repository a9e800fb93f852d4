/** One file of SQL, usually a migration.sql. */
export interface SqlSource {
  /** Name of the migration's folder, or the file's name when it is not in a migrations folder. */
  readonly migration: string
  /** Path as the user knows it, for messages. */
  readonly file: string
  readonly sql: string
}

/** One SQL statement with its span in the file. Offsets are UTF-16 code units; `sql` has no leading comments and no final semicolon. */
export interface Statement {
  readonly sql: string
  readonly start: number
  readonly end: number
  /** 0-based position among the file's statements. */
  readonly index: number
  readonly source: SqlSource
}

/** 1-based lines and columns (UTF-16), the end exclusive. */
export interface Location {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}
