import type { Change } from '../sql/change.js'

/** Changes of one file without those that stand between BEGIN and ROLLBACK: they leave nothing behind. A ROLLBACK TO a savepoint is not followed. */
export function withoutRolledBack(changes: readonly Change[]): readonly Change[] {
  const undone = new Set<Change>()
  let open: Change[] | null = null
  for (const change of changes) {
    if (change.kind !== 'transaction') open?.push(change)
    else if (change.action === 'begin') open ??= []
    else if (change.action === 'commit') open = null
    else if (change.action === 'rollback') {
      for (const one of open ?? []) undone.add(one)
      open = null
    }
  }
  return undone.size === 0 ? changes : changes.map((change) => (undone.has(change) ? undo(change) : change))
}

/** What could not be understood may have ended the transaction itself. */
function undo(change: Change): Change {
  return change.kind === 'opaque' || change.kind === 'call'
    ? change
    : { kind: 'harmless', what: 'rolled back', statement: change.statement }
}
