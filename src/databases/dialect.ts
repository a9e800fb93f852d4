import type { ObjectName } from '../sql/change.js'
import type { LexicalStyle } from '../sql/tokens.js'

/** What judging and measuring SQL needs to know of a database. Given by its parser, so that files can be judged without a connection. */
export interface Dialect {
  /** What unqualified names mean when there is no connection to ask; null where there are no schemas. */
  readonly defaultSchema: string | null
  /** Whether `User` and `user` are one name even when quoted. */
  readonly ignoresCase: boolean
  readonly style: LexicalStyle
  /** Whether ALTER TABLE can change a column's type, NOT NULL and default. */
  readonly altersColumns: boolean
  /** Whether COMMIT and ROLLBACK fail where no transaction is open. */
  readonly refusesLoneCommit: boolean
  /** Whether SAVEPOINT begins a transaction where none is open. */
  readonly savepointsBegin: boolean
  /** COMMIT and ROLLBACK without a transaction are errors. */
  readonly refusesIdleCommit: boolean
  /** Whether an UPDATE that reads its own table sees the rows that it has changed already. */
  readonly updatesRowByRow: boolean
  quoteName(name: string): string
  /** What to write so that a trigger does not fire, SQL with a comment. */
  silenceTrigger(name: string, table: ObjectName): string
  /** Functions that come with the database for triggers, and touch nothing but the row that is written. */
  readonly quietTriggerFunctions: readonly string[]
  /** What changing a column's type does to its values. `from` is null when it is not known, `using` the expression that computes the new value. */
  classifyConversion(from: string | null, to: string, using: ConversionExpression | null): Conversion
  /** Types that an extension brings, as the catalog prints them; empty when it is not known. */
  extensionTypes(extension: string): readonly string[]
  readonly measuring: MeasuringDialect
}

export interface ConversionExpression {
  readonly column: string
  readonly sql: string
}

/**
 * `none`: every value stays. `reshapes`: every value stays, in another form. `fails`: the statement is refused when a value does not fit, none is lost. `loses`: values may change in silence.
 * `time-zone`: the moment depends on the session's time zone. `rewrites`: the expression decides. `unknown`: the old type is not known, or the pair is not.
 */
export type Conversion = 'none' | 'reshapes' | 'fails' | 'loses' | 'time-zone' | 'rewrites' | 'unknown'

/** Pieces of SQL for counting. Arguments and results are SQL expressions unless said otherwise; types are as the catalog prints them. */
export interface MeasuringDialect {
  /** What to select the table's own rows from, without those of partitions and heirs. `table` is quoted. */
  ownRows(table: string): string
  /** What a column of type `to` would hold of `value`, which is of type `from`; `using` is the expression of ALTER COLUMN TYPE. */
  storedAs(value: string, from: string, to: string, using: string | null, timeZone: string | null): string
  /** ColumnFingerprint.family of values of this type. */
  familyOf(type: string): string | undefined
  /** True where the conversion is refused; null when that can only be told by trying. */
  isRefused(value: string, from: string, to: string, using: string | null): string | null
  /** True where an enum's value, or a member of an array of them, is none of the labels. */
  hasOtherLabel(value: string, labels: readonly string[], isArray: boolean): string
  /** True where the database keeps a value that is not one of the column's type, so that Prisma's client fails on it. */
  isMisfit(value: string, type: string): string
  /** True where a table that insists on types refuses the value for a column of this type. */
  isMistyped(value: string, type: string): string
  /** Columns that every table has and that identify a row of it. */
  readonly identityColumns: readonly string[]
  readonly estimating: EstimatingDialect
  /** Identifies a row of the table called `alias`. */
  rowIdentity(alias: string): string
  /** A query for the session's time zone, column `zone`; null where values do not depend on it. */
  readonly timeZoneQuery: string | null
  /** Statements around one measure, so that its failure leaves the transaction usable; null: not needed. */
  readonly savepoint: { readonly begin: string; readonly release: string; readonly rollback: string } | null
  /** What the database says of an error, without any value of a row. */
  describeError(error: unknown): string
  /** Whether the error says that a value is not one of the type it is converted to. */
  isConversionError(error: unknown): boolean
  /** Whether the error says that a query took longer than it may. */
  isTimeout(error: unknown): boolean
}

/** Rows of a table that meet a condition, in SQL. */
export interface SampledRows {
  readonly with: string | null
  /** The table by its own name, whatever `source` makes of it. */
  readonly table: string
  readonly source: string
  /** What `source` is called. */
  readonly alias: string
  readonly condition: string
}

/** About how many rows these are, in an instant however large the table is. */
export interface EstimatingDialect {
  ask(rows: SampledRows): string
  /** Null where that says nothing. */
  readRows(answer: readonly Readonly<Record<string, unknown>>[]): number | null
}
