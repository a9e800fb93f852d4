import type { Catalog, CatalogForeignKey, CatalogTable } from '../../databases/catalog.js'
import { matchColumns } from '../../databases/match.js'
import type { RowRestoreSql } from '../../databases/row-restore.js'
import { SafeMigrateError } from '../../errors.js'
import { displayName } from '../../util/names.js'
import { suggestNearest } from '../../util/nearest.js'
import { isParent, type Part, type PartColumn, type PartKey, type PartMode } from './part.js'
import { type Names, selectTable, selectTables, type TablePairing } from './select-tables.js'

/** What is to be restored, in the user's words. */
export interface PartRequest {
  /** Models, tables or groups; empty for all. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
  readonly mode: PartMode
  /** Natural keys: columns or fields. `table` is null for every restored table that has these columns. */
  readonly keys: readonly { readonly table: string | null; readonly columns: readonly string[] }[]
}

export interface BuiltParts {
  readonly parts: readonly Part[]
  /** For people: columns that came or went since. */
  readonly notices: readonly string[]
}

/** Finds the tables, their columns and what tells their rows apart. @throws SafeMigrateError `usage` */
export function buildParts(names: Names, request: PartRequest, sql: RowRestoreSql): BuiltParts {
  const selected = selectTables(names, request.only, request.skip)
  if (selected.length === 0)
    throw new SafeMigrateError({ code: 'usage', message: 'Nothing is left to restore: --skip takes away all that --only names.' })
  const own = request.keys.flatMap(({ table, columns }) =>
    table === null ? [] : [{ pair: selectTable(names, table), columns, word: table }],
  )
  const general = request.keys.filter(({ table }) => table === null).map(({ columns }) => columns)
  const extra = own.filter(({ pair }) => selected.every(({ live }) => live !== pair.live))
  requireReferenced(names.catalog, selected, extra)
  const keyOf = (pair: TablePairing) =>
    own.find((one) => one.pair.live === pair.live)?.columns ?? general.find((columns) => hasFields(names, pair, columns))
  requireUsed(names, selected, general)
  const parts = [...selected, ...extra.map(({ pair }) => pair)].map((pair, index) =>
    buildPart(names, pair, { index, wanted: keyOf(pair) ?? null, isSelected: index < selected.length, sql }),
  )
  for (const part of parts.filter((one) => one.isSelected)) requireKey(part, request.mode)
  return { parts, notices: parts.filter((part) => part.isSelected).flatMap(describeColumns) }
}

interface PartOptions {
  readonly index: number
  readonly wanted: readonly string[] | null
  readonly isSelected: boolean
  readonly sql: RowRestoreSql
}

function buildPart(names: Names, pair: TablePairing, { index, wanted, isSelected, sql }: PartOptions): Part {
  const { live } = pair
  const columns = pairColumns(names, pair)
  const natural = wanted?.map((word) => requireColumn(names, pair, columns, word)) ?? null
  const part = makePart(names.catalog, pair, columns, { index, sql })
  const isNatural =
    natural !== null &&
    natural
      .map(({ name }) => name)
      .sort()
      .join('\n') !== [...live.primaryKey].sort().join('\n')
  return { ...part, key: natural ?? part.key, isNatural, isSelected }
}

/** A part with the key that the table has by itself. @param index tells its working tables from those of others */
export function makePart(
  catalog: Catalog,
  { before, live }: TablePairing,
  columns: readonly PartColumn[],
  { index, sql }: { readonly index: number; readonly sql: RowRestoreSql },
): Part {
  return {
    work: sql.temporary(`safe_migrate_rows_${index}`),
    doomed: sql.temporary(`safe_migrate_doomed_${index}`),
    before,
    live,
    columns,
    key: findKey(live, columns),
    isNatural: false,
    isSelected: true,
    foreignKeys: live.foreignKeys.flatMap((one) => pairKey(catalog, columns, one)),
  }
}

/** Generated columns compute themselves. */
function pairColumns({ isSameDatabase }: Names, { before, live }: TablePairing): readonly PartColumn[] {
  return [...matchColumns(isSameDatabase ? before : { ...before, id: '' }, live)]
    .filter(([column, now]) => column.generated !== true && !now.generated)
    .map(([column, now], index) => ({ index, name: now.name, type: now.type, isNullable: !now.notNull, before: column }))
}

