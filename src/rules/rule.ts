import type { Catalog } from '../databases/catalog.js'
import type { DatabaseId } from '../databases/database.js'
import type { Conversion, ConversionExpression, Dialect } from '../databases/dialect.js'
import type { Delivery } from '../project/atomicity.js'
import type { Change, ForeignKeyDefinition, ObjectName } from '../sql/change.js'
import type { TriggerDefinition } from '../sql/code.js'
import type { TableConstraints } from '../sql/constraints.js'
import type { FindingKind, Kept, ObjectRef, Severity } from './finding.js'
import type { LiveForeignKey, LiveTable, Measure, TableShape } from './measure.js'

/** One way in which SQL destroys data or fails on it. One file in this folder, one line in index.ts. */
export interface Rule {
  /** Verb-object, kebab case; the file's name. Written by people in `allow` comments. */
  readonly id: string
  readonly kind: FindingKind
  /** When nothing is known of the data. A draft may say otherwise. */
  readonly severity: Severity
  /** One sentence: what it finds. */
  readonly summary: string
  /** Its tests and its documentation. */
  readonly examples: { readonly unsafe: readonly Example[]; readonly safe: readonly Example[] }
  judge(change: Change, context: JudgeContext): readonly Draft[]
}

export interface Example {
  readonly sql: string
  /** Where it is valid; every database when absent. */
  readonly databases?: readonly DatabaseId[]
  /** What earlier migrations have made. */
  readonly before?: string
}

/** A finding that is not placed and measured yet. */
export interface Draft {
  readonly kind?: FindingKind
  readonly severity?: Severity
  /** One sentence of at most 100 characters without numbers. */
  readonly message: string
  readonly why: string
  /** What to write instead, SQL where there is any. */
  readonly instead: string
  /** Names of the live database before the run. */
  readonly objects: readonly ObjectRef[]
  readonly measures: readonly Measure[]
  /** Where all that goes is kept; what is no loss by that alone must have it. */
  readonly kept?: Kept
  /** Why measuring now would not tell what the statement will find; null when it would. */
  readonly inconclusive: string | null
  /** Why it may come to less than what is measured. */
  readonly atMost?: string
}

/** The database as it will be when the change is made, with what each thing was before the run. */
export interface JudgeContext {
  readonly catalog: Catalog | null
  readonly dialect: Dialect
  /** Set by these migrations; null: the session's own. */
  readonly timeZone: string | null
  /** Null when there is no such table, or it was made by these migrations themselves: nothing of before can be lost in it. */
  table(name: ObjectName): TableView | null
  /** Whether it is a table at all, as far as the catalog and these migrations tell: a view is not, and what writing to it does is not known. */
  isTable(name: ObjectName): boolean
  /** Every live table of a schema, null for all of them, that `isMeant` picks. Empty without a catalog and without earlier migrations. */
  tables(schema: string | null, isMeant?: (keys: TableKeys) => boolean): readonly TableView[]
  /** Between tables of before. */
  readonly foreignKeys: readonly LiveForeignKey[]
  /** Triggers and rules that fire on it now. */
  triggers(name: ObjectName): readonly TriggerDefinition[]
  /** The labels an enum has right before the change; null when they are not known. */
  labels(type: ObjectName): readonly string[] | null
  /** Tables, by their names now, that are not what they were before the run, in rows, names or columns; `live` is null for new ones. */
  readonly changedTables: readonly {
    readonly name: string
    readonly live: LiveTable | null
    readonly why: string
    /** Rows of before were changed or deleted. */
    readonly isRewritten: boolean
    /** Or rows were added. */
    readonly isWritten: boolean
  }[]
  /** The schema that SET search_path gave unqualified names; null when they mean what they always do. */
  readonly searchPath: string | null
  /** How the file comes to the database; unknown where that depends on the version of Prisma, or on whether it can split the file. */
  readonly delivery: Delivery | 'unknown'
  /** Every change of the same file. */
  readonly file: readonly Change[]
  /** Every change of the whole set before this one, and after it. */
  readonly earlier: readonly Change[]
  readonly later: readonly Change[]
  /** Those after it that are made to a table of this name in any schema, or give the name to one. */
  laterOn(table: string): readonly Change[]
  /** For people, without the schema that is the default. */
  display(table: LiveTable, column?: string): string
}

