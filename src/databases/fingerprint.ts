/** Name of the step, for progress bars. */
export const READING_ROWS = 'Reading every row'

/** How closely a table is read: rows and keys only, or every value. */
export type ReadLevel = 'counts' | 'columns'

/** The database at one moment, small enough to keep and exact enough to compare. Digests compare on one server only. */
export interface Fingerprint {
  /** ISO 8601, UTC. */
  readonly takenAt: string
  readonly tables: readonly TableFingerprint[]
  readonly objects: readonly SchemaObject[]
  readonly sequences: readonly SequenceState[]
  /** Only foreign keys with at least one violating row. */
  readonly violations: readonly ForeignKeyViolations[]
  /** Absent where the database has no such thing, and in snapshots that earlier versions took: of a database without any, or before they were read. */
  readonly largeObjects?: LargeObjects
  /** Tables whose rows were not read, with the reason (foreign tables, virtual tables without their module). */
  readonly unread?: readonly { readonly schema: string | null; readonly name: string; readonly why: string }[]
  /**
   * The file that holds the rows themselves, so that values need not be digested: digests are names then, equal to those of a fingerprint that
   * was read with this one as its reference where the contents are equal. Any other fingerprint differs from it.
   */
  readonly rowsIn?: string
}

/** Files that the database keeps beside its tables (PostgreSQL); beside a reference: those of its time. */
export interface LargeObjects {
  readonly count: number
  /** The highest id. */
  readonly highest: number
  /** How many of them the user may not read; they are not in the digest. */
  readonly hidden: number
  /** Of ids and contents; null: they were only counted. */
  readonly digest: string | null
}

export interface TableFingerprint {
  /** CatalogTable.id */
  readonly id: string
  readonly schema: string | null
  readonly name: string
  readonly rows: number
  /** Order-independent digest of the primary key values; null without a primary key. */
  readonly key: { readonly columns: readonly string[]; readonly digest: string } | null
  readonly columns: readonly ColumnFingerprint[]
  /** Only without a primary key: order-independent digest of whole rows, so that values which moved between rows are seen; null when it could not be made. */
  readonly rowDigest?: string | null
  /** Ids of the tables that hold its rows, when it is partitioned. */
  readonly members?: readonly string[]
  /** `counts`: only rows and keys were read, as was asked for or because the time was up; absent: every value. */
  readonly level?: 'counts'
  /** The time that all tables may take was used up, so that it was read less closely than it was to be. */
  readonly isOverBudget?: true
}

export interface ColumnFingerprint {
  /** CatalogColumn.id */
  readonly id: string
  readonly name: string
  readonly type: string
  readonly nonNull: number
  /** `nonNull` was not counted: it is the most there can be. */
  readonly isUncounted?: true
  /** Order-independent; seeded with the row's key, so that values which moved between rows are seen. Null: could not be digested (see `problem`). */
  readonly digest: string | null
  readonly problem?: string
  /** The group of types it belongs to, in the database's own terms. */
  readonly family?: string
  /** The group of types as which it was digested; digests compare only when equal. */
  readonly digestedAs?: string
  /** Computed by the database from other columns. */
  readonly generated?: true
  /**
   * Values that the database keeps although they do not fit the declared type (SQLite: text in an INTEGER column); the client cannot read them.
   * Beside a reference with `rowsIn`: how many more than there.
   */
  readonly misfits?: number
}

/** Everything but tables' rows that a migration can take away: index, constraint, view, function, trigger, enum, policy … */
export interface SchemaObject {
  readonly type: string
  readonly schema: string | null
  /** The table it belongs to, when it belongs to one. */
  readonly table: string | null
  readonly name: string
  /** The database's own definition, for showing and comparing. */
  readonly definition: string
  /** Stays the same when the object is renamed, where the database has such a thing. */
  readonly id?: string
}

export interface SequenceState {
  readonly schema: string | null
  readonly name: string
  /** Last value handed out; null when never used. Decimal text: may exceed 2^53. */
  readonly lastValue: string | null
  /** Stays the same when the sequence is renamed, where the database has such a thing. */
  readonly id?: string
}

export interface ForeignKeyViolations {
  readonly name: string
  readonly schema: string | null
  readonly table: string
  readonly columns: readonly string[]
  readonly references: string
  readonly rows: number
}
