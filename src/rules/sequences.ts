import type { ChangeOf, ObjectName } from '../sql/change.js'
import { isSameName } from './dropped-object.js'
import type { LiveTable } from './measure.js'
import type { JudgeContext } from './rule.js'

/** The column that a sequence fills, by its live name. */
export interface FilledColumn {
  readonly table: LiveTable
  readonly column: string
  /** The number that RESTART sets the sequence to. */
  readonly start: string
}

/** By the catalog; null when the sequence fills none, or there is no catalog. */
export function findFilledColumn(sequence: ObjectName, context: JudgeContext): FilledColumn | null {
  const schema = sequence.schema ?? context.catalog?.defaultSchema
  for (const table of context.catalog?.tables ?? []) {
    const column = table.columns.find((one) => one.sequence?.name === sequence.name && one.sequence.schema === schema)
    if (column?.sequence !== undefined)
      return { table: { schema: table.schema, name: table.name }, column: column.name, start: column.sequence.start }
  }
  return null
}

/** Whether these migrations take the default, the column or the table away first; then nothing is numbered by the sequence any more. Found by PostgreSQL's name for it, `table_column_seq`, where nothing else is known. */
export function isUnusedByThen(sequence: ObjectName, context: JudgeContext): boolean {
  const filled = findFilledColumn(sequence, context)
  const isIt = (table: string, column: string) =>
    filled === null ? sequence.name === `${table}_${column}_seq` : filled.table.name === table && filled.column === column
  return context.earlier.some((earlier) => {
    if (earlier.kind === 'drop-default' || earlier.kind === 'drop-column') return isIt(earlier.table.name, earlier.column)
    return (
      earlier.kind === 'drop-table' &&
      (filled === null ? sequence.name.startsWith(`${earlier.table.name}_`) : filled.table.name === earlier.table.name)
    )
  })
}

/** The column gets a new default or a sequence of its own after it lost the old one, or goes as a whole. */
export function isFilledAgain({ table, column }: ChangeOf<'drop-default' | 'drop-identity'>, context: JudgeContext): boolean {
  return context.later.some((later) => {
    if (later.kind === 'set-default' || later.kind === 'drop-column') return later.column === column && isSameName(later.table, table)
    return later.kind === 'restart-sequence' && later.fills?.column === column && isSameName(later.fills.on, table)
  })
}
