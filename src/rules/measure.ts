import type { ExclusionDefinition, ReferentialAction } from '../sql/change.js'
import type { Prediction } from './finding.js'

/** A table as the live database calls it before the run. */
export interface LiveTable {
  readonly schema: string | null
  readonly name: string
}

/** The columns of a table as these migrations will have made them, for SQL that is written for then. */
export interface TableShape {
  /** `live` is null for one that they add; then every row holds `initial`, SQL, or NULL. */
  readonly columns: readonly {
    readonly name: string
    readonly live: string | null
    readonly type: string | null
    readonly initial: string | null
  }[]
}

/** What SQL of the migration calls a table, and how it sees it; see TableView.shape. */
export interface SeenAs {
  readonly name: string
  readonly shape: TableShape | null
}

/** Which rows a DELETE or UPDATE acts on, in the words of its own SQL. `name` is what its predicate calls the table. */
export interface RowSelection extends SeenAs {
  readonly where: string | null
  /** Other tables: USING of DELETE, FROM of UPDATE. */
  readonly from: string | null
  readonly with: string | null
}

/** A foreign key between tables of before, as it is right before a change, by the names of before. */
export interface LiveForeignKey {
  readonly table: LiveTable
  readonly columns: readonly string[]
  readonly references: LiveTable
  readonly referencedColumns: readonly string[]
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
  /** False when it is on a column that these migrations have added; then that column is left out. */
  readonly isCountable: boolean
}

/** Rows that an UPDATE gives other values of a key. Names are those of that moment. */
export interface KeyMoves {
  readonly rows: RowSelection
  readonly keys: readonly (readonly { readonly column: string; readonly type: string; readonly value: string }[])[]
}

/** ON DELETE of the foreign keys that reference the table by then acts. 'off': they are not enforced, and rows may be left that reference nothing. Null: none acts. */
export interface Cascades {
  /** A copy of the table with the same keys takes its place afterwards (SQLite's rebuild): its references to itself are acted on. */
  readonly isCopied: boolean
}

/** Rows that a statement puts into a table: `given` says what the columns of `query` fill, in order; the other columns get their defaults. Names and SQL of that moment. */
export interface IncomingRows {
  readonly query: string
  readonly given: readonly string[]
  readonly columns: readonly {
    readonly name: string
    readonly type: string | null
    readonly default: string | null
    readonly collation: string | null
  }[]
}

/** A column of before, and what it is called at that moment. */
export interface KnownColumn {
  readonly live: string
  readonly name: string
  readonly type: string
}

/** `key`: no other new row has it. `types`: values are of their column's type. */
export type Demand =
  | { readonly kind: 'key'; readonly columns: readonly string[] }
  | { readonly kind: 'check'; readonly condition: string }
  | { readonly kind: 'types' }

