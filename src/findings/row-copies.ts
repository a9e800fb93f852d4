import { type RowCopy, TEMPORARY_SCHEMA } from '../sql/change.js'
import { findCopied } from './column-copies.js'
import { type CopiedColumn, columnKey, findTable, knownColumns, makeColumn, type SchemaState, type TableState } from './schema-state.js'

/** Remembers that the rows of a table are now in another one too. What ends with the session, or with a crash, is no copy. */
export function noteCopy(state: SchemaState, target: TableState, copy: RowCopy | null): void {
  const source = copy === null ? null : findTable(state, copy.from)
  if (source === null || copy === null || target.schema === TEMPORARY_SCHEMA || target.isUnlogged) return
  const columns = copy.columns?.flatMap((column, index) => readColumn(state, source, target, column, index)) ?? null
  source.copies.push({ target, columns, notNull: copy.notNull, skipsTaken: copy.skipsTaken })
}

function readColumn(
  state: SchemaState,
  source: TableState,
  target: TableState,
  { value, target: named }: NonNullable<RowCopy['columns']>[number],
  index: number,
): readonly CopiedColumn[] {
  const known = named === null ? (target.isComplete ? knownColumns(target)[index] : undefined) : target.columns.get(columnKey(state, named))
  const copied = findCopied(state, source, known ?? makeColumn('', null, null), value)
  if (copied === null) return []
  return [{ source: copied.column.name, target: known?.name ?? named ?? copied.column.name, as: copied.as }]
}

/** The table no longer holds what was copied into these columns of it; null: into any. */
export function spoilCopies(state: SchemaState, target: TableState, columns: readonly string[] | null): void {
  for (const table of state.tables.values()) {
    if (table === null || table.copies.length === 0) continue
    table.copies = table.copies.filter(
      (copy) =>
        copy.target !== target ||
        (columns !== null && copy.columns !== null && !copy.columns.some((pair) => columns.includes(pair.target))),
    )
  }
}
