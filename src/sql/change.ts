import type { Statement } from './statement.js'

/** A name as written in the SQL, unquoted and case-folded as its database does; `schema` is null when unqualified. */
export interface ObjectName {
  readonly schema: string | null
  readonly name: string
}

export interface ColumnDefinition {
  readonly name: string
  /** As written or as the parser prints it; null where SQLite columns have none. */
  readonly type: string | null
  readonly notNull: boolean
  readonly primaryKey: boolean
  readonly unique: boolean
  /** The expression's SQL, null without a default (`DEFAULT NULL` counts as none). */
  readonly default: string | null
  /** Filled by the database itself: identity, serial, AUTOINCREMENT, generated. */
  readonly generated: boolean
}

/** Where a rebuilt table's column gets its values. */
export type RebuildSource =
  | { readonly from: 'column'; readonly column: string }
  | { readonly from: 'expression'; readonly sql: string }
  | { readonly from: 'default' }

type TableChange = { readonly table: ObjectName }
type ColumnChange = TableChange & { readonly column: string }

/** What a statement does, in database-neutral terms. SQL fragments (`where`, `using`, `value`) are text of the source file. */
export type ChangeKind =
  | ({ readonly kind: 'create-table'; readonly columns: readonly ColumnDefinition[]; readonly temporary: boolean; readonly query: string | null } & TableChange)
  | ({ readonly kind: 'drop-table'; readonly cascade: boolean; readonly ifExists: boolean } & TableChange)
  | ({ readonly kind: 'rename-table'; readonly to: string } & TableChange)
  | ({ readonly kind: 'add-column'; readonly definition: ColumnDefinition } & TableChange)
  | ({ readonly kind: 'drop-column'; readonly cascade: boolean; readonly ifExists: boolean } & ColumnChange)
  | ({ readonly kind: 'rename-column'; readonly to: string } & ColumnChange)
  | ({ readonly kind: 'alter-column-type'; readonly type: string; readonly using: string | null } & ColumnChange)
  | ({ readonly kind: 'set-not-null' } & ColumnChange)
  | ({ readonly kind: 'drop-not-null' } & ColumnChange)
  | ({ readonly kind: 'set-default' | 'drop-default' } & ColumnChange)
  | ({ readonly kind: 'add-unique'; readonly columns: readonly string[]; readonly name: string | null; readonly where: string | null; readonly primaryKey: boolean } & TableChange)
  | ({ readonly kind: 'add-constraint'; readonly type: 'foreign-key' | 'check' | 'exclusion'; readonly name: string | null } & TableChange)
  | ({ readonly kind: 'drop-constraint'; readonly name: string; readonly cascade: boolean } & TableChange)
  | { readonly kind: 'drop-schema'; readonly schema: string; readonly cascade: boolean }
  | { readonly kind: 'drop-database'; readonly name: string }
  | { readonly kind: 'truncate'; readonly tables: readonly ObjectName[]; readonly cascade: boolean }
  | ({ readonly kind: 'delete'; readonly alias: string | null; readonly where: string | null; readonly using: string | null } & TableChange)
  | ({
      readonly kind: 'update'
      readonly alias: string | null
      readonly assignments: readonly { readonly column: string; readonly value: string }[]
      readonly where: string | null
      readonly from: string | null
    } & TableChange)
  | ({ readonly kind: 'insert'; readonly columns: readonly string[]; readonly onConflict: 'none' | 'ignore' | 'update' | 'replace' } & TableChange)
  | { readonly kind: 'create-enum'; readonly type: ObjectName; readonly labels: readonly string[] }
  | { readonly kind: 'add-enum-value'; readonly type: ObjectName; readonly label: string }
  | { readonly kind: 'rename-type'; readonly type: ObjectName; readonly to: string }
  | { readonly kind: 'drop-type'; readonly type: ObjectName; readonly cascade: boolean }
  /** Prisma's enum recreate, folded into one: the type `type` gets `labels`; the columns that use it are cast through text. */
  | {
      readonly kind: 'recreate-enum'
      readonly type: ObjectName
      readonly labels: readonly string[]
      readonly columns: readonly { readonly table: ObjectName; readonly column: string }[]
    }
  /** SQLite's table rebuild, folded into one. `copied` is false when the new table is filled from nothing. */
  | ({
      readonly kind: 'rebuild-table'
      readonly columns: readonly { readonly definition: ColumnDefinition; readonly source: RebuildSource }[]
      readonly copied: boolean
      /** Everything after FROM "T" that can drop rows: WHERE, LIMIT, JOIN, DISTINCT, OR IGNORE, OR REPLACE; null when every row is kept. */
      readonly filter: string | null
    } & TableChange)
  | { readonly kind: 'create-object' | 'drop-object'; readonly type: string; readonly name: ObjectName; readonly cascade: boolean }
  | { readonly kind: 'transaction'; readonly action: 'begin' | 'commit' | 'rollback' | 'savepoint' }
  /** Understood, and can neither lose data nor fail on data (SET, PRAGMA, COMMENT, GRANT, CREATE INDEX …). */
  | { readonly kind: 'harmless'; readonly what: string }
  /** Could not be analysed; never silence. */
  | { readonly kind: 'opaque'; readonly reason: string }

/** A change, with the statement it comes from; `through` is the last statement of a folded pattern. */
export type Change = ChangeKind & { readonly statement: Statement; readonly through?: Statement }

export type ChangeOf<K extends ChangeKind['kind']> = Extract<Change, { kind: K }>
