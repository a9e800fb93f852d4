import type { Rename } from '../databases/database.js'
import type { Finding, Prediction } from '../rules/finding.js'

/** What a finding says of the data. */
export type Foretelling = Pick<Finding, 'predictions'> & Partial<Pick<Finding, 'kept' | 'severity' | 'accepted'>>

/** What the comparison must know of the migrations that ran. */
export interface Expected {
  /** Findings that were accepted, or are information: their predictions are what may be missing. */
  readonly findings: readonly Foretelling[]
  /** Whether the migrations may change rows of a table, directly or in consequence. Names of before. */
  isTouched(schema: string | null, table: string): boolean
  /** Whether they may add rows to it; yes when absent. */
  mayInsert?(schema: string | null, table: string): boolean
  /** Whether a statement names this object. */
  mentions(name: string): boolean
  readonly renames?: readonly Rename[]
}

export type Effect = Prediction['effect']

/** Names of before; `column` is null for whole rows. */
export interface Place {
  readonly schema: string | null
  readonly table: string
  readonly column: string | null
}

/** How many of a number of lost rows or values were predicted. */
export interface Split {
  readonly predicted: number
  readonly unpredicted: number
}

/** The predictions, used up as the differences are accounted for. */
export interface Budget {
  /** `null` count: however many there are. Any of `effects` may cover it. */
  spend(effects: readonly Effect[], place: Place, count: number): Split
  has(effects: readonly Effect[], place: Place): boolean
  /** How many are predicted that did not come about so far. */
  left(effects: readonly Effect[], place: Place): number
  /** How many were predicted, used up or not. */
  foretold(effects: readonly Effect[], place: Place): number
}

export function makeBudget(findings: Expected['findings']): Budget {
  const accounts = findings.flatMap((finding) =>
    finding.predictions.map((prediction) => ({ prediction, left: prediction.count ?? Number.POSITIVE_INFINITY })),
  )
  const find = (effects: readonly Effect[], place: Place) =>
    accounts.filter(({ prediction }) => effects.includes(prediction.effect) && isAt(prediction, place))
  return {
    has: (effects, place) => find(effects, place).length > 0,
    left: (effects, place) => find(effects, place).reduce((sum, account) => sum + account.left, 0),
    foretold: (effects, place) =>
      find(effects, place).reduce((sum, { prediction }) => sum + (prediction.count ?? Number.POSITIVE_INFINITY), 0),
    spend: (effects, place, count) => {
      let open = count
      for (const account of find(effects, place)) {
        const spent = Math.min(open, account.left)
        account.left -= spent
        open -= spent
      }
      return { predicted: count - open, unpredicted: open }
    },
  }
}

/** A prediction without a schema is of any; one without a column covers every column of its table. */
function isAt(prediction: Prediction, place: Place): boolean {
  return (
    prediction.table === place.table &&
    (prediction.schema === null || place.schema === null || prediction.schema === place.schema) &&
    (prediction.column === null || place.column === null || prediction.column === place.column)
  )
}
