import type { Catalog } from '../databases/catalog.js'
import type { DatabaseId } from '../databases/database.js'
import type { Dialect } from '../databases/dialect.js'
import type { Change, ForeignKeyDefinition, ObjectName } from '../sql/change.js'
import type { FindingKind, ObjectRef, Severity } from './finding.js'
import type { LiveTable, Measure } from './measure.js'

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
  /** Why measuring now would not tell what the statement will find; null when it would. */
  readonly inconclusive: string | null
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
  /** Every live table of a schema, null for all of them. Empty without a catalog and without earlier migrations. */
  tables(schema: string | null): readonly TableView[]
  /** The labels an enum has right before the change; null when they are not known. */
  labels(type: ObjectName): readonly string[] | null
  /** Names, as they are now, of the tables whose rows earlier statements have written. */
  readonly writtenTables: readonly string[]
  /** Every change of the same file. */
  readonly file: readonly Change[]
  /** Every change of the whole set before this one, and after it. */
  readonly earlier: readonly Change[]
  readonly later: readonly Change[]
  /** For people, without the schema that is the default. */
  display(table: LiveTable, column?: string): string
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
  /** By what is known now: dropped ones are left out. */
  readonly foreignKeys: readonly ForeignKeyDefinition[]
  /** Tables that go with it: partitions, heirs. */
  readonly children: readonly LiveTable[]
  /** An earlier statement of the set changed or deleted rows of it. */
  readonly isRewritten: boolean
  /** An earlier statement of the set added rows to it. */
  readonly isFilled: boolean
  /** An earlier statement of the set renamed it or a column of it. */
  readonly isRenamed: boolean
  /** Tables, by their names now, that all its rows were put into, with the columns that came there as they are. */
  readonly copies: readonly { readonly name: ObjectName; readonly columns: readonly string[] }[]
  column(name: string): ColumnView | null
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
  /** An earlier change of the set gave it another type. */
  readonly isRetyped: boolean
  /** What an earlier UPDATE of the set did to it: nothing, some rows, or gave every row that had none a value. */
  readonly written: 'no' | 'some' | 'filled'
  /** Columns of the same table that all of its values were copied to, as they are. */
  readonly copiedTo: readonly string[]
}
