import type { Change } from '../sql/change.js'
import type { JudgeContext } from './rule.js'

/** Whether an explicit transaction is open where the change stands. */
export function isInTransaction(change: Change, context: JudgeContext): boolean {
  let isOpen = false
  for (const earlier of context.file.slice(0, context.file.indexOf(change))) {
    if (earlier.kind !== 'transaction') continue
    if (earlier.action === 'begin' || (earlier.action === 'savepoint' && context.dialect.savepointsBegin)) isOpen = true
    if (earlier.action === 'commit' || earlier.action === 'rollback') isOpen = false
  }
  return isOpen
}

/** What of the file comes after the change. */
export function restOfFile(change: Change, context: JudgeContext): readonly Change[] {
  return context.file.slice(context.file.indexOf(change) + 1)
}
