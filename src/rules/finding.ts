import type { Location } from '../sql/statement.js'

/** S0 catastrophic … S4 compatibility; `info` when nothing is at stake here (TAXONOMY.md). */
export type Severity = 'S0' | 'S1' | 'S2' | 'S3' | 'S4' | 'info'
/** What a finding means for a run: left out of reports, shown, shown as a warning, or to be accepted before anything runs. */
export type Level = 'off' | 'info' | 'warn' | 'block'
export type FindingKind = 'loss' | 'failure' | 'compatibility' | 'unanalysed'

export interface ObjectRef {
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly type?: string
}

/** One effect that the comparison may see because of a finding. Names are those of the live database before the run. */
export interface Prediction {
  readonly effect: 'rows-lost' | 'table-gone' | 'column-gone' | 'values-lost' | 'values-changed' | 'orphans' | 'large-objects-lost'
  readonly schema: string | null
  readonly table: string
  /** Null: the effect is on whole rows. */
  readonly column: string | null
  /** Exact number of rows or values, the most there can be where `impact.atMost` says so; null when it could not be measured (then any number is predicted). */
  readonly count: number | null
}

/** Where the values or rows that go are said to be kept. The comparison looks for them there: what it does not find is a loss that nobody agreed to. */
export interface Kept {
  /** As it is called before the run. */
  readonly schema: string | null
  readonly table: string
  /** Null: whole rows. */
  readonly column: string | null
  /** The table that has them, as it is called after the run; null: the same one. */
  readonly in: { readonly schema: string | null; readonly table: string } | null
  /** Columns before the run, and those that have their values after it; null: every one, by its own name. */
  readonly columns: readonly (readonly [from: string, to: string])[] | null
}

/** The planner's guess, never exact: an estimate of zero is no proof that nothing is lost. */
export interface Estimate {
  readonly rows?: number
  readonly values?: number
}

/** What a finding costs in this database. */
export type Impact =
  | {
      readonly measured: true
      /** Why it may come to less than these numbers; absent when they are exact. */
      readonly atMost?: string
      /** Rows that go. */
      readonly rows?: number
      /** Non-null values that go or change. */
      readonly values?: number
      /** Rows on which the statement will fail, with up to five example keys as text; none, and a message, when it fails whatever the rows are. */
      readonly failing?: {
        readonly rows: number
        readonly keys: readonly string[]
        /** Of the same rows, what makes them fail; only where values may be shown. */
        readonly values?: readonly string[]
        readonly message?: string
      }
      /** Rows of other tables that go, or whose foreign key is cleared, in consequence. */
      readonly cascades?: readonly {
        readonly schema: string | null
        readonly table: string
        readonly rows: number
        readonly effect: 'deleted' | 'cleared'
      }[]
    }
  | { readonly measured: false; readonly why: string; readonly estimate?: Estimate }

export interface Acceptance {
  readonly reason: string
  /** A comment in the migration, the answer at the terminal, or `safe-migrate accept`. */
  readonly via: 'comment' | 'prompt' | 'file'
}

export interface Finding {
  readonly rule: string
  readonly kind: FindingKind
  readonly severity: Severity
  readonly level: Level
  readonly message: string
  readonly why: string
  readonly instead: string
  readonly objects: readonly ObjectRef[]
  readonly migration: string
  readonly location: Location
  /** Where `location` begins within `statement`, in UTF-16 units: a finding may be about one action of a statement. */
  readonly offset: number
  /** Text of the statement (of the whole pattern when several were folded into one). */
  readonly statement: string
  readonly predictions: readonly Prediction[]
  /** Absent where nothing is kept elsewhere, or not for certain. */
  readonly kept?: Kept
  readonly impact?: Impact
  readonly accepted?: Acceptance
  /** Names under `protect` in the configuration that it touches: no comment can accept it. Absent when it touches none. */
  readonly protected?: readonly string[]
}

/** Whether it is certain here that the statement fails. */
export function isCertainToFail(impact: Impact | undefined): boolean {
  return impact?.measured === true && impact.atMost === undefined && failsWhenRun(impact)
}

/** Whether it fails if it runs. */
export function failsWhenRun({ failing }: Extract<Impact, { measured: true }>): boolean {
  return failing !== undefined && (failing.rows > 0 || failing.message !== undefined)
}
