import { quoteIdentifier } from '../../util/names.js'
import type { CatalogColumn, CatalogTable } from '../catalog.js'
import type { Rename } from '../database.js'
import type { ColumnFingerprint, ReadLevel, TableFingerprint } from '../fingerprint.js'
import { matchColumns, matchKey } from '../match.js'
import type { SqliteConnection } from './connection.js'
import { hasOtherType, isMisfit, STORAGE_CLASSES, type StorageClass } from './declared-type.js'
import { digestNumber, digestValue, type Lanes, readWholeReal, type SqliteValue, storageClassOf } from './value-digest.js'

/** Sums of digests modulo 2^32 in each lane: independent of the order of rows, and duplicates do not cancel. */
interface Sums {
  h1: number
  h2: number
}

interface ColumnSums extends Sums {
  nonNull: number
  /** What to add when a text like `12.0` counts as the number. */
  readonly loose: Sums
  readonly classes: Record<StorageClass, number>
}

interface TableSums {
  rows: number
  readonly key: Sums
  readonly whole: Sums
  readonly columns: readonly ColumnSums[]
}

/** Nothing else runs meanwhile, so that what draws a progress bar must be called from here. */
const ROWS_A_REPORT = 20_000

/** Why values that cannot be told by row are not digested. */
export const KEY_LOST = 'the columns of the primary key are gone, so values cannot be told by row'

/** What a scan needs to know of a table. */
export type ScannedTable = Pick<CatalogTable, 'id' | 'schema' | 'name' | 'primaryKey'> & { readonly columns: readonly ScannedColumn[] }
type ScannedColumn = Pick<CatalogColumn, 'id' | 'name' | 'type' | 'generated'>

/** Positions in the scanned columns. */
interface Positions {
  readonly key: readonly number[]
  /** Columns of a whole row's digest, when there is no key; null when one of the reference's is gone. */
  readonly whole: readonly number[] | null
}

export interface ScanOptions {
  readonly level: ReadLevel
  readonly reference: TableFingerprint | null
  readonly renames: readonly Rename[]
  /** Until when values may be read, as `performance.now()` counts; null: as long as it takes. */
  readonly deadline: number | null
  /** Called with how many rows were read since, now and then. */
  readonly onRows: (rows: number) => void
}

/** Reads one table once, row by row, in constant memory; when the time is up, once more for its keys alone. */
export function scanTable(connection: SqliteConnection, table: ScannedTable, options: ScanOptions): TableFingerprint {
  const { deadline } = options
  if (options.level === 'counts' || deadline === null) return scanWhole(connection, table, options)
  const rest = { ...options, level: 'counts', deadline: null } as const
  if (performance.now() >= deadline) return { ...scanWhole(connection, table, rest), isOverBudget: true }
  try {
    return scanWhole(connection, table, options)
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error
    return { ...scanWhole(connection, table, rest), isOverBudget: true }
  }
}

class TimeUp extends Error {}

function scanWhole(
  { handle }: SqliteConnection,
  table: ScannedTable,
  { level, reference, renames, deadline, onRows }: ScanOptions,
): TableFingerprint {
  const matched = reference === null ? new Map<ColumnFingerprint, ScannedColumn>() : matchColumns(reference, table, renames)
  const keyPairs = reference === null ? null : matchKey(reference, table, matched)
  const keyNames = reference === null ? table.primaryKey : (keyPairs ?? []).map((pair) => pair.after)
  const isKeyLost = reference !== null && reference.key !== null && keyPairs === null
  const read = level === 'columns' ? table.columns : table.columns.filter(({ name }) => keyNames.includes(name))
  const positionOf = (name: string): number => read.findIndex((column) => column.name === name)
  const whole = reference === null ? table.columns.map((_, index) => index) : wholeRow(reference, matched, positionOf)
  const positions = { key: keyNames.map(positionOf), whole: keyNames.length > 0 || isKeyLost || level === 'counts' ? null : whole }
  const select = `SELECT ${read.map((column) => quoteIdentifier(column.name)).join(', ') || 'NULL'} FROM main.${quoteIdentifier(table.name)}`
  // Raw rows are arrays of what SQLite can hold: the driver types them as unknown.
  const rows = handle.prepare(select).raw().iterate() as IterableIterator<SqliteValue[]>
  const sums = sumRows(rows, level === 'columns' ? read : [], positions, (count) => {
    if (deadline !== null && performance.now() >= deadline) throw new TimeUp()
    onRows(count)
  })
  const before = new Map([...matched].map(([then, now]) => [now, then]))
  return {
    id: table.id,
    schema: null,
    name: table.name,
    rows: sums.rows,
    key: keyNames.length === 0 ? null : { columns: keyNames, digest: hex(sums.key) },
    columns: table.columns.map((column, index) =>
      level === 'counts' ? uncounted(column, sums.rows) : toFingerprint(column, sums.columns[index], before.get(column) ?? null, isKeyLost),
    ),
    ...(keyNames.length > 0 ? {} : { rowDigest: positions.whole === null ? null : hex(sums.whole) }),
    ...(level === 'counts' ? { level } : {}),
  }
}

