import { isCurrentTime, isNextNumber } from '../sql/bookkeeping.js'
import type { ChangeOf } from '../sql/change.js'
import type { LexicalStyle } from '../sql/tokens.js'
import { isSameTable } from './rename-candidates.js'

/** Whether a trigger only notes that the row was written: `updatedAt`, `version`. */
export function isBookkeeping(change: ChangeOf<'update'>, column: string, value: string, style: LexicalStyle): boolean {
  const by = change.firedBy?.findLast(({ type }) => type === 'trigger')
  if (by === undefined || !isSameTable(by.table, change.table)) return false
  return isCurrentTime(value, style) || isNextNumber(value, column, style)
}
