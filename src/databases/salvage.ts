import type { CatalogTable } from './catalog.js'
import type { Connection } from './database.js'
import type { ColumnFingerprint } from './fingerprint.js'
import type { StagedSource } from './row-restore.js'

/** A column of the snapshot that is read for a salvage. */
export interface SalvagedColumn {
  /** As it was then; `name` is its name in the snapshot's table. */
  readonly before: ColumnFingerprint
  /** The column of now that can take its values, and where they go in the working table: NULL where a value does not fit exactly. */
  readonly fitted: { readonly to: string; readonly live: string; readonly type: string } | null
  /** Where the value of then goes in the working table; null when it is not wanted besides. */
  readonly original: string | null
}

export interface SideColumn {
  readonly name: string
  readonly type: string
}

/** Tables for what cannot be put back, where neither Prisma nor the application looks. */
export interface SideTables {
  /** For people: `the schema _safe_migrate_salvage`. */
  readonly place: string
  /** What has to be run before a statement that names one of them; null: nothing. */
  readonly prologue: string | null
  /** Longest name, in bytes. */
  readonly longestName: number
  has(name: string): boolean
  /** For statements, quoted. */
  nameOf(name: string): string
  /** Makes one from a query on the connection of the working tables. @returns its rows */
  write(name: string, columns: readonly SideColumn[], select: string): Promise<number>
  /** Makes sure that what was written outlasts the commit that follows. */
  keep(): Promise<void>
  /** Removes what a rollback does not. */
  discard(): Promise<void>
}

/** What a salvage needs where databases differ, besides `RowRestoreSql`. */
export interface SalvageSql {
  /** Condition: the row was written last between two moments (`ComparisonSql.readMoment`), and certainly not after. */
  writtenBetween(alias: string, from: string, to: string): string
  /** Which transaction wrote the row last; null where rows do not tell. */
  writerOf(alias: string): string | null
  /** For each column of an opened table the type in which its values are kept: no type that a migration could want to drop. */
  readPlainTypes(source: StagedSource, columns: readonly ColumnFingerprint[]): Promise<ReadonlyMap<string, string>>
  /** For a statement that is shown: a value of a side table as one of the live type. */
  cast(sql: string, type: string): string
  /** For a statement that is shown: gives a column another type; null where that takes more than a statement. */
  changeType(table: string, column: string, type: string): string | null
  /** Fills a new working table with the rows of then. */
  stage(
    source: StagedSource,
    target: Connection,
    table: string,
    live: CatalogTable | null,
    columns: readonly SalvagedColumn[],
  ): Promise<void>
  /** @param folder absolute path, for what cannot be in the database @param stamp tells this salvage from others; safe in names */
  openSideTables(connection: Connection, folder: string, stamp: string): Promise<SideTables>
}
