import type { TriggerDefinition, ViewDefinition } from './code.js'
import type { ConflictAction, NewRows, TableConstraints, Upsert } from './constraints.js'
import type { Statement } from './statement.js'

/** A name as written in the SQL, unquoted and case-folded as its database does; `schema` is null when unqualified. */
export interface ObjectName {
  readonly schema: string | null
  readonly name: string
}

/** The schema of temporary tables, whatever the database calls it. An unqualified name means them first. */
export const TEMPORARY_SCHEMA = 'pg_temp'

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
  /** Computed from other columns (GENERATED ALWAYS AS): no data of its own. */
  readonly computed: boolean
}

/** Where a rebuilt table's column gets its values. */
export type RebuildSource =
  | { readonly from: 'column'; readonly column: string }
  | { readonly from: 'expression'; readonly sql: string }
  | { readonly from: 'default' }
  /** 0-based column of the old table (SELECT *). */
  | { readonly from: 'position'; readonly index: number }

/** `value` is SQL, `DEFAULT` for the column's default; null when only a part of the value is assigned (`c[1] = …`). */
export interface Assignment {
  readonly column: string
  readonly value: string | null
}

/** All rows of a table put into another one, or all in which one column is not NULL. */
export interface RowCopy {
  readonly from: ObjectName
  /** What comes into which column; `value` is SQL, `target` null where only its place tells. Null: all columns as they are. */
  readonly columns: readonly { readonly value: string; readonly target: string | null }[] | null
  /** Rows in which this column is NULL are left out; null: none are. */
  readonly notNull: string | null
  /** Rows that the other table has already, by a key of it, are left out (ON CONFLICT DO NOTHING). */
  readonly skipsTaken: boolean
}

export interface ForeignKeyDefinition {
  readonly columns: readonly string[]
  readonly references: ObjectName
  /** Empty: the primary key. */
  readonly referencedColumns: readonly string[]
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
  /** MATCH FULL: a row in which only some of the columns are NULL violates it. */
  readonly matchFull: boolean
  /** Rows that are there are not checked. */
  readonly notValid: boolean
}

/** No two rows for which every operator is true of their elements. Elements and `where` are SQL. */
export interface ExclusionDefinition {
  readonly elements: readonly { readonly sql: string; readonly operator: string }[]
  readonly where: string | null
}

export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

type TableChange = { readonly table: ObjectName }
type ColumnChange = TableChange & { readonly column: string }

/** Something that is no table. `type` is for people: `view`, `materialized view`, `index`. */
interface ObjectChange {
  readonly type: string
  readonly name: ObjectName
  /** The table that a trigger, policy, rule or new index belongs to; null where the SQL does not say. */
  readonly on: ObjectName | null
  readonly cascade: boolean
}

