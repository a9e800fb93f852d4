import type { Catalog, CatalogForeignKey, CatalogTable } from '../../databases/catalog.js'
import type { Connection } from '../../databases/database.js'
import type { ColumnFingerprint, TableFingerprint } from '../../databases/fingerprint.js'
import type { RowRestoreSql } from '../../databases/row-restore.js'
import { quoteIdentifier as quote } from '../../util/names.js'

export const PART_MODES = ['replace', 'missing', 'upsert'] as const

/**
 * - `replace`: the tables become as they were
 * - `missing`: rows that are gone are inserted again, and nothing else happens
 * - `upsert`: rows that are gone are inserted again, the others get the values that they had
 */
export type PartMode = (typeof PART_MODES)[number]

/** A column that was there then and is there now. */
export interface PartColumn {
  /** Its place in `Part.columns`; `v<index>` is the value to be, `o<index>` the value of then. */
  readonly index: number
  /** Its name now. */
  readonly name: string
  readonly type: string
  readonly isNullable: boolean
  readonly before: ColumnFingerprint
}

/** A foreign key all of whose columns are among the restored ones. */
export interface PartKey {
  readonly key: CatalogForeignKey
  readonly columns: readonly PartColumn[]
  readonly parent: CatalogTable
}

/** A table whose rows are restored, or only read to find live rows by their natural key. */
export interface Part {
  /** Name of its working table, quoted. */
  readonly work: string
  /** Name of the working table with the keys of rows that will be deleted, quoted. */
  readonly doomed: string
  readonly before: TableFingerprint
  readonly live: CatalogTable
  readonly columns: readonly PartColumn[]
  /** What tells rows apart; null where nothing does, and rows are compared as a whole. */
  readonly key: readonly PartColumn[] | null
  /** The key was named by the user, and is another one than the primary key. */
  readonly isNatural: boolean
  /** False: only read. */
  readonly isSelected: boolean
  readonly foreignKeys: readonly PartKey[]
}

/** All that the steps of a part restore share. */
export interface Work {
  readonly connection: Connection
  readonly sql: RowRestoreSql
  readonly catalog: Catalog
  readonly mode: PartMode
  /** Referenced ones first, as far as that goes. */
  readonly parts: readonly Part[]
  /** Told before each table, in each step. */
  onPart(step: string, part: Part): void
}

export function selectedParts(work: Work): readonly Part[] {
  return work.parts.filter((part) => part.isSelected)
}

/** The part of a live table; undefined where it is neither restored nor read. */
export function partOf(work: Pick<Work, 'parts'>, table: CatalogTable): Part | undefined {
  return work.parts.find((part) => part.live === table)
}

/** What references a table, whether it is restored or not. */
export function referencesTo(
  catalog: Catalog,
  table: CatalogTable,
): readonly { readonly child: CatalogTable; readonly key: CatalogForeignKey }[] {
  return catalog.tables.flatMap((child) => child.foreignKeys.filter((key) => isParent(key, table)).map((key) => ({ child, key })))
}

export function isParent({ references }: CatalogForeignKey, table: CatalogTable): boolean {
  return references.table === table.name && references.schema === table.schema
}

export const targetOf = (alias: string, column: PartColumn): string => `${alias}.v${column.index}`
export const originalOf = (alias: string, column: PartColumn): string => `${alias}.o${column.index}`
export const liveOf = (alias: string, column: Pick<PartColumn, 'name'>): string => `${alias}.${quote(column.name)}`

/** Condition: the live row `l` is the one that the working row means. The live column stands first: its collation counts. */
export function sameRow(columns: readonly PartColumn[], live = 'l', row = 'p'): string {
  return columns.map((column) => `${liveOf(live, column)} = ${targetOf(row, column)}`).join(' AND ')
}

/** Condition: some value of the live row is not what it is to be. */
export function differsFrom(work: Work, columns: readonly PartColumn[]): string {
  if (columns.length === 0) return '1 = 0'
  return columns.map((column) => `(${work.sql.differs(liveOf('l', column), targetOf('p', column), column.type)})`).join(' OR ')
}

/** Everything but the key, which stays. */
export function writtenColumns(part: Part): readonly PartColumn[] {
  const fixed = new Set([...(part.key ?? []).map(({ name }) => name), ...part.live.primaryKey])
  return part.columns.filter(({ name }) => !fixed.has(name))
}

export async function countOf(work: Pick<Work, 'connection'>, sql: string): Promise<number> {
  const [row] = await work.connection.query(sql)
  return Number(row?.n ?? 0)
}
