import type { Location } from '../sql/statement.js'

/**
 * `lapsed`: the statement has changed since it was accepted. `protected`: a comment cannot accept what touches something protected.
 * `protects-nothing`: a name under `protect` in the configuration that no table or column has.
 */
export type ProblemKind = 'malformed' | 'unknown-rule' | 'no-reason' | 'misplaced' | 'unused' | 'lapsed' | 'protected' | 'protects-nothing'

/** An acceptance or a protection that counts for nothing, and why. */
export interface AcceptanceProblem {
  readonly kind: ProblemKind
  /** Null for a setting of the configuration. */
  readonly migration: string | null
  /** Null for a setting of the configuration. */
  readonly location: Location | null
  /** One sentence or two. */
  readonly message: string
}
