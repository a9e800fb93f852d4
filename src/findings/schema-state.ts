import type { Catalog, CatalogTable } from '../databases/catalog.js'
import type { ConversionExpression, Dialect } from '../databases/dialect.js'
import type { Delivery } from '../project/atomicity.js'
import type { LiveTable } from '../rules/measure.js'
import type { CheckView, ColumnView } from '../rules/rule.js'
import { type BodyChange, type ColumnDefinition, type ForeignKeyDefinition, type ObjectName, TEMPORARY_SCHEMA } from '../sql/change.js'
import type { TriggerDefinition, ViewDefinition } from '../sql/code.js'
import type { TableConstraints } from '../sql/constraints.js'
import { locate } from '../sql/location.js'
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
  foreignKeys: { readonly name: string | null; key: ForeignKeyDefinition }[]
  checks: CheckView[]
  /** Null: not known, or not told by a CREATE TABLE. */
  constraints: TableConstraints | null
  uniqueKeys: { readonly name: string | null; readonly columns: readonly string[] }[]
  /** Tables that all its rows were put into. */
  copies: RowCopyState[]
  /** Triggers and rewrite rules. */
  triggers: readonly TriggerDefinition[]
  readonly children: readonly LiveTable[]
  /** The last statement that changed or deleted rows, added rows, gave the table or a column another name. */
  rewrittenBy: Statement | null
  filledBy: Statement | null
  /** The last one that deleted rows. */
  deletedBy: Statement | null
  renamedBy: Statement | null
  /** Its rows do not survive a crash. */
  isUnlogged: boolean
}

export interface RowCopyState {
  readonly target: TableState
  /** Null: all of them, as they are. */
  readonly columns: readonly CopiedColumn[] | null
  readonly notNull: string | null
  readonly skipsTaken: boolean
}

/** `as`: what the copy was filled with, when that is not the column itself. */
export interface CopiedColumn {
  readonly source: string
  readonly target: string
  readonly as: ConversionExpression | null
}

export type ColumnState = { -readonly [K in keyof ColumnView]: ColumnView[K] }

export interface ViewState {
  readonly definition: ViewDefinition
  triggers: readonly TriggerDefinition[]
}

export interface SchemaState {
  readonly dialect: Dialect
  readonly catalog: Catalog | null
  /** How Prisma sends files; null where its version is not known. */
  readonly delivery: Delivery | null
  /** By folded schema and name; null for one that was dropped. */
  readonly tables: Map<string, TableState | null>
  /** Labels by folded schema and name. */
  readonly enums: Map<string, readonly string[]>
  readonly views: Map<string, ViewState>
  /** What functions and procedures do, by name. */
  readonly functions: Map<string, readonly BodyChange[]>
  /** Whether there is any trigger, rule or view. */
  hasCode: boolean
  readonly defaultSchema: string | null
  /** Of now, and of the session once the transaction ends. */
  settings: Settings
  sessionSettings: Settings
}

/** What SET changes. */
export interface Settings {
  /** Where unqualified names are looked for, never empty. New tables come into the first one. */
  readonly searchPath: readonly (string | null)[]
  /** Set by these migrations; null: the session's own. */
  readonly timeZone: string | null
  /** No trigger fires. */
  readonly triggersOff: boolean
}

export function createState(dialect: Dialect, catalog: Catalog | null, delivery: Delivery | null = null): SchemaState {
  const defaultSchema = catalog === null ? dialect.defaultSchema : catalog.defaultSchema
  const state: SchemaState = {
    dialect,
    catalog,
    delivery,
    tables: new Map(),
    enums: new Map(),
    views: new Map(),
    functions: new Map(),
    hasCode: false,
    defaultSchema,
    settings: initialSettings(defaultSchema),
    sessionSettings: initialSettings(defaultSchema),
  }
  for (const table of catalog?.tables ?? []) state.tables.set(keyOf(state, table), readTable(state, table, catalog?.tables ?? []))
  for (const type of catalog?.enums ?? []) state.enums.set(keyOf(state, type), type.labels)
  return state
}

export function keyOf(state: SchemaState, name: ObjectName): string {
  const temporary = foldKey(state, TEMPORARY_SCHEMA, name.name)
  if (name.schema === null && state.tables.get(temporary) != null) return temporary
  if (name.schema !== null) return foldKey(state, name.schema, name.name)
  const keys = state.settings.searchPath.map((schema) => foldKey(state, schema, name.name))
  return keys.find((key) => state.tables.get(key) != null || state.views.has(key) || state.enums.has(key)) ?? keys[0] ?? ''
}