function pairKey(catalog: Catalog, columns: readonly PartColumn[], key: CatalogForeignKey): readonly PartKey[] {
  const parent = catalog.tables.find((table) => isParent(key, table))
  const own = key.columns.flatMap((name) => columns.find((column) => column.name === name) ?? [])
  return parent === undefined || own.length !== key.columns.length ? [] : [{ key, columns: own, parent }]
}

/** The primary key, else a unique one that holds no NULL, as Prisma's tables of many-to-many relations have. */
function findKey(live: CatalogTable, columns: readonly PartColumn[]): readonly PartColumn[] | null {
  const candidates = [live.primaryKey, ...live.uniqueKeys.map((key) => key.columns)]
  for (const [place, names] of candidates.entries()) {
    const found = names.flatMap((name) => columns.find((column) => column.name === name) ?? [])
    if (names.length > 0 && found.length === names.length && (place === 0 || found.every((column) => !column.isNullable))) return found
  }
  return null
}

/** A word of `--key` is the name of a column or of a field of the model. */
function columnName(names: Names, { live }: TablePairing, word: string): string {
  if (live.columns.some((column) => column.name === word)) return word
  const model = names.models.find(
    (one) => one.table === live.name && (live.schema === null || (one.schema ?? names.catalog.defaultSchema) === live.schema),
  )
  return model?.fields.find((field) => field.name === word)?.column ?? word
}

function hasFields(names: Names, pair: TablePairing, words: readonly string[]): boolean {
  return words.every((word) => pair.live.columns.some((column) => column.name === columnName(names, pair, word)))
}

function requireColumn(names: Names, pair: TablePairing, columns: readonly PartColumn[], word: string): PartColumn {
  const found = columns.find((column) => column.name === columnName(names, pair, word))
  if (found !== undefined) return found
  const known = columns.map(({ name }) => name)
  throw new SafeMigrateError({
    code: 'usage',
    message: `${nameOf(pair.live)} has no column "${word}" then and now to tell its rows apart${suggestNearest(word, known) || '.'}`,
    next: [`Columns: ${known.join(', ')}`],
  })
}

function requireUsed(names: Names, selected: readonly TablePairing[], general: readonly (readonly string[])[]): void {
  const unused = general.find((columns) => !selected.some((pair) => hasFields(names, pair, columns)))
  if (unused === undefined) return
  throw new SafeMigrateError({
    code: 'usage',
    message: `No restored table has the key ${unused.join('+')}.`,
    next: ['Name the table as well: --key User=email,Post=slug'],
  })
}

function requireReferenced(
  catalog: Catalog,
  selected: readonly TablePairing[],
  extra: readonly { readonly pair: TablePairing; readonly word: string }[],
): void {
  for (const { pair, word } of extra) {
    const isReferenced = [...selected, ...extra.map((one) => one.pair)].some(
      ({ live }) => live !== pair.live && live.foreignKeys.some((key) => isParent(key, pair.live)),
    )
    if (isReferenced) continue
    throw new SafeMigrateError({
      code: 'usage',
      message: `--key names ${word}, which is neither restored nor referenced by what is.`,
      next: [`Add it to --only, or leave it out of --key. ${catalog.tables.length} tables are known.`],
    })
  }
}

function requireKey(part: Part, mode: PartMode): void {
  if (part.key !== null || mode === 'replace') return
  throw new SafeMigrateError({
    code: 'usage',
    message: `${nameOf(part.live)} has no primary key: which of its rows are gone cannot be told, so it can only be replaced as a whole.`,
    next: ['Use --mode replace', `Or name columns that tell its rows apart: --key ${nameOf(part.live)}=<column>`],
  })
}

function describeColumns({ before, live, columns }: Part): readonly string[] {
  const known = new Set(columns.map((column) => column.before.name))
  const gone = before.columns.filter((column) => column.generated !== true && !known.has(column.name) && column.nonNull > 0)
  const names = new Set(columns.map(({ name }) => name))
  const added = live.columns.filter((column) => !column.generated && !names.has(column.name))
  return [
    ...gone.map(({ name }) => `${nameOf(live)}.${name} is not there any more: its values of then are not restored.`),
    ...added.map(({ name }) => `${nameOf(live)}.${name} was not there before: rows that are inserted again get its default.`),
  ]
}

function nameOf(table: CatalogTable): string {
  return displayName(table.schema, table.name)
}
