import type { Rename } from '../databases/database.js'
import type { ColumnFingerprint, Fingerprint, ReadLevel, TableFingerprint } from '../databases/fingerprint.js'
import { matchColumns, matchKey, matchTables } from '../databases/match.js'

export interface ColumnPair {
  readonly before: ColumnFingerprint
  readonly after: ColumnFingerprint
}

/** A table before and after, whatever it is called now. */
export interface TablePair {
  readonly before: TableFingerprint
  readonly after: TableFingerprint
  /** How closely both were read. */
  readonly level: ReadLevel
  /** Columns that live on. */
  readonly columns: readonly ColumnPair[]
  readonly gone: readonly ColumnFingerprint[]
  /** The columns that tell rows apart, as they were before; null without a primary key, or when it is gone. */
  readonly key: readonly ColumnPair[] | null
}

export interface Pairing {
  readonly pairs: readonly TablePair[]
  readonly gone: readonly TableFingerprint[]
  readonly added: readonly TableFingerprint[]
}

/** Finds every table and column of before again. What has neither id nor name in common is found by its content: where all of it is, nothing was lost. */
export function pairTables(before: Fingerprint, after: Fingerprint, renames: readonly Rename[]): Pairing {
  const found = new Map(matchTables(before.tables, after.tables, renames))
  const free = new Set(after.tables)
  for (const table of found.values()) free.delete(table)
  for (const table of before.tables) {
    const twin = found.has(table) || table.rows === 0 ? undefined : [...free].find((candidate) => hasContentOf(table, candidate))
    if (twin === undefined) continue
    found.set(table, twin)
    free.delete(twin)
  }
  return {
    pairs: [...found].map(([then, now]) => pairColumns(then, now, renames)),
    gone: before.tables.filter((table) => !found.has(table)),
    added: [...free],
  }
}

function pairColumns(before: TableFingerprint, after: TableFingerprint, renames: readonly Rename[]): TablePair {
  const matched = new Map(matchColumns(before, after, renames))
  const free = new Set(after.columns)
  for (const column of matched.values()) free.delete(column)
  for (const column of before.columns) {
    const twin = matched.has(column) || column.nonNull === 0 ? undefined : [...free].find((candidate) => isSameContent(column, candidate))
    if (twin === undefined) continue
    matched.set(column, twin)
    free.delete(twin)
  }
  return {
    before,
    after,
    level: before.level ?? after.level ?? 'columns',
    columns: [...matched].map(([then, now]) => ({ before: then, after: now })),
    gone: before.columns.filter((column) => !matched.has(column)),
    key: pairKey(before, after, matched),
  }
}

function pairKey(
  before: TableFingerprint,
  after: TableFingerprint,
  matched: ReadonlyMap<ColumnFingerprint, ColumnFingerprint>,
): readonly ColumnPair[] | null {
  const names = matchKey(before, { columns: after.columns, primaryKey: after.key?.columns ?? [] }, matched)
  if (names === null) return null
  const pairs = names.flatMap((pair) =>
    after.columns.filter((column) => column.name === pair.after).map((column) => ({ before: pair.before, after: column })),
  )
  return pairs.length === names.length ? pairs : null
}

/** Digests are seeded with the row's key: the same values stand in the same rows. */
export function isSameContent(before: ColumnFingerprint, after: ColumnFingerprint): boolean {
  return (
    before.digest !== null && before.digest === after.digest && before.digestedAs === after.digestedAs && before.nonNull === after.nonNull
  )
}

function hasContentOf(before: TableFingerprint, after: TableFingerprint): boolean {
  if (!hasSameKeys({ before, after })) return false
  if (before.key === null && (before.rowDigest ?? null) !== (after.rowDigest ?? null)) return false
  return before.columns.every((column) => column.nonNull === 0 || after.columns.some((other) => isSameContent(column, other)))
}

/** As many rows with the same keys. */
export function hasSameKeys({ before, after }: Pick<TablePair, 'before' | 'after'>): boolean {
  return before.rows === after.rows && before.key?.digest === after.key?.digest
}

/** The same rows hold the same values, as far as one scan each can tell. */
export function isSameData({ before, after, level, columns }: TablePair): boolean {
  if (!hasSameKeys({ before, after })) return false
  if (level === 'counts') return true
  if (before.key === null && (before.rowDigest ?? null) !== (after.rowDigest ?? null) && before.columns.length === columns.length)
    return false
  return columns.every((pair) => pair.before.generated === true || isSameContent(pair.before, pair.after))
}
