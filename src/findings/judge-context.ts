import type { LiveForeignKey, LiveTable, TableShape } from '../rules/measure.js'
import type { ColumnView, CopyView, JudgeContext, TableView } from '../rules/rule.js'
import type { Change } from '../sql/change.js'
import type { Statement } from '../sql/statement.js'
import { type ChangeIndex, indexChanges } from './change-index.js'
import { liveForeignKeys } from './foreign-key-state.js'
import {
  type ColumnState,
  columnKey,
  currentSchema,
  findColumn,
  findTable,
  keyOf,
  knownColumns,
  placeOf,
  type RowCopyState,
  type SchemaState,
  type TableState,
} from './schema-state.js'

/** What the rules may ask about the state right before a change. */
export function makeContext(
  state: SchemaState,
  file: readonly Change[],
  all: readonly Change[],
  position: number,
  index: () => ChangeIndex = () => indexChanges(all),
): JudgeContext {
  const current = all[position]?.statement ?? null
  let earlier: readonly Change[] | null = null
  let later: readonly Change[] | null = null
  let foreignKeys: readonly LiveForeignKey[] | null = null
  return {
    catalog: state.catalog,
    dialect: state.dialect,
    timeZone: state.settings.timeZone,
    table: (name) => viewTable(state, findTable(state, name), current),
    isTable: (name) => !state.views.has(keyOf(state, name)) && (state.catalog === null || state.tables.has(keyOf(state, name))),
    tables: (schema, isMeant = () => true) =>
      [...state.tables.values()]
        .filter((table) => table !== null)
        .filter((table) => (schema === null || table.schema === schema) && isMeant(table))
        .flatMap((table) => viewTable(state, table, current) ?? []),
    get foreignKeys() {
      foreignKeys ??= liveForeignKeys(state)
      return foreignKeys
    },
    triggers: (name) => findTable(state, name)?.triggers ?? [],
    labels: (type) => state.enums.get(keyOf(state, type)) ?? null,
    get changedTables() {
      return [...state.tables.values()].flatMap((table) => {
        const why = table === null ? null : whyChanged(table, current)
        if (table === null || why === null) return []
        const isRewritten = placeOf(table.rewrittenBy, current) !== null
        const isWritten = isRewritten || placeOf(table.filledBy, current) !== null
        return [{ name: table.name, live: table.live, why, isRewritten, isWritten }]
      })
    },
    searchPath: currentSchema(state) === state.defaultSchema ? null : state.settings.searchPath.join(', '),
    delivery:
      state.delivery === null || (state.delivery === 'one-by-one' && file.some((one) => one.mayBeUnsplit)) ? 'unknown' : state.delivery,
    file,
    get earlier() {
      earlier ??= all.slice(0, position)
      return earlier
    },
    get later() {
      later ??= all.slice(position + 1)
      return later
    },
    laterOn: (table) => index().after(position, table),
    display: (table, column) => displayName(state, table.schema, table.name, column),
  }
}

function whyChanged(table: TableState, current: Statement | null): string | null {
  const written = placeOf(table.rewrittenBy, current) ?? placeOf(table.filledBy, current)
  if (written !== null) return `${written} writes to ${table.name} first`
  if (table.live === null) return `${table.name} is made by these migrations first`
  const renamed = placeOf(table.renamedBy, current)
  if (renamed !== null) return `${renamed} renames ${table.live.name} or a column of it first`
  const isReshaped = knownColumns(table).some((column) => column.live !== column.name || column.isRetyped)
  return isReshaped ? `an earlier statement changes columns of ${table.live.name} first` : null
}

function viewTable(state: SchemaState, table: TableState | null, current: Statement | null): TableView | null {
  if (table === null || table.live === null) return null
  const columns: readonly ColumnView[] = knownColumns(table)
  return {
    live: table.live,
    name: table.name,
    columns,
    isComplete: table.isComplete,
    primaryKey: table.primaryKey,
    namedKeys: table.uniqueKeys.flatMap(({ name, columns: key }) => (name === null ? [] : [{ name, columns: key }])),
    uniqueKeys: [table.primaryKey, ...table.uniqueKeys.map(({ columns: key }) => key)],
    foreignKeys: table.foreignKeys.map(({ key }) => key),
    checks: table.checks,
    constraints: table.constraints,
    foreignKey: (name) => table.foreignKeys.find((one) => one.name === name)?.key ?? null,
    shape: readShape(table.live, table, columns),
    children: table.children,
    get rewrittenAt() {
      return placeOf(table.rewrittenBy, current)
    },
    get filledAt() {
      return placeOf(table.filledBy, current)
    },
    get deletedAt() {
      return placeOf(table.deletedBy, current)
    },
    copies: table.copies.map((copy) => ({
      name: { schema: copy.target.schema, name: copy.target.name },
      columns: copiedColumns(state, table, copy),
      isVerbatim: copy.columns === null && !copy.target.isComplete,
      notNull: copy.notNull,
      skipsTaken: copy.skipsTaken,
    })),
    column: (name) => findColumn(state, table, name),
  }
}

/** Columns that were added with a value of their own (serial, computed) are left out: what they hold is not known. */
function readShape(live: LiveTable, table: TableState, columns: readonly ColumnState[]): TableShape | null {
  const isSame = table.name === live.name && columns.every((column) => column.live === column.name)
  if (isSame) return null
  const known = columns.filter((column) => column.live !== null || column.initial !== null || !column.hasDefault)
  return { columns: known.map(({ name, live: before, type, initial }) => ({ name, live: before, type, initial })) }
}

/** What the copy holds of which column. By position where the copy names none. */
function copiedColumns(state: SchemaState, source: TableState, { target, columns }: RowCopyState): CopyView['columns'] {
  const inOrder = knownColumns(target)
  return knownColumns(source).flatMap((column, index) => {
    const pairs = columns?.filter((one) => columnKey(state, one.source) === columnKey(state, column.name))
    const given = pairs ?? [{ target: inOrder[index]?.name ?? column.name, as: null }]
    return given.map(({ target: name, as }) => {
      // CREATE TABLE AS gives the copy the types of the query.
      const type = target.isComplete ? (target.columns.get(columnKey(state, name))?.type ?? null) : column.type
      const isSame = as === null && !target.isComplete
      const conversion = isSame ? 'none' : type === null ? 'unknown' : state.dialect.classifyConversion(column.type, type, as)
      return { source: column.name, target: name, conversion }
    })
  })
}

/** `Order.total`, with the schema when it is not the default, quoted where it would not read as one name. */
function displayName(state: SchemaState, schema: string | null, table: string, column: string | undefined): string {
  const parts = [schema === state.defaultSchema ? null : schema, table, column ?? null]
  return parts
    .filter((part) => part !== null)
    .map((part) => (/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(part) ? part : state.dialect.quoteName(part)))
    .join('.')
}