/** Something to be counted in the live database. */
export type Measure =
  /** All rows of the table itself. */
  | {
      readonly what: 'rows'
      readonly table: LiveTable
      readonly effects: readonly RowEffect[]
      readonly cascades: Cascades | 'off' | null
      readonly goneColumns?: readonly string[]
      /** They are kept elsewhere: only what happens to rows that reference them is a loss. */
      readonly areKept?: true
    }
  /** Rows of every table that references these, directly or not (TRUNCATE … CASCADE). */
  | { readonly what: 'referencing-rows'; readonly tables: readonly LiveTable[] }
  /** The column goes, with all its values. */
  | { readonly what: 'values'; readonly table: LiveTable; readonly column: string }
  /** The values of a composite type that have something in this attribute, which goes. */
  | { readonly what: 'attribute-values'; readonly table: LiveTable; readonly column: string; readonly attribute: string }
  | { readonly what: 'matching-rows'; readonly table: LiveTable; readonly rows: RowSelection; readonly cascades: Cascades | 'off' | null }
  | {
      readonly what: 'overwritten-values'
      readonly table: LiveTable
      readonly column: string
      readonly value: string
      readonly rows: RowSelection
      readonly type: string | null
      /** Rows that get a key which others have: they stay as they are, or the others go. Null: such an UPDATE is refused. */
      readonly moves: { readonly moves: KeyMoves; readonly whenTaken: 'stay' | 'replace' } | null
    }
  /** What ON CONFLICT DO UPDATE puts in place of values of the rows that have the new rows' key. */
  | {
      readonly what: 'upserted-values'
      readonly table: LiveTable
      readonly column: KnownColumn
      readonly value: string
      readonly seenAs: SeenAs
      readonly incoming: IncomingRows
      readonly key: readonly string[]
      readonly where: string | null
    }
  /** Rows that have one of the new rows' keys, and are deleted. What has the primary key again is the same row with other values. */
  | {
      readonly what: 'replaced-rows'
      readonly table: LiveTable
      readonly seenAs: SeenAs
      readonly incoming: IncomingRows
      readonly keys: readonly (readonly string[])[]
      readonly primaryKey: readonly string[]
      readonly columns: readonly KnownColumn[]
      readonly cascades: Cascades | 'off'
    }
  /** Rows that have a key which an UPDATE gives to others, and are deleted. */
  | {
      readonly what: 'displaced-rows'
      readonly table: LiveTable
      readonly moves: KeyMoves
      readonly cascades: Cascades | 'off'
    }
  /** Rows that a rebuild's INSERT leaves out, or deletes again, because they violate constraints of the new table. */
  | {
      readonly what: 'unfit-rows'
      readonly table: LiveTable
      readonly incoming: IncomingRows
      readonly keys: readonly (readonly string[])[]
      readonly required: readonly string[]
      readonly checks: readonly string[]
      readonly orphaned: readonly LiveTable[]
    }
  | {
      readonly what: 'converted-values'
      readonly table: LiveTable
      readonly column: string
      readonly from: string
      readonly to: string
      readonly using: string | null
      readonly seenAs: SeenAs
      /** Set by the migrations; null: the session's own. */
      readonly timeZone: string | null
    }
  | { readonly what: 'null-values'; readonly table: LiveTable; readonly column: string }
  /** New rows that do not comply with what the table demands. */
  | {
      readonly what: 'refused-rows'
      readonly table: LiveTable
      readonly incoming: IncomingRows
      /** Names a row in examples; empty where nothing does. */
      readonly identity: readonly string[]
      readonly demand: Demand
    }
  /** Rows for which the condition is FALSE. */
  | {
      readonly what: 'violations'
      readonly table: LiveTable
      readonly seenAs: SeenAs
      readonly condition: string
      readonly columns: readonly string[]
    }
  /** Rows that exclude each other. */
  | { readonly what: 'excluded'; readonly table: LiveTable; readonly seenAs: SeenAs; readonly exclusion: ExclusionDefinition }
  | {
      readonly what: 'duplicates'
      readonly table: LiveTable
      readonly seenAs: SeenAs
      readonly keys: readonly string[]
      readonly where: string | null
      readonly nullsEqual: boolean
    }
  | {
      readonly what: 'orphans'
      readonly table: LiveTable
      readonly columns: readonly string[]
      readonly references: LiveTable
      readonly referencedColumns: readonly string[]
      readonly matchFull: boolean
    }
  /** Values from the number `next` on: inserts after the run collide with them. */
  | { readonly what: 'taken-numbers'; readonly table: LiveTable; readonly column: string; readonly next: string }
  /** The statement fails whatever the rows are; `why` is what the database will say. */
  | { readonly what: 'certain-failure'; readonly why: string }
  /** Any row makes the statement fail. */
  | { readonly what: 'any-row'; readonly table: LiveTable }
  | {
      readonly what: 'other-labels'
      readonly table: LiveTable
      readonly column: string
      readonly labels: readonly string[]
      readonly array: boolean
    }
  /** Rows that a rebuild's SELECT leaves behind. */
  | { readonly what: 'left-rows'; readonly table: LiveTable; readonly name: string; readonly rest: string; readonly enforced: boolean }
  | {
      readonly what: 'rewritten-values'
      readonly table: LiveTable
      readonly column: string
      readonly from: string
      readonly type: string
      readonly expression: string
      readonly name: string
      readonly rest: string
    }
  /** Cannot be counted before the run. `predictions` says what it may touch all the same. */
  | {
      readonly what: 'unknown'
      readonly why: string
      readonly predictions: readonly Omit<Prediction, 'count'>[]
      readonly cascades?: Cascades | 'off'
    }

export type RowEffect = 'table-gone' | 'rows-lost'

/** What the comparison may see of it, before anything is counted. */
export function predict(measure: Measure): readonly Prediction[] {
  const at = (effect: Prediction['effect'], column: string | null): Prediction => {
    const table = 'table' in measure ? measure.table : { schema: null, name: '' }
    return { effect, schema: table.schema, table: table.name, column, count: null }
  }
  switch (measure.what) {
    case 'rows':
      return [
        ...measure.effects.map((effect) => at(effect, null)),
        ...(measure.goneColumns ?? []).map((column) => at('column-gone', column)),
      ]
    case 'values':
      return [at('column-gone', measure.column)]
    case 'matching-rows':
    case 'displaced-rows':
    case 'left-rows':
      return [at('rows-lost', null)]
    case 'overwritten-values':
      return isNullLiteral(measure.value)
        ? [at('values-lost', measure.column)]
        : [at('values-changed', measure.column), at('values-lost', measure.column)]
    case 'unfit-rows':
      return [at('rows-lost', null), ...measure.orphaned.map((one) => ({ ...at('orphans', null), schema: one.schema, table: one.name }))]
    case 'replaced-rows':
      return [at('rows-lost', null), ...measure.columns.flatMap(({ live }) => [at('values-changed', live), at('values-lost', live)])]
    case 'upserted-values':
      return [at('values-changed', measure.column.live), at('values-lost', measure.column.live)]
    case 'attribute-values':
    case 'converted-values':
    case 'rewritten-values':
      return [at('values-changed', measure.column), at('values-lost', measure.column)]
    case 'unknown':
      return measure.predictions.map((prediction) => ({ ...prediction, count: null }))
    default:
      return []
  }
}

export function isNullLiteral(value: string): boolean {
  return /^\(*\s*null\s*\)*$/i.test(value)
}