/** What tables can be picked by before they are looked at more closely, which takes longer. */
export interface TableKeys {
  readonly uniqueKeys: readonly { readonly name: string | null }[]
  readonly foreignKeys: readonly { readonly key: ForeignKeyDefinition }[]
}

export interface TableView {
  readonly live: LiveTable
  /** Name now, in case it was renamed by these migrations. */
  readonly name: string
  /** Those that are known. */
  readonly columns: readonly ColumnView[]
  /** Whether `columns` are all of them. */
  readonly isComplete: boolean
  readonly primaryKey: readonly string[]
  /** Columns of keys that hold their values unique, as far as known: the primary key and unique constraints and indexes without conditions. */
  readonly uniqueKeys: readonly (readonly string[])[]
  /** Unique constraints and indexes whose names are known; the primary key is not among them. */
  readonly namedKeys: readonly { readonly name: string; readonly columns: readonly string[] }[]
  readonly checks: readonly CheckView[]
  /** What its CREATE TABLE demands; null when it is not known, or asked for in other ways. */
  readonly constraints: TableConstraints | null
  /** How SQL of this moment sees the rows of before; null when nothing of it has another name and no column was added. */
  readonly shape: TableShape | null
  /** By what is known now: dropped ones are left out. */
  readonly foreignKeys: readonly ForeignKeyDefinition[]
  foreignKey(name: string): ForeignKeyDefinition | null
  /** Tables that go with it: partitions, heirs. */
  readonly children: readonly LiveTable[]
  /** The earlier statement, as `migration:line`, that changed or deleted rows of it. */
  readonly rewrittenAt: string | null
  /** The earlier statement that added rows to it. */
  readonly filledAt: string | null
  /** The earlier statement that deleted rows of it. */
  readonly deletedAt: string | null
  /** Tables that its rows were put into. */
  readonly copies: readonly CopyView[]
  column(name: string): ColumnView | null
}

/** A table that holds rows of another one. `name`: its name now. */
export interface CopyView {
  readonly name: ObjectName
  /** Columns of the source that came there, and what that did to their values. */
  readonly columns: readonly { readonly source: string; readonly target: string; readonly conversion: Conversion }[]
  /** Made by SELECT *, so that it has every column, known or not. */
  readonly isVerbatim: boolean
  /** Rows in which this column of the source is NULL were left out; null: none were. */
  readonly notNull: string | null
  /** Rows that it had already, by a key of it, were left out. */
  readonly skipsTaken: boolean
}

/** A CHECK constraint. `isValid`: every row satisfies it. */
export interface CheckView {
  readonly name: string | null
  readonly condition: string
  readonly isValid: boolean
}

export interface ColumnView {
  readonly name: string
  /** Name before the run; null when these migrations added it. */
  readonly live: string | null
  /** As the catalog prints it; null when not known. */
  readonly type: string | null
  readonly notNull: boolean | null
  /** Computed from other columns: no data of its own. */
  readonly computed: boolean
  readonly hasDefault: boolean
  /** The database gives each row a value of its own: a sequence, a random UUID. */
  readonly isNumbered: boolean
  /** SQL of what rows of before hold in a column that these migrations added: its default; null: nothing. */
  readonly initial: string | null
  /** An earlier change of the set gave it another type. */
  readonly isRetyped: boolean
  /** What an earlier UPDATE of the set did to it: nothing, some rows, or gave every row that had none a value. */
  readonly written: 'no' | 'some' | 'filled'
  /** An earlier change of the set may have put something else in place of values of before. */
  readonly isOverwritten: boolean
  /** Columns of the same table that all of its values were copied to. */
  readonly copiedTo: readonly ColumnCopyView[]
}

/** `as`: the expression that the copy was filled with, when that is not the column itself. */
export interface ColumnCopyView {
  readonly column: string
  readonly as: ConversionExpression | null
}
