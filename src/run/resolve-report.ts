import type { Migration } from '../project/history.js'
import type { FailedMigration, ProjectSummary, RecoverySummary } from './report.js'

/** How much of a migration is in the database. `unknown`: it cannot be told, and is not guessed. */
export type Found = 'nothing' | 'everything' | 'half-way' | 'unknown'

/** What can be done about a migration that is neither applied nor clean: Prisma's two words, or the snapshot from before. */
export type Resolution = 'applied' | 'rolled-back' | 'restore'

/** A migration that was looked at, and what was done about it. */
export interface ResolvedMigration extends Pick<Migration, 'name' | 'state' | 'editedAfterApply' | 'missingOnDisk'> {
  /** What the database said when it failed. */
  readonly message: string | null
  /** Null where there was nothing to look for. */
  readonly found: Found | null
  /** The snapshot that shows what was there before; null where only the schema of now could be looked at. */
  readonly comparedWith: string | null
  readonly statements: FailedMigration['statements']
  /** Statements that have not taken effect, or may not have, in order. */
  readonly remaining: readonly { readonly line: number; readonly sql: string; readonly effect: 'no' | 'unknown' }[]
  /** SQL that removes what a failed statement left behind (an invalid index). */
  readonly leftovers: readonly string[]
  readonly done: 'applied' | 'rolled-back' | 'restored' | 'none'
  /** The snapshot to go back to; null when there is none. */
  readonly snapshot: string | null
  /** What to do about it, in order. */
  readonly next: readonly string[]
}

/** What `resolve` found and did. */
export interface ResolveReport {
  readonly report: 'resolve'
  readonly formatVersion: 1
  /** 0 when nothing is open; 1 when a person must decide. */
  readonly exitCode: number
  readonly project: ProjectSummary
  readonly migrations: readonly ResolvedMigration[]
  readonly recovery: RecoverySummary
  readonly next: readonly string[]
}
