import type { ConversionExpression } from '../databases/dialect.js'
import { type ColumnOf, checksForNull, readColumnNames, readNotNullCheck, readPlainColumn } from '../sql/expressions.js'
import type { LexicalStyle } from '../sql/tokens.js'
import { type ColumnState, columnKey, findColumn, type SchemaState, type TableState } from './schema-state.js'

/** The column whose values the expression gives: as they are, or behind a cast or the like that `as` is, which is to be looked at with both types. */
export function findCopied(
  state: SchemaState,
  table: TableState,
  target: ColumnState,
  value: string,
): { readonly column: ColumnState; readonly as: ConversionExpression | null } | null {
  const plain = readPlainColumn(value, state.dialect.style)
  const isKnown = (word: string) => table.columns.get(columnKey(state, word)) != null
  const names = plain === null ? readColumnNames(value, state.dialect.style, isKnown) : [plain]
  const columns = names.flatMap((name) => findColumn(state, table, name) ?? []).filter((column) => column !== target)
  const [column] = columns
  if (column === undefined || columns.length !== 1) return null
  const as = plain === null ? { column: column.name, sql: value } : null
  const isUnlike = as !== null && state.dialect.classifyConversion(column.type, target.type ?? column.type ?? '', as) === 'rewrites'
  return isUnlike ? null : { column, as }
}

/** No WHERE, or one that leaves out only rows without a value, or none because the target was empty. */
export function copiesAll(where: string | null, source: ColumnState, target: ColumnOf, wasEmpty: boolean, style: LexicalStyle): boolean {
  if (where === null || (wasEmpty && checksForNull(where, target, style, true))) return true
  return readNotNullCheck(where, style) === source.name
}
