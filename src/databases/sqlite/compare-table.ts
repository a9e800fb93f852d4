import type { CatalogTable } from '../catalog.js'
import type { Rename } from '../database.js'
import type { ColumnFingerprint, ReadLevel, TableFingerprint } from '../fingerprint.js'
import { matchColumns, matchKey } from '../match.js'
import type { Beside } from './beside.js'
import { findSame, type Pair, type Same } from './compare-rows.js'
import { countMisfits } from './count-misfits.js'
import { countTable } from './count-table.js'
import { hasOtherType } from './declared-type.js'
import { KEY_LOST, scanTable } from './scan.js'

export interface CompareOptions {
  readonly level: ReadLevel
  readonly renames: readonly Rename[]
}

/** The fingerprint of a live table, in which the contents that it had before are called as in `then`. Compared value by value. */
export function compareTable(beside: Beside, then: TableFingerprint, table: CatalogTable, options: CompareOptions): TableFingerprint {
  if (!beside.isAttached) return compareDigests(beside, then, table, options)
  try {
    return compareInSql(beside, then, table, options)
  } catch {
    // More columns than a query may have; whatever it is, either reading the rows can do without it, or says what is wrong.
    return compareDigests(beside, then, table, options)
  }
}

/** New tables that hold all that one held which is gone: it has another name. */
export function findMoved(
  beside: Beside,
  gone: readonly TableFingerprint[],
  added: ReadonlyMap<CatalogTable, TableFingerprint>,
): ReadonlyMap<CatalogTable, TableFingerprint> {
  const found = new Map<CatalogTable, TableFingerprint>()
  for (const then of gone) {
    for (const [table, { rows }] of added) {
      if (rows === 0 || rows !== then.rows || found.has(table) || table.kind === 'virtual') continue
      const now = compareTable(beside, then, table, { level: then.level ?? 'columns', renames: [] })
      if (!isWhole(then, now)) continue
      found.set(table, now)
      break
    }
  }
  return found
}

function isWhole(then: TableFingerprint, now: TableFingerprint): boolean {
  return (
    then.rows === now.rows &&
    then.key?.digest === now.key?.digest &&
    then.columns.every(({ nonNull, digest }) => nonNull === 0 || now.columns.some((column) => column.digest === digest))
  )
}

function compareInSql(beside: Beside, then: TableFingerprint, table: CatalogTable, { level, renames }: CompareOptions): TableFingerprint {
  const now = countTable(beside.live, table, level, beside.other)
  const matched = matchColumns(then, table, renames)
  const toPair = (before: ColumnFingerprint, name: string): Pair[] =>
    now.columns.filter((one) => one.name === name).map((after) => ({ before, after }))
  const pairs = [...matched].flatMap(([before, after]) => toPair(before, after.name))
  const key = matchKey(then, table, matched)?.flatMap(({ before, after }) => toPair(before, after)) ?? null
  if (level === 'counts') return nameAs(then, now, key, findSame(beside, then, now, { pairs: key ?? [], key }))
  const isWhole = pairs.length === then.columns.length
  const same = findSame(beside, then, now, { pairs, key, others: findTwins(then, now, pairs) })
  const named = nameAs(then, now, key, same)
  const rowDigest = isWhole && key === null && then.key === null ? { rowDigest: same.all ? (then.rowDigest ?? null) : beside.other } : {}
  const more = countMisfits(
    beside,
    [then, now],
    pairs.filter((pair) => !same.pairs.has(pair) || hasOtherType(pair.before.type, pair.after.type)),
  )
  const columns = named.columns.map((column) => ({ ...column, ...(more.has(column.name) ? { misfits: more.get(column.name) ?? 0 } : {}) }))
  return { ...named, ...rowDigest, columns }
}

/** What is in no column of the same name or id may be in another: only one with as many values. */
function findTwins(then: TableFingerprint, now: TableFingerprint, pairs: readonly Pair[]): readonly Pair[] {
  const free = now.columns.filter((column) => !pairs.some(({ after }) => after === column))
  const gone = then.columns.filter((column) => column.nonNull > 0 && !pairs.some(({ before }) => before === column))
  return gone.flatMap((before) => free.filter(({ nonNull }) => nonNull === before.nonNull).map((after) => ({ before, after })))
}

/** Calls what is the same as it was called. */
function nameAs(then: TableFingerprint, now: TableFingerprint, key: readonly Pair[] | null, same: Same): TableFingerprint {
  const isKeyLost = then.key !== null && key === null
  const { key: _key, rowDigest: _rowDigest, ...rest } = now
  const keyNow = then.key === null || key === null ? null : { columns: key.map(({ after }) => after.name), digest: digestOfKey() }
  return {
    ...rest,
    key: keyNow,
    ...(keyNow === null ? { rowDigest: null } : {}),
    columns: now.columns.map((column) => {
      if (column.digest === null) return column
      if (isKeyLost) return { ...column, digest: null, problem: KEY_LOST }
      const [pair] = [...same.pairs].filter(({ after }) => after === column)
      return pair === undefined ? column : { ...column, digest: pair.before.digest }
    }),
  }

  function digestOfKey(): string {
    return same.isKey && then.key !== null ? then.key.digest : (now.key?.digest ?? rest.id)
  }
}

/** The same by digests of both: every row of both is read here. */
function compareDigests(beside: Beside, then: TableFingerprint, table: CatalogTable, { level, renames }: CompareOptions): TableFingerprint {
  const reading = { level, renames, deadline: null, onRows: () => {} }
  const columns = then.columns.map((column) => ({ ...column, generated: column.generated === true }))
  const before = scanTable(
    beside.then,
    { id: then.id, schema: null, name: then.name, columns, primaryKey: then.key?.columns ?? [] },
    { ...reading, reference: null },
  )
  const after = scanTable(beside.live, table, { ...reading, reference: before })
  const matched = new Map([...matchColumns(before, table, renames)].map(([one, { name }]) => [name, one]))
  const isSame = (one: ColumnFingerprint, column: ColumnFingerprint) =>
    one.digest === column.digest && one.nonNull === column.nonNull && one.nonNull > 0
  const nameOf = (column: ColumnFingerprint): string => {
    const own = matched.get(column.name)
    const found = own?.digest === column.digest ? own : before.columns.find((one) => isSame(one, column))
    return (found === undefined ? null : then.columns[before.columns.indexOf(found)]?.digest) ?? beside.other
  }
  const { key, rowDigest } = after
  return {
    ...after,
    key: key === null ? null : { ...key, digest: key.digest === before.key?.digest && then.key ? then.key.digest : beside.other },
    ...(rowDigest ? { rowDigest: rowDigest === before.rowDigest ? (then.rowDigest ?? null) : beside.other } : {}),
    columns: after.columns.map((column) => ({
      ...column,
      ...(column.digest === null ? {} : { digest: nameOf(column) }),
      ...(column.misfits === undefined ? {} : { misfits: column.misfits - (matched.get(column.name)?.misfits ?? 0) }),
    })),
  }
}
