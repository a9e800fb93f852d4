import type { DatabaseId } from '../../../src/databases/database.js'

export interface ColumnModel {
  readonly name: string
  /** As written in SQL. */
  readonly type: string
  readonly nullable: boolean
  readonly default?: string
}

export interface ForeignKeyModel {
  readonly name: string
  readonly columns: readonly string[]
  readonly references: string
  readonly referencedColumns: readonly string[]
  readonly onDelete: 'CASCADE' | 'SET NULL' | 'RESTRICT' | 'NO ACTION'
  readonly onUpdate: 'CASCADE' | 'NO ACTION'
}

export interface TableModel {
  readonly name: string
  readonly columns: readonly ColumnModel[]
  /** Empty: no primary key. */
  readonly key: readonly string[]
  readonly foreignKeys: readonly ForeignKeyModel[]
  readonly uniques: readonly string[]
  /** Partitions by the first key column, an integer: [name, from, to). */
  readonly partitions: readonly (readonly [string, number, number])[]
}

export interface Model {
  readonly tables: readonly TableModel[]
  /** Enum types and their values. */
  readonly enums: Readonly<Record<string, readonly string[]>>
}

/** One statement, and what a person knows of it that wrote it. */
export interface Step {
  readonly sql: string
  /** `column` null: the table. Names at that moment. */
  readonly renames?: readonly { readonly table: string; readonly column: string | null; readonly to: string }[]
  /** Tables, or columns of one, that are gone after it. */
  readonly drops?: readonly { readonly table: string; readonly column: string | null }[]
  /** A partition that lives on by itself. */
  readonly detaches?: { readonly parent: string; readonly partition: string }
}

/** A database with rows, and a migration. */
export interface Case {
  readonly seed: number
  readonly database: DatabaseId
  readonly model: Model
  /** Of each table, literals in the order of its columns. */
  readonly rows: Readonly<Record<string, readonly (readonly string[])[]>>
  /** Indexes, triggers, views, run when the rows are in. */
  readonly objects: readonly string[]
  /** What a person wrote in one go; each with one or more statements. */
  readonly migration: readonly (readonly Step[])[]
  /** What another session writes after the database was read and before the migration runs. */
  readonly concurrent: readonly { readonly table: string; readonly sql: string }[]
  /** PostgreSQL: the file in one transaction, as before Prisma 7.4. */
  readonly oneTransaction: boolean
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteAll(names: readonly string[]): string {
  return names.map(quote).join(', ')
}

/** Schema and rows as SQL. */
export function setupOf({ database, model, rows, objects }: Pick<Case, 'database' | 'model' | 'rows' | 'objects'>): string {
  const enums = database === 'sqlite' ? [] : Object.entries(model.enums).map(([name, values]) => createEnum(name, values))
  const tables = model.tables.flatMap((table) => [createTable(table), ...table.partitions.map((one) => createPartition(table.name, one))])
  const inserts = model.tables.flatMap(({ name, columns }) => {
    const values = rows[name] ?? []
    if (values.length === 0) return []
    return [
      `INSERT INTO ${quote(name)} (${quoteAll(columns.map((column) => column.name))}) VALUES\n  ${values.map((row) => `(${row.join(', ')})`).join(',\n  ')}`,
    ]
  })
  return [...enums, ...tables, ...inserts, ...objects].map((sql) => `${sql};`).join('\n')
}

export function createEnum(name: string, values: readonly string[]): string {
  return `CREATE TYPE ${quote(name)} AS ENUM (${values.map((value) => `'${value}'`).join(', ')})`
}

export function createTable(table: TableModel, name = table.name): string {
  const { columns, key, foreignKeys, uniques, partitions } = table
  const lines = [
    ...columns.map(defineColumn),
    ...(key.length === 0 ? [] : [`CONSTRAINT ${quote(`${table.name}_pkey`)} PRIMARY KEY (${quoteAll(key)})`]),
    ...uniques.map((column) => `UNIQUE (${quote(column)})`),
    ...foreignKeys.map(defineForeignKey),
  ]
  const by = partitions.length === 0 ? '' : ` PARTITION BY RANGE (${quote(key[0] ?? '')})`
  return `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n)${by}`
}

export function defineColumn({ name, type, nullable, default: value }: ColumnModel): string {
  return `${quote(name)} ${type}${nullable ? '' : ' NOT NULL'}${value === undefined ? '' : ` DEFAULT ${value}`}`
}

export function defineForeignKey(key: ForeignKeyModel): string {
  return `CONSTRAINT ${quote(key.name)} FOREIGN KEY (${quoteAll(key.columns)}) REFERENCES ${quote(key.references)} (${quoteAll(key.referencedColumns)}) ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}`
}

function createPartition(parent: string, [name, from, to]: readonly [string, number, number]): string {
  return `CREATE TABLE ${quote(name)} PARTITION OF ${quote(parent)} FOR VALUES FROM (${from}) TO (${to})`
}
