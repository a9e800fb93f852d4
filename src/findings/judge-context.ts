import type { ColumnView, JudgeContext, TableView } from '../rules/rule.js'
import type { Change, RowCopy } from '../sql/change.js'
import type { Statement } from '../sql/statement.js'
import { knownColumns } from './apply-change.js'
import { columnKey, findColumn, findTable, keyOf, type SchemaState, type TableState } from './schema-state.js'

/** What the rules may ask about the state right before a change. */
export function makeContext(state: SchemaState, file: readonly Change[], all: readonly Change[], position: number): JudgeContext {
  const current = all[position]?.statement ?? null
  return {
    catalog: state.catalog,
    dialect: state.dialect,
    timeZone: state.timeZone,
    table: (name) => viewTable(state, findTable(state, name), current),
    isTable: (name) => state.catalog === null || state.tables.has(keyOf(state, name)),
    tables: (schema) =>
      [...state.tables.values()]
        .filter((table) => table !== null)
        .filter((table) => schema === null || table.schema === schema)
        .flatMap((table) => viewTable(state, table, current) ?? []),
    labels: (type) => state.enums.get(keyOf(state, type)) ?? null,
    get writtenTables() {
      const tables = [...state.tables.values()].filter((table) => table !== null)
      return tables
        .filter((table) => isEarlier(table.rewrittenBy, current) || isEarlier(table.filledBy, current))
        .map((table) => table.name)
    },
    file,
    get earlier() {
      return all.slice(0, position)
    },
    get later() {
      return all.slice(position + 1)
    },
    display: (table, column) => displayName(state, table.schema, table.name, column),
  }
}

/** Changes of one statement all see what was there before it. */
function isEarlier(statement: Statement | null, current: Statement | null): boolean {
  return statement !== null && statement !== current
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
    uniqueKeys: [table.primaryKey, ...table.uniqueKeys.map(({ columns: key }) => key)],
    foreignKeys: table.foreignKeys.map(({ key }) => key),
    children: table.children,
    isRewritten: isEarlier(table.rewrittenBy, current),
    isFilled: isEarlier(table.filledBy, current),
    isRenamed: isEarlier(table.renamedBy, current),
    copies: table.copies.map(({ target, columns }) => ({
      name: { schema: target.schema, name: target.name },
      columns: keptColumns(state, table, target, columns),
    })),
    column: (name) => findColumn(state, table, name),
  }
}

/** Columns that the copy holds without loss. By position where the copy names none. */
function keptColumns(state: SchemaState, source: TableState, target: TableState, pairs: RowCopy['columns']): readonly string[] {
  const [from, to] = [knownColumns(source), knownColumns(target)]
  return from.flatMap((column, index) => {
    const pair = pairs?.find((one) => columnKey(state, one.source) === columnKey(state, column.name))
    if (pairs !== null && pair === undefined) return []
    const copy = pair === undefined ? to[index] : target.columns.get(columnKey(state, pair.target))
    // CREATE TABLE AS gives the copy the types of the query.
    const isSame =
      !target.isComplete ||
      (copy?.type != null && column.type !== null && state.dialect.classifyConversion(column.type, copy.type, null) === 'none')
    return isSame ? [column.name] : []
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