function wholeRow(
  reference: TableFingerprint,
  matched: ReadonlyMap<ColumnFingerprint, ScannedColumn>,
  positionOf: (name: string) => number,
): readonly number[] | null {
  const positions = reference.columns.map((column) => positionOf(matched.get(column)?.name ?? ''))
  return positions.includes(-1) ? null : positions
}

function sumRows(
  rows: Iterable<SqliteValue[]>,
  columns: readonly ScannedColumn[],
  { key, whole }: Positions,
  onRows: (rows: number) => void,
): TableSums {
  const sums: TableSums = { rows: 0, key: { h1: 0, h2: 0 }, whole: { h1: 0, h2: 0 }, columns: columns.map(emptyColumn) }
  const digest: Lanes = { h1: 0, h2: 0 }
  for (const row of rows) {
    sums.rows += 1
    if (sums.rows % ROWS_A_REPORT === 0) onRows(ROWS_A_REPORT)
    chain(digest, row, key)
    const { h1, h2 } = digest
    addTo(sums.key, h1, h2)
    for (let index = 0; index < columns.length; index += 1) {
      const column = sums.columns[index]
      const value = row[index]
      if (column !== undefined && value !== null && value !== undefined) addValue(column, digest, value, h1, h2)
    }
    if (whole !== null) {
      chain(digest, row, whole)
      addTo(sums.whole, digest.h1, digest.h2)
    }
  }
  return sums
}

/** Leaves the digest of the values at these positions, in their order, in `digest`; zero for none. */
function chain(digest: Lanes, row: readonly SqliteValue[], positions: readonly number[]): void {
  digest.h1 = 0
  digest.h2 = 0
  for (const position of positions) digestValue(digest, row[position] ?? null, digest.h1, digest.h2)
}

function addValue(sums: ColumnSums, digest: Lanes, value: NonNullable<SqliteValue>, seed1: number, seed2: number): void {
  const storage = storageClassOf(value)
  sums.nonNull += 1
  sums.classes[storage] += 1
  digestValue(digest, value, seed1, seed2)
  const { h1, h2 } = digest
  addTo(sums, h1, h2)
  const whole = typeof value === 'string' ? readWholeReal(value) : null
  if (whole === null) return
  digestNumber(digest, whole, seed1, seed2)
  addTo(sums.loose, digest.h1 - h1, digest.h2 - h2)
}

function addTo(sums: Sums, h1: number, h2: number): void {
  sums.h1 = (sums.h1 + h1) | 0
  sums.h2 = (sums.h2 + h2) | 0
}

function emptyColumn(): ColumnSums {
  return { h1: 0, h2: 0, nonNull: 0, loose: { h1: 0, h2: 0 }, classes: { integer: 0, real: 0, text: 0, blob: 0 } }
}

/** A column whose values were not read. */
export function uncounted({ id, name, type, generated }: ScannedColumn, rows: number): ColumnFingerprint {
  return { id, name, type, nonNull: rows, isUncounted: true, digest: null, ...(generated ? { generated } : {}) }
}

function toFingerprint(
  column: ScannedColumn,
  sums: ColumnSums | undefined,
  reference: ColumnFingerprint | null,
  isKeyLost: boolean,
): ColumnFingerprint {
  const { nonNull, ...rest } = sums ?? emptyColumn()
  const misfits = countMisfits(column.type, rest.classes)
  return {
    id: column.id,
    name: column.name,
    type: column.type,
    nonNull,
    ...(isKeyLost ? { digest: null, problem: KEY_LOST } : { digest: digestText(rest, column, reference) }),
    ...(misfits > 0 ? { misfits } : {}),
    ...(column.generated ? { generated: true } : {}),
  }
}

function countMisfits(type: string, classes: ColumnSums['classes']): number {
  return STORAGE_CLASSES.filter((one) => isMisfit(type, one)).reduce((count, one) => count + classes[one], 0)
}

/**
 * `exact/loose/classes`. Where the declared type changed and the values are loosely the same ('12' became 12), the reference's own text is
 * given back: nothing was lost, although the storage classes changed.
 */
function digestText(
  sums: Sums & Pick<ColumnSums, 'loose' | 'classes'>,
  column: ScannedColumn,
  reference: ColumnFingerprint | null,
): string {
  const loose = hex({ h1: (sums.h1 + sums.loose.h1) | 0, h2: (sums.h2 + sums.loose.h2) | 0 })
  if (
    reference !== null &&
    reference.digest !== null &&
    hasOtherType(reference.type, column.type) &&
    reference.digest.split('/')[1] === loose
  )
    return reference.digest
  const { integer, real, text, blob } = sums.classes
  return `${hex(sums)}/${loose}/${integer},${real},${text},${blob}`
}

function hex({ h1, h2 }: Sums): string {
  return [h1, h2].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}