/** Where unqualified names of new things come to be. */
export function currentSchema({ settings }: SchemaState): string | null {
  return settings.searchPath[0] ?? null
}

function foldKey(state: SchemaState, schema: string | null, name: string): string {
  const key = `${schema ?? ''}\0${name}` // no name has a NUL
  return state.dialect.ignoresCase ? key.toLowerCase() : key
}

export function columnKey(state: SchemaState, name: string): string {
  return state.dialect.ignoresCase ? name.toLowerCase() : name
}

/** Null when there is no such table. One that nothing is known of is taken to be there unless a catalog says it is not. */
export function findTable(state: SchemaState, name: ObjectName): TableState | null {
  const key = keyOf(state, name)
  if (state.views.has(key)) return null
  const known = state.tables.get(key)
  if (known !== undefined || state.catalog !== null) return known ?? null
  const schema = name.schema ?? currentSchema(state)
  const table = emptyTable(schema, name.name, { schema: schema === state.defaultSchema ? null : schema, name: name.name })
  state.tables.set(key, table)
  return table
}

export function emptyTable(schema: string | null, name: string, live: LiveTable | null): TableState {
  return {
    schema,
    name,
    live,
    columns: new Map(),
    isComplete: false,
    primaryKey: [],
    foreignKeys: [],
    checks: [],
    constraints: null,
    uniqueKeys: [],
    copies: [],
    triggers: [],
    children: [],
    rewrittenBy: null,
    filledBy: null,
    deletedBy: null,
    renamedBy: null,
    isUnlogged: false,
  }
}

/** `20240101_init:12`. Changes of one statement all see what was there before it. */
export function placeOf(statement: Statement | null, current: Statement | null): string | null {
  if (statement === null || statement === current) return null
  return `${statement.source.migration}:${locate(statement.source, statement.start, statement.end).line}`
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

const GIVES_EACH_ITS_OWN = /^\s*\(*\s*(?:[\w"]+\.)?(?:nextval|gen_random_uuid|uuid_generate_v[14]\w*|uuidv[47])\s*\(/i

export function makeColumn(name: string, live: string | null, definition: ColumnDefinition | null): ColumnState {
  return {
    name,
    live,
    type: definition?.type ?? null,
    notNull: definition === null ? null : definition.notNull || definition.primaryKey,
    computed: definition?.computed ?? false,
    hasDefault: definition !== null && (definition.default !== null || definition.generated),
    isNumbered:
      definition !== null && (GIVES_EACH_ITS_OWN.test(definition.default ?? '') || (definition.generated && !definition.computed)),
    // A function is not called only to count.
    initial: definition === null || definition.generated || definition.default?.includes('(') === true ? null : definition.default,
    isRetyped: false,
    written: 'no',
    isOverwritten: false,
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
    checks: [...(table.checks ?? [])],
    constraints: table.constraints ?? null,
    foreignKeys: table.foreignKeys.map((key) => ({
      name: key.name,
      key: {
        ...key,
        notValid: key.notValid === true,
        matchFull: key.matchFull === true,
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
  for (const table of state.tables.values()) if (table !== null) settleTable(table, state.defaultSchema)
}

/** Every table for every file of a history: what is settled already is left as it is. */
function settleTable(table: TableState, defaultSchema: string | null): void {
  const schema = table.schema === defaultSchema ? null : table.schema
  if (table.live === null || table.live.name !== table.name || table.live.schema !== schema) table.live = { schema, name: table.name }
  table.rewrittenBy = null
  table.filledBy = null
  table.deletedBy = null
  table.renamedBy = null
  if (table.copies.length > 0) table.copies = []
  for (const column of table.columns.values()) {
    if (column === null) continue
    column.live = column.name
    column.written = 'no'
    column.isOverwritten = false
    column.isRetyped = false
    if (column.copiedTo.length > 0) column.copiedTo = []
  }
}

/** Settings do not outlive the file: Prisma runs each migration in a session of its own. */
export function startFile(state: SchemaState): void {
  state.sessionSettings = initialSettings(state.defaultSchema)
  state.settings = state.sessionSettings
}

function initialSettings(defaultSchema: string | null): Settings {
  return { searchPath: [defaultSchema], timeZone: null, triggersOff: false }
}

/** SET, until the end of the file, and SET LOCAL, until the end of the transaction. */
export function changeSettings(state: SchemaState, isLocal: boolean, changed: Partial<Settings>): void {
  state.settings = { ...state.settings, ...changed }
  if (!isLocal) state.sessionSettings = { ...state.sessionSettings, ...changed }
}

export function knownColumns(table: TableState): readonly ColumnState[] {
  return [...table.columns.values()].filter((column) => column !== null)
}
