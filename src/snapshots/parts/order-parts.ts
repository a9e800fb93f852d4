import type { CatalogForeignKey, CatalogTable } from '../../databases/catalog.js'
import type { Part, PartColumn, PartKey, Work } from './part.js'

export type IsDeferrable = (table: CatalogTable, key: CatalogForeignKey) => boolean

/**
 * Referenced tables first. In a cycle, a table goes first whose keys into the cycle can be put off: deferred, or NULL for a moment.
 */
export function orderParts(parts: readonly Part[], isDeferrable: IsDeferrable): readonly Part[] {
  const left = new Set(parts)
  const ordered: Part[] = []
  const isFree = (part: Part, counts: (key: PartKey) => boolean) =>
    part.foreignKeys.every((one) => one.parent === part.live || !counts(one) || [...left].every((other) => other.live !== one.parent))
  while (left.size > 0) {
    const candidates = [...left]
    const next =
      candidates.find((part) => isFree(part, () => true)) ??
      candidates.find((part) => isFree(part, (one) => !isDeferrable(part.live, one.key) && clearableColumns(part, one).length === 0)) ??
      candidates[0]
    if (next === undefined) break
    left.delete(next)
    ordered.push(next)
  }
  return ordered
}

/** Columns that may be NULL for a moment, so that the key is satisfied. */
export function clearableColumns(part: Pick<Part, 'key' | 'live'>, { key, columns }: PartKey): readonly PartColumn[] {
  const fixed = new Set([...(part.key ?? []).map(({ name }) => name), ...part.live.primaryKey])
  const clearable = columns.filter((column) => column.isNullable && !fixed.has(column.name))
  return key.matchFull === true && clearable.length < columns.length ? [] : clearable
}

/** Keys to tables whose rows are inserted later. */
export function lateKeys(work: Work, part: Part): readonly PartKey[] {
  const order = work.parts.filter((one) => one.isSelected)
  return part.foreignKeys.filter((one) => order.findIndex((other) => other.live === one.parent) > order.indexOf(part))
}
