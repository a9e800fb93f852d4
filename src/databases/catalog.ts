import type { StoredCode } from '../sql/code.js'
import type { TableConstraints } from '../sql/constraints.js'

/** What a live database holds, as far as the analysis needs it. Names are exact (no folding). */
export interface Catalog {
  /** Schema that unqualified names resolve to; null on SQLite. */
  readonly defaultSchema: string | null
  readonly tables: readonly CatalogTable[]
  readonly enums: readonly CatalogEnum[]
  /** Things without rows of their own, so that a drop of what is not there is no finding. */
  readonly objects: readonly CatalogObject[]
  /** What needs something else; empty where nothing can be dropped with CASCADE. */
  readonly dependents: readonly CatalogDependent[]
  /** What a table loses when another one takes its place, where that is how a table is changed; none when absent. */
  readonly belongings?: readonly CatalogBelonging[]
  /** Views and triggers by their SQL, where a table that they name cannot be gone when another one is renamed; none when absent. */
  readonly definitions?: readonly CatalogDefinition[]
  /** What runs by itself or when it is called; none when absent. */
  readonly code?: StoredCode
}

export interface CatalogObject {
  readonly type: 'view' | 'materialized view' | 'sequence' | 'index' | 'function' | 'trigger' | 'policy' | 'rule'
  /** Null for what belongs to a table. */
  readonly schema: string | null
  readonly name: string
}

/** Goes along when what it needs is dropped with CASCADE. */
export interface CatalogDependent {
  readonly needs: {
    /** `relation`: a table, view, sequence, or the index of a key. */
    readonly kind: 'relation' | 'function' | 'type'
    readonly schema: string
    readonly name: string
    /** Null: all of it. */
    readonly column: string | null
  }
  /** For people: `view`, `foreign key`, `generated column`. */
  readonly type: string
  /** Null for what belongs to a table. */
  readonly schema: string | null
  readonly name: string
  /** The table that it belongs to. */
  readonly on: { readonly schema: string; readonly table: string } | null
}

/** An index, trigger, check, collation or option of a table. */
export interface CatalogBelonging {
  /** For people: `trigger`, `unique index`, `check constraint`, `AUTOINCREMENT mark`. */
  readonly type: string
  readonly table: string
  readonly name: string
  /** SQL to make it again; null where it is a part of CREATE TABLE. */
  readonly sql: string | null
}

export interface CatalogDefinition {
  readonly type: 'view' | 'trigger'
  readonly name: string
  /** Of a trigger. */
  readonly table: string | null
  readonly sql: string
}

export interface CatalogTable {
  /** Stays the same when the table is renamed: the OID on PostgreSQL, the name on SQLite. */
  readonly id: string
  readonly schema: string | null
  readonly name: string
  readonly columns: readonly CatalogColumn[]
  /** Column names; empty without a primary key. */
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly CatalogForeignKey[]
  /** Unique constraints and unique indexes on plain columns without a condition; the primary key is not among them. */
  readonly uniqueKeys: readonly CatalogUniqueKey[]
  /** CHECK constraints of PostgreSQL; `condition` is SQL. */
  readonly checks?: readonly { readonly name: string; readonly condition: string; readonly isValid: boolean }[]
  /** What its CREATE TABLE demands, where the database keeps no more than that SQL (SQLite). */
  readonly constraints?: TableConstraints
  /** Names of user triggers and rewrite rules that fire on this table. */
  readonly triggers: readonly string[]
  /** The planner's estimate, null when unknown. */
  readonly estimatedRows: number | null
  /** What kind of table it is; a plain one when absent. `partitioned` holds no rows itself, `foreign` and `virtual` hold them elsewhere. */
  readonly kind?: 'partitioned' | 'foreign' | 'virtual'
  /** The partitioned table it is a partition of, or the tables it inherits from: dropping one of them drops this one too (with CASCADE when inherited). */
  readonly parents?: readonly { readonly schema: string | null; readonly table: string }[]
}

export interface CatalogColumn {
  /** Stays the same when the column is renamed: attnum on PostgreSQL, the name on SQLite. */
  readonly id: string
  readonly name: string
  /** With modifiers, as the database prints it: `numeric(10,2)`, `TEXT`. */
  readonly type: string
  readonly notNull: boolean
  readonly default: string | null
  /** The sequence that it owns and that fills it (serial, identity), and the number that RESTART sets it to. */
  readonly sequence?: { readonly schema: string; readonly name: string; readonly start: string }
  /** Computed by the database from other columns. */
  readonly generated: boolean
}

export interface CatalogUniqueKey {
  readonly name: string
  readonly columns: readonly string[]
}

export interface CatalogForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  readonly references: { readonly schema: string | null; readonly table: string; readonly columns: readonly string[] }
  readonly onDelete: ForeignKeyAction
  readonly onUpdate: ForeignKeyAction
  /** Rows that were there before it were not checked (NOT VALID). */
  readonly notValid?: true
  readonly matchFull?: true
}

export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

export interface CatalogEnum {
  readonly schema: string | null
  readonly name: string
  readonly labels: readonly string[]
}
