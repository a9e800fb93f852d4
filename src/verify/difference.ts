/** One way in which the database after a run differs from before. */
export interface Difference {
  readonly kind:
    | 'table-gone'
    | 'rows-lost'
    | 'rows-added'
    | 'column-gone'
    | 'values-lost' // non-null became null
    | 'values-changed'
    | 'not-comparable' // could not be decided; treated as a loss
    | 'large-objects-lost' // gone, or with other contents
    | 'foreign-key-violations'
    | 'object-gone'
    | 'object-changed'
    | 'sequence-moved-back'
    | 'invariant-broken'
    | 'history-lost' // migrations that Prisma does not take for applied any more
    | 'compared-less' // not a change: tables of which not every value was compared
  readonly schema: string | null
  readonly table: string | null
  readonly column: string | null
  /** Name of the object, constraint, sequence or invariant when there is no table and column to say it. */
  readonly name: string | null
  /** Exact rows or values where known. */
  readonly count: number | null
  /** A loss is an alarm unless predicted; a notice is shown and changes no exit code. */
  readonly weight: 'loss' | 'notice'
  /** `others`: a table that the migrations do not touch. */
  readonly cause: 'predicted' | 'unpredicted' | 'others'
  /** One sentence with the user's names and numbers. */
  readonly message: string
  /** Up to five primary keys of affected rows, as text; of an invariant, the names of its values that are wrong. */
  readonly keys: readonly string[]
  /** Up to five before → after pairs beside `keys`; shown only with --show-values. */
  readonly values?: readonly { readonly before: string | null; readonly after: string | null }[]
  /** Up to five rows that an invariant forbids, as JSON; only with --show-values. */
  readonly rows?: readonly string[]
}
