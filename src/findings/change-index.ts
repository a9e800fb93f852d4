import type { Change } from '../sql/change.js'

/** Changes in order, by the names of the tables that they are made to or give a name. */
export interface ChangeIndex {
  /** Those of a table after a position. */
  after(position: number, table: string): readonly Change[]
}

/** A file of ten thousand statements drops and makes thousands of tables: no rule has to go through all of it for each. */
export function indexChanges(changes: readonly Change[]): ChangeIndex {
  const positions = new Map<string, number[]>()
  changes.forEach((change, position) => {
    for (const name of namesOf(change)) {
      const known = positions.get(name)
      if (known === undefined) positions.set(name, [position])
      else known.push(position)
    }
  })
  return {
    after: (position, table) =>
      (positions.get(table) ?? []).flatMap((one) => {
        const change = one > position ? changes[one] : undefined
        return change === undefined ? [] : [change]
      }),
  }
}

function namesOf(change: Change): ReadonlySet<string> {
  const names = new Set(change.kind === 'truncate' ? change.tables.map(({ name }) => name) : [])
  if ('table' in change) names.add(change.table.name)
  if (change.kind === 'rename-table') names.add(change.to)
  return names
}
