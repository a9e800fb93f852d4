import { quoteIdentifier } from '../../util/names.js'
import type { ColumnFingerprint, TableFingerprint } from '../fingerprint.js'
import { BEFORE, type Beside } from './beside.js'
import type { Pair } from './compare-rows.js'
import { isMisfit, STORAGE_CLASSES } from './declared-type.js'

/** How many values more than before do not fit the type of their column; by its name now, where there are more. */
export function countMisfits(
  beside: Beside,
  [then, now]: readonly [then: TableFingerprint, now: TableFingerprint],
  pairs: readonly Pair[],
): ReadonlyMap<string, number> {
  const count = (place: string, column: ColumnFingerprint): number => {
    const classes = STORAGE_CLASSES.filter((one) => isMisfit(column.type, one))
    if (classes.length === 0) return 0
    const sql = `SELECT count(*) FROM ${place} WHERE typeof(${quoteIdentifier(column.name)}) IN ('${classes.join("', '")}')`
    return Number(beside.live.handle.prepare(sql).pluck().get())
  }
  const counts = pairs.map(({ before, after }): [string, number] => {
    const misfits = count(`main.${quoteIdentifier(now.name)}`, after)
    return [after.name, misfits === 0 ? 0 : misfits - count(`${BEFORE}.${quoteIdentifier(then.name)}`, before)]
  })
  return new Map(counts.filter(([, more]) => more > 0))
}
