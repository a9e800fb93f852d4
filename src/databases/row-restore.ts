import type { CatalogForeignKey, CatalogTable } from './catalog.js'
import type { Connection } from './database.js'
import type { ColumnFingerprint } from './fingerprint.js'

/** A column that is read from a snapshot into a working table. */
export interface StagedColumn {
  /** Name in the snapshot's table. */
  readonly from: string
  /** Name in the working table; plain, without quotes. */
  readonly to: string
  /** As the catalog prints the type of the live column. */
  readonly type: string
  /** As the fingerprint saw it then, for telling whether the value survives another type. */
  readonly before: ColumnFingerprint
  /** The live column, by its name. */
  readonly live: string
}

/** Where the rows of then can be read; see `OpenedTable`. */
export interface StagedSource {
  readonly connection: Connection
  readonly sqlName: string
}

/** A column whose values do not fit what it is now. */
export interface Misfit {
  readonly column: string
  readonly rows: number
}

/** What was changed for the time of a transaction, and how to change it back within it. */
export interface Prepared {
  /** Checks everything that was put off, and puts back what was changed. Called once, when all rows are written. */
  settle(): Promise<void>
}

export interface PrepareOptions {
  readonly tables: readonly CatalogTable[]
  /** Those in which rows that are there get other values. */
  readonly overwritten: readonly CatalogTable[]
  /** Foreign keys that will be broken for a moment. */
  readonly broken: readonly { readonly table: CatalogTable; readonly key: CatalogForeignKey }[]
}

/**
 * SQL for putting rows of a snapshot back among live ones, where databases differ. The rest is the SQL that they share
 * (UPDATE … FROM, IS DISTINCT FROM, window functions: PostgreSQL, and SQLite from 3.39).
 */
export interface RowRestoreSql {
  /** A temporary table, quoted. */
  temporary(name: string): string
  /** To make an index of a temporary table. */
  indexOn(temporary: string, columns: readonly string[]): string
  /** Definition of a column that numbers the rows of a working table. */
  readonly rowNumber: string
  /** To read, change or delete the rows of a live table itself, without those of tables that inherit from it; an alias may follow. */
  rowsOf(table: CatalogTable): string
  /** To insert into. */
  nameOf(table: CatalogTable): string
  /** Between the columns of an INSERT and its SELECT. */
  readonly insertClause: string
  /** Names of the columns that find a row in a table without a key, with their types. */
  readonly address: readonly { readonly name: string; readonly type: string }[]
  /** The contents of a row as one text; equal exactly when the rows are. */
  signature(values: readonly string[]): string
  /** Condition: two values of one column are not the same, to the last bit; NULL is a value. */
  differs(a: string, b: string, type: string): string
  /** Whether a unique number can be made by counting. */
  isWholeNumber(type: string): boolean
  isText(type: string): boolean
  /** The value as text, for people. */
  text(sql: string): string
  /** For the time of the transaction: settings on which text forms and casts depend. */
  begin(connection: Connection, write: boolean, tables: readonly CatalogTable[]): Promise<void>
  /** Fills a new working table with the rows of then, as values of the live columns. @throws when a value cannot be one */
  stage(
    source: StagedSource,
    target: Connection,
    table: string,
    live: CatalogTable,
    columns: readonly StagedColumn[],
  ): Promise<readonly Misfit[]>
  /** Whether a foreign key may be broken until the end of the transaction. */
  readDeferrable(connection: Connection): Promise<(table: CatalogTable, key: CatalogForeignKey) => boolean>
  /** Triggers and rules that `prepare` cannot keep from firing on restored rows, for people. */
  readFiring(connection: Connection, tables: readonly CatalogTable[]): Promise<readonly string[]>
  /** Keeps triggers from firing and lets foreign keys be broken until `settle`. @throws SafeMigrateError `snapshot` where that is not allowed and needed */
  prepare(connection: Connection, options: PrepareOptions): Promise<Prepared>
  /** What `readOutcome` can be asked about afterwards; null where there is no such thing. */
  readTransaction(connection: Connection): Promise<string | null>
  /** Whether a transaction was committed; null where that is not known (any more). */
  readOutcome(connection: Connection, transaction: string): Promise<boolean | null>
  /** Sets what numbers new rows past the ones that are there. Just before the commit: it may not be undone by a rollback. */
  advanceSequences(connection: Connection, tables: readonly CatalogTable[]): Promise<void>
}
