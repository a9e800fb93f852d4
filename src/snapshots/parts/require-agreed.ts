import { changedMeanwhile } from '../require-unwritten.js'
import type { PartTablePlan } from '../restore-parts.js'

/** What somebody agreed to. */
export function countsOf(tables: readonly PartTablePlan[]): string {
  return JSON.stringify(tables.map(({ schema, name, inserted, overwritten, deleted }) => [schema, name, inserted, overwritten, deleted]))
}

/** @throws SafeMigrateError `blocked` when not the same would be done as was agreed to */
export function requireAgreed(agreed: readonly PartTablePlan[], tables: readonly PartTablePlan[]): void {
  if (countsOf(agreed) !== countsOf(tables)) throw changedMeanwhile('the numbers are not those that were agreed to')
}
