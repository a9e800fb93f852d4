import type { Catalog, CatalogTable } from '../databases/catalog.js'
import type { Dialect } from '../databases/dialect.js'
import type { LiveTable } from '../rules/measure.js'
import type { ColumnView } from '../rules/rule.js'
import type { ColumnDefinition, ForeignKeyDefinition, ObjectName, RowCopy } from '../sql/change.js'
import type { Statement } from '../sql/statement.js'

/** A table as it is at one point of the migrations, with what it was before them. Changed in place by apply-change.ts. */
export interface TableState {
  schema: string | null
  name: string
  /** Null: made by these migrations, or temporary. */
  live: LiveTable | null
  /** By folded name; null for one that was dropped. */
  readonly columns: Map<string, ColumnState | null>
  isComplete: boolean
  primaryKey: readonly string[]
  foreignKeys: { readonly name: string | null; readonly key: ForeignKeyDefinition }[]
  uniqueKeys: { readonly name: string | null; readonly columns: readonly string[] }[]
  /** Tables that all its rows were put into. */
  copies: { readonly target: TableState; readonly columns: RowCopy['columns'] }[]
  readonly triggers: readonly string[]
  readonly children: readonly LiveTable[]
  /** The last statement that changed or deleted rows, added rows, gave the table or a column another name. */
  rewrittenBy: Statement | null
  filledBy: Statement | null
  renamedBy: Statement | null
  /** What a temporary table hides. */
  readonly hides: TableState | null
}

export type ColumnState = { -readonly [K in keyof ColumnView]: ColumnView[K] }

export interface SchemaState {
  readonly dialect: Dialect
  readonly catalog: Catalog | null
  /** By folded schema and name; null for one that was dropped. */
  readonly tables: Map<string, TableState | null>
  /** Labels by folded schema and name. */
  readonly enums: Map<string, readonly string[]>
  readonly defaultSchema: string | null
  /** What unqualified names mean now. */
  currentSchema: string | null
  /** Set by these migrations; null: the session's own. */
  timeZone: string | null
}

export function createState(dialect: Dialect, catalog: Catalog | null): SchemaState {
  const defaultSchema = catalog === null ? dialect.defaultSchema : catalog.defaultSchema
  const state: SchemaState = {
    dialect,
    catalog,
    tables: new Map(),
    enums: new Map(),
    defaultSchema,
    currentSchema: defaultSchema,
    timeZone: null,
  }
  for (const table of catalog?.tables ?? []) state.tables.set(keyOf(state, table), readTable(state, table, catalog?.tables ?? []))
  for (const type of catalog?.enums ?? []) state.enums.set(keyOf(state, type), type.labels)
  return state
}

export function keyOf(state: SchemaState, name: ObjectName): string {
  const key = JSON.stringify([name.schema ?? state.currentSchema, name.name])
  return state.dialect.ignoresCase ? key.toLowerCase() : key
}

export function columnKey(state: SchemaState, name: string): string {
  return state.dialect.ignoresCase ? name.toLowerCase() : name
}

/** Null when there is no such table. One that nothing is known of is taken to be there unless a catalog says it is not. */
export function findTable(state: SchemaState, name: ObjectName): TableState | null {
  const key = keyOf(state, name)
  const known = state.tables.get(key)
  if (known !== undefined || state.catalog !== null) return known ?? null
  const schema = name.schema ?? state.currentSchema
  const table = emptyTable(schema, name.name, { schema: schema === state.defaultSchema ? null : schema, name: name.name })
  state.tables.set(key, table)
  return table
}

export function emptyTable(schema: string | null, name: string, live: LiveTable | null, hides: TableState | null = null): TableState {
  return {
    schema,
    name,
    live,
    columns: new Map(),
    isComplete: false,
    primaryKey: [],
    foreignKeys: [],
    uniqueKeys: [],
    copies: [],
    triggers: [],
    children: [],
    rewrittenBy: null,
    filledBy: null,
    renamedBy: null,
    hides,
  }
}

/** Null when there is no such column. One that nothing is known of is taken to be there unless all columns are known. */
export function findColumn(state: SchemaState, table: TableState, name: string): ColumnState | null {
  const key = columnKey(state, name)
  const known = table.columns.get(key)
  if (known !== undefined || table.isComplete || table.live === null) return known ?? null
  const column = makeColumn(name, name, null)
  table.columns.set(key, column)
  return column
}

export function makeColumn(name: string, live: string | null, definition: ColumnDefinition | null): ColumnState {
  return {
    name,
    live,
    type: definition?.type ?? null,
    notNull: definition === null ? null : definition.notNull || definition.primaryKey,
    computed: definition?.computed ?? false,
    hasDefault: definition !== null && (definition.default !== null || definition.generated),
    isRetyped: false,
    written: 'no',
    copiedTo: [],
  }
}

function readTable(state: SchemaState, table: CatalogTable, all: readonly CatalogTable[]): TableState {
  const live = { schema: table.schema, name: table.name }
  const read = emptyTable(table.schema, table.name, live)
  for (const column of table.columns) {
    const known = {
      ...makeColumn(column.name, column.name, null),
      type: column.type,
      notNull: column.notNull,
      computed: column.generated,
      hasDefault: column.default !== null,
    }
    read.columns.set(columnKey(state, column.name), known)
  }
  return {
    ...read,
    isComplete: true,
    primaryKey: table.primaryKey,
    uniqueKeys: table.uniqueKeys.map(({ name, columns }) => ({ name, columns })),
    triggers: table.triggers,
    foreignKeys: table.foreignKeys.map((key) => ({
      name: key.name,
      key: {
        ...key,
        notValid: false,
        references: { schema: key.references.schema, name: key.references.table },
        referencedColumns: key.references.columns,
      },
    })),
    children: descendantsOf(table, all),
  }
}

function descendantsOf(table: CatalogTable, all: readonly CatalogTable[]): readonly LiveTable[] {
  const isChild = (other: CatalogTable) =>
    (other.parents ?? []).some((parent) => parent.table === table.name && parent.schema === table.schema)
  return all.filter(isChild).flatMap((child) => [{ schema: child.schema, name: child.name }, ...descendantsOf(child, all)])
}

/** Takes what is now as what was before: for judging the next file by itself. */
export function settleState(state: SchemaState): void {
  startFile(state)
  for (const table of state.tables.values()) {
    if (table === null) continue
    table.live = { schema: table.schema === state.defaultSchema ? null : table.schema, name: table.name }
    Object.assign(table, { rewrittenBy: null, filledBy: null, renamedBy: null, copies: [] })
    for (const column of table.columns.values())
      if (column !== null) Object.assign(column, { live: column.name, written: 'no', isRetyped: false, copiedTo: [] })
  }
}

/** Settings do not outlive the file: Prisma runs each migration in a session of its own. */
export function startFile(state: SchemaState): void {
  state.currentSchema = state.defaultSchema
  state.timeZone = null
}
