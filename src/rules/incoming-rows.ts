import type { ChangeOf } from '../sql/change.js'
import type { ConflictAction, NewRows } from '../sql/constraints.js'
import type { IncomingRows, KeyMoves, KnownColumn } from './measure.js'
import type { JudgeContext, TableView } from './rule.js'
import { selectRows } from './wording.js'

/** A key of a table, and what becomes of a new row that has the same as one that is there. */
export interface KeyView {
  readonly columns: readonly string[]
  readonly isPrimary: boolean
  readonly onConflict: ConflictAction
}

/** Every key on plain columns that is known. A constraint's own ON CONFLICT counts where the statement says nothing. */
export function readKeys(table: TableView, context: JudgeContext, said: ConflictAction | 'none' = 'none'): readonly KeyView[] {
  const fold = foldNames(context)
  const own: readonly KeyView[] = table.constraints?.keys ?? []
  const isKnown = (columns: readonly string[]) => own.some((key) => fold(key.columns) === fold(columns))
  const others = table.uniqueKeys
    .filter((columns) => columns.length > 0 && !isKnown(columns))
    .map((columns) => ({ columns, isPrimary: fold(columns) === fold(table.primaryKey), onConflict: 'refuse' as const }))
  return [...own, ...others].map((key) => (said === 'none' ? key : { ...key, onConflict: said }))
}

/** `UNIQUE (email)`, as in the table's definition. */
export function describeKeys(keys: readonly KeyView[]): string {
  return keys.map(({ columns, isPrimary }) => `${isPrimary ? 'PRIMARY KEY' : 'UNIQUE'} (${columns.join(', ')})`).join(', ')
}

function foldNames({ dialect }: JudgeContext): (columns: readonly string[]) => string {
  return (columns) => JSON.stringify(columns.map((column) => (dialect.ignoresCase ? column.toLowerCase() : column)))
}

/** Unique indexes of some rows only, or on expressions, collide as well. */
export function hasOtherKeys(table: TableView, context: JudgeContext): boolean {
  const isNamed = (name: string) => table.namedKeys.some((key) => key.name === name)
  const isOwn = (name: string) => name.toLowerCase() === table.live.name.toLowerCase()
  const live = (context.catalog?.belongings ?? []).some((one) => one.type === 'unique index' && isOwn(one.table) && !isNamed(one.name))
  const isPlain = (change: ChangeOf<'add-unique'>) => change.where === null && change.columns.length === change.keys.length
  return live || context.earlier.some((change) => change.kind === 'add-unique' && change.table.name === table.name && !isPlain(change))
}

/** Null where no single query gives the rows, or the table's columns are not known. */
export function readIncoming(rows: NewRows | null, table: TableView, context: JudgeContext): IncomingRows | null {
  if (rows === null || !table.isComplete) return null
  const given = rows.columns.length > 0 ? rows.columns : table.columns.filter(({ computed }) => !computed).map(({ name }) => name)
  const live = context.catalog?.tables.find((one) => one.name === table.live.name && one.schema === table.live.schema)
  const defaultOf = (name: string) => live?.columns.find((column) => column.name === name)?.default ?? null
  return {
    query: rows.query,
    given: given.map((name) => table.column(name)?.name ?? name),
    columns: table.columns.map((column) => ({
      name: column.name,
      type: column.type,
      default: column.live === null ? column.initial : defaultOf(column.live),
      collation: table.constraints?.collations.find((one) => one.column.toLowerCase() === column.name.toLowerCase())?.collation ?? null,
    })),
  }
}

/** Those that hold values of before. */
export function liveColumns(table: TableView, names: readonly string[] | null = null): readonly KnownColumn[] {
  const columns = names === null ? table.columns : names.flatMap((name) => table.column(name) ?? [])
  return columns.flatMap(({ live, name, type, computed }) => (live === null || computed ? [] : [{ live, name, type: type ?? '' }]))
}

/** What an UPDATE gives to keys that `isMeant` picks; null when it assigns none of their columns, 'unknown' when the values are not known. */
export function readMoves(
  change: ChangeOf<'update'>,
  table: TableView,
  context: JudgeContext,
  isMeant: (key: KeyView) => boolean,
): KeyMoves | 'unknown' | null {
  const { ignoresCase, quoteName } = context.dialect
  const fold = (name: string) => (ignoresCase ? name.toLowerCase() : name)
  const assigned = (column: string) => change.assignments.find((one) => fold(one.column) === fold(column))
  const keys = readKeys(table, context, change.onConflict ?? 'none').filter(
    (key) => isMeant(key) && key.columns.some((column) => assigned(column) !== undefined),
  )
  if (keys.length === 0) return null
  const own = quoteName(change.alias ?? change.table.name)
  const moves = keys.map(({ columns }) =>
    columns.map((column) => {
      const assignment = assigned(column)
      const value = assignment === undefined ? `${own}.${quoteName(column)}` : assignment.value
      return { column, type: table.column(column)?.type ?? '', value: value ?? '' }
    }),
  )
  if (moves.flat().some(({ value }) => value === '' || /^default$/i.test(value))) return 'unknown'
  return { rows: selectRows(table, change, change.from), keys: moves }
}