/** What a statement does, in database-neutral terms. SQL fragments (`where`, `using`, `value`) are text of the source file. */
export type ChangeKind =
  | ({
      readonly kind: 'create-table'
      readonly columns: readonly ColumnDefinition[]
      readonly temporary: boolean
      readonly query: string | null
      /** What `query` copies, when it is a plain copy. */
      readonly copies: RowCopy | null
      readonly ifNotExists: boolean
      /** Where the database itself does not tell them one by one. */
      readonly constraints?: TableConstraints
      /** Tables whose columns it has too, before its own (LIKE, INHERITS, PARTITION OF). */
      readonly like?: readonly ObjectName[]
      /** Its rows do not survive a crash. */
      readonly unlogged?: true
    } & TableChange)
  /** `deletesRows`: the engine deletes the rows first, so that ON DELETE acts on other tables (SQLite with foreign keys on). */
  | ({
      readonly kind: 'drop-table'
      readonly cascade: boolean
      readonly ifExists: boolean
      readonly deletesRows: boolean
      /** Its rows are in another database, and stay there. */
      readonly foreign?: true
    } & TableChange)
  /** `toSchema`: moved there; null stays in its schema. */
  | ({ readonly kind: 'rename-table'; readonly to: string; readonly toSchema: string | null } & TableChange)
  | ({ readonly kind: 'add-column'; readonly definition: ColumnDefinition; readonly ifNotExists: boolean } & TableChange)
  | ({ readonly kind: 'drop-column'; readonly cascade: boolean; readonly ifExists: boolean } & ColumnChange)
  | ({ readonly kind: 'rename-column'; readonly to: string } & ColumnChange)
  | ({ readonly kind: 'alter-column-type'; readonly type: string; readonly using: string | null } & ColumnChange)
  | ({ readonly kind: 'set-not-null' } & ColumnChange)
  | ({ readonly kind: 'drop-not-null' } & ColumnChange)
  | ({ readonly kind: 'set-default' } & ColumnChange)
  | ({ readonly kind: 'drop-default' } & ColumnChange)
  | ({ readonly kind: 'drop-identity' } & ColumnChange)
  /** A generated column gets another expression, or becomes a plain one. */
  | ({ readonly kind: 'set-expression' } & ColumnChange)
  | ({ readonly kind: 'drop-expression' } & ColumnChange)
  /** `columns`: those that are plain columns; `keys`: every key as SQL, quoted columns and expressions; `nullsEqual`: NULLs count as duplicates. */
  | ({
      readonly kind: 'add-unique'
      readonly columns: readonly string[]
      readonly keys: readonly string[]
      readonly name: string | null
      readonly where: string | null
      readonly primaryKey: boolean
      readonly nullsEqual: boolean
    } & TableChange)
  | ({
      readonly kind: 'add-constraint'
      readonly name: string | null
      readonly foreignKey: ForeignKeyDefinition
    } & TableChange)
  /** `condition`: rows for which it is FALSE violate it, not those for which it is NULL. `notValid`: rows that are there are not checked. */
  | ({ readonly kind: 'add-check'; readonly name: string | null; readonly condition: string; readonly notValid: boolean } & TableChange)
  | ({ readonly kind: 'add-exclusion'; readonly name: string | null; readonly exclusion: ExclusionDefinition } & TableChange)
  /** Rows that were there before a constraint are checked now. */
  | ({ readonly kind: 'validate-constraint'; readonly name: string } & TableChange)
  /** PRIMARY KEY USING INDEX: the columns of the index become NOT NULL. */
  | ({ readonly kind: 'promote-index'; readonly index: string } & TableChange)
  | ({ readonly kind: 'drop-constraint'; readonly name: string; readonly cascade: boolean } & TableChange)
  | { readonly kind: 'drop-schema'; readonly schema: string; readonly cascade: boolean; readonly ifExists: boolean }
  | { readonly kind: 'rename-schema'; readonly schema: string; readonly to: string }
  /** Unqualified names are looked for in these schemas from here on (SET search_path); null: the default again. `local`: until the transaction ends. */
  | { readonly kind: 'set-schema'; readonly schemas: readonly string[] | null; readonly local?: true }
  /** The session's time zone from here on; null: the server's default again. */
  | { readonly kind: 'set-time-zone'; readonly zone: string | null; readonly local?: true }
  | { readonly kind: 'drop-database'; readonly name: string }
  | {
      readonly kind: 'truncate'
      readonly tables: readonly ObjectName[]
      readonly cascade: boolean
      /** The sequences of its columns start again too. */
      readonly restartsIdentity?: true
    }
  /** `where` is null when every row is meant, also where the SQL says so with TRUE or 1 = 1. `with` is the text of the WITH clause that the rest refers to. */
  | ({
      readonly kind: 'delete'
      readonly alias: string | null
      readonly where: string | null
      readonly using: string | null
      readonly with: string | null
    } & TableChange)
  | ({
      readonly kind: 'update'
      readonly alias: string | null
      readonly assignments: readonly Assignment[]
      readonly where: string | null
      readonly from: string | null
      readonly with: string | null
      /** What becomes of a row whose new values violate a constraint, whatever the constraint says (SQLite's UPDATE OR …). */
      readonly onConflict?: ConflictAction
    } & TableChange)
  /** `overwrites`: columns that ON CONFLICT DO UPDATE gives another value. `onConflict` is 'refuse' where it is said (SQLite's OR ABORT), whatever constraints say. */
  | ({
      readonly kind: 'insert'
      readonly alias: string | null
      readonly columns: readonly string[]
      readonly onConflict: 'none' | 'update' | ConflictAction
      readonly upserts: readonly Upsert[]
      readonly overwrites: readonly string[]
      /** Null where no single query gives them. */
      readonly rows: NewRows | null
      /** What it copies from another table, when it is a plain copy of all rows. */
      readonly copies: RowCopy | null
    } & TableChange)
  | { readonly kind: 'create-enum'; readonly type: ObjectName; readonly labels: readonly string[] }
  | { readonly kind: 'add-enum-value'; readonly type: ObjectName; readonly label: string; readonly ifNotExists: boolean }
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
      /** The source table as the copying SELECT calls it; null: by its name. */
      readonly alias: string | null
      /** The copying SELECT from FROM on. */
      readonly rest: string | null
      /** What of its query can drop rows: WHERE, LIMIT, JOIN, DISTINCT; null when every row is kept. */
      readonly filter: string | null
      /** Whether counting the rows of `rest` tells how many are kept. */
      readonly countable: boolean
      /** Other statements write to the new table before it takes the place of the old one. */
      readonly adjusted: boolean
      /** See drop-table. */
      readonly deletesRows: boolean
      /** What the new table is called until it takes the place of the old one. */
      readonly madeAs: string
      /** Checks, collations and options of the new table, as the catalog calls them. */
      readonly clauses: readonly string[]
      readonly constraints: TableConstraints
      /** What fills the new table; null when nothing does, or not one query. */
      readonly rows: NewRows | null
      /** What becomes of a row that violates a constraint of the new table, whatever the constraint says. */
      readonly onConflict: 'none' | ConflictAction
    } & TableChange)
  | ({ readonly kind: 'create-object' } & ObjectChange)
  | ({ readonly kind: 'drop-object' } & ObjectChange)
  /** A trigger, a rewrite rule, row security or a constraint stops or starts to act on a table; `name` is null when all of them are meant, of triggers those of foreign keys too unless they are `user trigger`s. */
  | {
      readonly kind: 'toggle'
      readonly type: 'trigger' | 'user trigger' | 'rule' | 'row security' | 'constraint'
      readonly name: string | null
      readonly on: ObjectName
      readonly enabled: boolean
    }
  /** Triggers and foreign keys stop or start to act in this session (session_replication_role). */
  | { readonly kind: 'toggle-session-triggers'; readonly enabled: boolean; readonly local?: true }
  /** A sequence goes on from another number: `next`, or its first one ('start'), or one that is computed (null), from the rows themselves where it `followsRows`. Found by its own name or by the column it fills. */
  | {
      readonly kind: 'restart-sequence'
      readonly sequence: ObjectName | null
      readonly fills: { readonly on: ObjectName; readonly column: string } | null
      readonly next: string | null
      readonly followsRows: boolean
    }
  /** A part of a composite type goes, in every value of that type, or gets another type. */
  | { readonly kind: 'drop-attribute'; readonly type: ObjectName; readonly attribute: string; readonly cascade: boolean }
  | { readonly kind: 'alter-attribute-type'; readonly type: ObjectName; readonly attribute: string; readonly to: string }
  /** The values of every column of a domain must pass a new condition, in which they are called VALUE; null for NOT NULL. */
  | {
      readonly kind: 'restrict-domain'
      readonly type: ObjectName
      readonly name: string | null
      readonly condition: string | null
      /** Values that are there are not checked. */
      readonly notValid: boolean
    }
  | { readonly kind: 'validate-domain'; readonly type: ObjectName; readonly name: string }
  | { readonly kind: 'rename-enum-value'; readonly type: ObjectName; readonly label: string; readonly to: string }
  | { readonly kind: 'delete-large-objects' }
  /** A materialized view keeps its definition and loses its rows until it is refreshed. */
  | { readonly kind: 'empty-view'; readonly name: ObjectName }
  /** Loses nothing and cannot fail on data, but keeps others from the table while it runs. */
  | { readonly kind: 'block'; readonly what: string; readonly on: ObjectName | null }
  /** Drops whatever a role owns, or whatever comes with an extension. */
  | { readonly kind: 'drop-owned'; readonly role: string; readonly cascade: boolean }
  | { readonly kind: 'drop-extension'; readonly name: string; readonly cascade: boolean; readonly ifExists: boolean }
  /** `inherited`: it is no partition but an heir (INHERITS). */
  | ({ readonly kind: 'detach-partition'; readonly partition: ObjectName; readonly inherited: boolean } & TableChange)
  | ({ readonly kind: 'attach-partition'; readonly partition: ObjectName } & TableChange)
  | ({ readonly kind: 'set-unlogged' } & TableChange)
  /** A function, procedure or trigger function, with what its body does. */
  | { readonly kind: 'create-function'; readonly name: ObjectName; readonly body: readonly BodyChange[] }
  /** A trigger gives a column of the row that is being written another value; `value` is null when it is not one expression. Only in bodies. */
  | { readonly kind: 'assign-row'; readonly column: string; readonly value: string | null }
  /** A trigger may drop the write that set it off. Only in bodies. */
  | { readonly kind: 'skip-row' }
  /** Calls functions that are not known to be without effects. */
  | { readonly kind: 'call'; readonly functions: readonly string[] }
  | { readonly kind: 'transaction'; readonly action: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' }
  /** Understood, and can neither lose data nor fail on data (SET, PRAGMA, COMMENT, GRANT, CREATE INDEX …). */
  | { readonly kind: 'harmless'; readonly what: string }
  /** The marker of a section that other tools would skip, with statements after it. */
  | { readonly kind: 'down-section'; readonly marker: string }
  /** Could not be analysed; never silence. */
  | { readonly kind: 'opaque'; readonly reason: string }

/** What a change carries whatever it is, also inside the body of a function or trigger. */
export interface ChangeExtras {
  /** Functions that the statement calls and that are not known to be without effects. */
  readonly calls?: readonly string[]
  /** Why its rows and values cannot be counted before it runs. */
  readonly uncountable?: string
  /** Why it may not run at all. */
  readonly conditional?: string
  /** What a CREATE TRIGGER, RULE or VIEW makes. */
  readonly defines?: TriggerDefinition | ViewDefinition
}

export type BodyChange = ChangeKind & ChangeExtras

/** A change, with the statement it comes from. */
export type Change = BodyChange & {
  readonly statement: Statement
  /** The last statement of a folded pattern. */
  readonly through?: Statement
  /** The part of the statement that says this, when it is not all of it (one action of an ALTER TABLE). UTF-16 offsets into the source. */
  readonly span?: { readonly start: number; readonly end: number }
  /** Foreign keys are not enforced where it stands (SQLite's PRAGMA foreign_keys), so that ON DELETE and ON UPDATE do nothing. */
  readonly foreignKeysOff?: true
  /** How people call it, when the database refuses it inside a transaction. */
  readonly refusesTransaction?: string
  /** The same when it is refused (`fails`), or does nothing, outside of one. */
  readonly needsTransaction?: { readonly what: string; readonly fails: boolean }
  /** Prisma's own parser was seen not to read it, and then sends the whole file as one text. */
  readonly mayBeUnsplit?: true
  /** Where in the statement the change is hidden, for people: `a DO block`, `function "f"`. */
  readonly within?: string
  /** The triggers, rules and views that led to it, outermost first. */
  readonly firedBy?: readonly FiredBy[]
}

export interface FiredBy {
  readonly type: 'trigger' | 'rule' | 'view'
  readonly name: string
  /** The table that was written. */
  readonly table: ObjectName
}

export type ChangeOf<K extends ChangeKind['kind']> = Extract<Change, { kind: K }>

/** What was SET LOCAL is over then. */
export function endsTransaction(change: Change): boolean {
  return change.kind === 'transaction' && (change.action === 'commit' || change.action === 'rollback')
}
