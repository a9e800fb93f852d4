/** What a live database holds, as far as the analysis needs it. Names are exact (no folding). */
export interface Catalog {
  /** Schema that unqualified names resolve to; null on SQLite. */
  readonly defaultSchema: string | null
  readonly tables: readonly CatalogTable[]
  readonly enums: readonly CatalogEnum[]
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
}

export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

export interface CatalogEnum {
  readonly schema: string | null
  readonly name: string
  readonly labels: readonly string[]
}
