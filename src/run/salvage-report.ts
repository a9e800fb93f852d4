import type { SalvagePlan } from '../snapshots/salvage/salvage.js'
import type { PutBackHead } from './put-back-head.js'

/** What a salvage would do, or did; from the snapshot of before the migrations. */
export interface SalvageReport extends SalvagePlan, PutBackHead<'salvaged'> {
  readonly report: 'salvage'
  /** The run that lost data. */
  readonly lostBy: string
  /** Whether what was agreed to is put back too. */
  readonly all: boolean
  readonly next: readonly string[]
}
