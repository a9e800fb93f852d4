import type { SalvagePlan } from '../snapshots/salvage/salvage.js'

/** What a salvage would do (`planned`), or did. */
export interface SalvageReport extends SalvagePlan {
  readonly report: 'salvage'
  readonly formatVersion: 1
  readonly exitCode: number
  /** `unchanged`: there was nothing to put back. */
  readonly verdict: 'planned' | 'salvaged' | 'unchanged' | 'declined'
  readonly runId: string | null
  readonly target: string
  /** From before the migrations. */
  readonly snapshot: string
  /** The run that lost data. */
  readonly lostBy: string
  /** Whether what was agreed to is put back too. */
  readonly all: boolean
  readonly next: readonly string[]
}
