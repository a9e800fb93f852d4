import type { FilesPlan } from '../snapshots/files/restore-files.js'
import type { PartMode } from '../snapshots/parts/part.js'
import type { RestorePlan, TableRestorePlan } from '../snapshots/plan-restore.js'
import type { PartTablePlan } from '../snapshots/restore-parts.js'
import type { PutBackHead } from './put-back-head.js'

/** What a restore would change (`--dry-run`); the database was not touched. */
export interface RestorePlanReport {
  readonly report: 'restore-plan'
  readonly formatVersion: 1
  readonly exitCode: number
  readonly snapshot: string
  /** Tables that would change. */
  readonly tables: readonly TableRestorePlan[]
  /** How many would stay as they are, as far as they were compared. */
  readonly unchanged: number
  readonly largeObjects: RestorePlan['largeObjects']
  /** Tables of which only rows and keys were compared: their values may change too. */
  readonly comparedLess: RestorePlan['comparedLess']
  readonly next: readonly string[]
  /** What would happen to the files, where they are asked for. */
  readonly files?: FilesPlan
}

/** What putting back rows of some tables would do, or did. */
export interface PartRestoreReport extends PutBackHead<'restored'> {
  readonly report: 'part-restore'
  readonly takenAt: string
  readonly mode: PartMode
  /** Every restored table, referenced ones first; numbers of rows. */
  readonly tables: readonly PartTablePlan[]
  readonly notices: readonly string[]
  /** The snapshot that holds what was there before. */
  readonly replaced: string | null
}
