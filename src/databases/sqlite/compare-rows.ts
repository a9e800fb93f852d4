import { quoteIdentifier } from '../../util/names.js'
import type { ColumnFingerprint, TableFingerprint } from '../fingerprint.js'
import { BEFORE, type Beside } from './beside.js'
import { comparison } from './comparison.js'
import { mayHoldRealIntegers } from './declared-type.js'

/** A column before and now. */
export interface Pair {
  readonly before: ColumnFingerprint
  readonly after: ColumnFingerprint
}

export interface Same {
  /** As many rows, with the same keys. */
  readonly isKey: boolean
  /** Whether all rows are the same ones, as far as pairs were given; never because of `others`. */
  readonly all: boolean
  /** Those of which every row has the value it had. */
  readonly pairs: ReadonlySet<Pair>
}

export interface Compared {
  readonly pairs: readonly Pair[]
  /** Null without one. */
  readonly key: readonly Pair[] | null
  /** More to look at, where rows find each other. */
  readonly others?: readonly Pair[]
}

interface Tables {
  readonly beside: Beside
  readonly then: TableFingerprint
  readonly now: TableFingerprint
}

/** Which columns hold what they held, row by row; SQLite reads and compares. */
export function findSame(beside: Beside, then: TableFingerprint, now: TableFingerprint, compared: Compared): Same {
  const { pairs, key, others = [] } = compared
  const tables = { beside, then, now }
  const all = [...pairs, ...others, ...(key ?? []).filter((one) => !pairs.some((pair) => isSamePair(pair, one)))]
  if (then.rows !== now.rows) return { isKey: false, all: false, pairs: emptyPairs(all) }
  if (then.rows === 0 || all.length === 0) return { isKey: true, all: true, pairs: new Set(all) }
  const toSame = (found: ReadonlySet<Pair>): Same => ({
    isKey: (key ?? []).every((one) => [...found].some((pair) => isSamePair(pair, one))),
    all: pairs.every((pair) => found.has(pair)),
    pairs: found,
  })
  // Where nobody made the table anew, rows stand where they stood: each is read once, in order.
  const rowid = findRowid(tables)
  const byRowid = rowid === null ? null : joinRows(tables, all, `a.${rowid} = b.${rowid}`, 'NOT INDEXED')
  const inPlace = byRowid === null ? null : toSame(byRowid)
  if (inPlace !== null && (key === null ? inPlace.all : inPlace.isKey)) return inPlace
  if (key?.every((one) => isCounted(one.before, then) && isCounted(one.after, now)) && isUnique(tables, key)) {
    const byKey = joinRows(tables, all, key.map((pair) => comparison.sameKey(...sidesOf(pair), false)).join(' AND '))
    const same = byKey === null ? null : toSame(byKey)
    return same?.isKey === true ? same : { isKey: false, all: false, pairs: emptyPairs(all) }
  }
  if (isSameMultiset(tables, pairs)) return toSame(new Set([...pairs, ...all.filter((one) => pairs.some((pair) => isSamePair(pair, one)))]))
  return inPlace ?? { isKey: false, all: false, pairs: emptyPairs(all) }
}

function isSamePair(one: Pair, other: Pair): boolean {
  return one.before === other.before && one.after === other.after
}

/** None of its values is NULL, and that is known: a key tells rows apart. */
function isCounted({ nonNull, isUncounted }: ColumnFingerprint, { rows }: TableFingerprint): boolean {
  return nonNull === rows && isUncounted !== true
}

/** A key of before may not be one any more: then several rows of now would find the same one, and others none. */
function isUnique({ beside, now }: Tables, key: readonly Pair[]): boolean {
  const names = key.map(({ after }) => after.name)
  if (now.key?.columns.every((name) => names.includes(name))) return true
  const distinct = `SELECT DISTINCT ${names.map(quoteIdentifier).join(', ')} FROM main.${quoteIdentifier(now.name)}`
  return Number(beside.live.handle.prepare(`SELECT count(*) FROM (${distinct})`).pluck().get()) === now.rows
}

/** Where rows came or went, only columns without any value are what they were. */
function emptyPairs(pairs: readonly Pair[]): ReadonlySet<Pair> {
  return new Set(pairs.filter(({ before, after }) => before.nonNull === 0 && after.nonNull === 0))
}

function sidesOf({ before, after }: Pair) {
  return [
    { sql: `b.${quoteIdentifier(before.name)}`, column: before },
    { sql: `a.${quoteIdentifier(after.name)}`, column: after },
  ] as const
}

/** @returns null when not every row finds one of before */
function joinRows({ beside, then, now }: Tables, pairs: readonly Pair[], on: string, hint = ''): ReadonlySet<Pair> | null {
  const counts = ['count(*)', ...pairs.map((pair) => `count(CASE WHEN ${comparison.differs(...sidesOf(pair))} THEN 1 END)`)]
  const from = `${BEFORE}.${quoteIdentifier(then.name)} AS b ${hint} CROSS JOIN main.${quoteIdentifier(now.name)} AS a ${hint}`
  const found = beside.live.handle
    .prepare(`SELECT ${counts.join(', ')} FROM ${from} ON ${on}`)
    .raw()
    .get()
  const [rows, ...different] = Array.isArray(found) ? found.map(Number) : []
  return rows === then.rows ? new Set(pairs.filter((_, index) => different[index] === 0)) : null
}

/** What both tables call the number of a row; null where one has none. https://www.sqlite.org/rowidtable.html */
function findRowid({ beside, then, now }: Tables): string | null {
  const names = [...then.columns, ...now.columns].map(({ name }) => name.toLowerCase())
  const withRowid = beside.live.handle.prepare('SELECT count(*) FROM pragma_table_list WHERE schema = ? AND name = ? AND wr = 0').pluck()
  const isThere = Number(withRowid.get('before', then.name)) === 1 && Number(withRowid.get('main', now.name)) === 1
  return isThere ? (['rowid', '_rowid_', 'oid'].find((name) => !names.includes(name)) ?? null) : null
}

/** Equal rows cancel, whatever their order. */
function isSameMultiset({ beside, then, now }: Tables, pairs: readonly Pair[]): boolean {
  if (pairs.length === 0) return false
  const values = (at: 0 | 1): string =>
    pairs
      .flatMap((pair) => {
        const { sql } = sidesOf(pair)[at]
        const value = comparison.grouped({ sql, column: at === 0 ? pair.before : pair.after }, pair.before, pair.after)
        return mayHoldRealIntegers(pair.before.type) ? [value, `typeof(${sql})`] : [value]
      })
      .map((value, index) => `${value} AS c${index}`)
      .join(', ')
  const width = pairs.reduce((sum, { before }) => sum + (mayHoldRealIntegers(before.type) ? 2 : 1), 0)
  const names = Array.from({ length: width }, (_, index) => `c${index}`)
  const [before, after] = [
    `SELECT ${values(0)}, 1 AS side FROM ${BEFORE}.${quoteIdentifier(then.name)} AS b`,
    `SELECT ${values(1)}, -1 AS side FROM main.${quoteIdentifier(now.name)} AS a`,
  ]
  const leftover = `SELECT 1 FROM (${before} UNION ALL ${after}) GROUP BY ${names.join(', ')} HAVING sum(side) <> 0 LIMIT 1`
  return beside.live.handle.prepare(leftover).get() === undefined
}
