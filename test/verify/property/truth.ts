import { isDeepStrictEqual } from 'node:util'
import { canonical, type Types, type Value } from './canonical.js'
import type { Contents } from './contents.js'
import type { Step } from './model.js'

/**
 * What really happened, `kind table.column` → number, found by looking at every row before and after. Names of before.
 * Kinds are those of a difference. `moved`: what is gone by name, and is there under another.
 */
export interface Truth {
  readonly happened: ReadonlyMap<string, number>
  readonly moved: ReadonlySet<string>
  /** What happened to a table that was moved, if it is one that holds its values now. */
  readonly onTheWay: ReadonlyMap<string, readonly number[]>
}

export function findTruth(before: readonly Contents[], after: readonly Contents[], executed: readonly Step[]): Truth {
  const happened = new Map<string, number>()
  const moved = new Set<string>()
  const onTheWay = new Map<string, readonly number[]>()
  const add = (key: string, count: number) => count > 0 && happened.set(key, (happened.get(key) ?? 0) + count)
  const names = claim(before.map((one) => follow(executed, one.table, null)))
  for (const [index, then] of before.entries()) {
    const name = names[index]
    const now = name === null ? undefined : after.find((one) => one.table === name)
    if (now === undefined) {
      const key = `table-gone ${then.table}`
      add(key, then.rows.length)
      for (const holder of after.filter((one) => holdsAll(then, one))) {
        moved.add(key)
        compare(then, holder, [], (at, some) => onTheWay.set(at, [...(onTheWay.get(at) ?? []), some]), new Set())
      }
    } else compare(then, now, executed, add, moved)
  }
  return { happened, moved, onTheWay }
}

interface Followed {
  readonly name: string | null
  readonly isDropped: boolean
}

/** The name that a table or column of before has in the end. */
function follow(executed: readonly Step[], table: string, column: string | null): Followed {
  let [currentTable, current, isDropped] = [table, column, false]
  for (const { renames = [], drops = [] } of executed) {
    for (const drop of drops) if (drop.table === currentTable && (drop.column === null || drop.column === current)) isDropped = true
    for (const rename of isDropped ? [] : renames) {
      if (rename.table !== currentTable) continue
      if (rename.column === null) currentTable = rename.to
      else if (rename.column === current) current = rename.to
    }
  }
  return { name: column === null ? currentTable : current, isDropped }
}

/** What was dropped and made again under its name stands for it, unless the name belongs to another one by then. */
function claim(followed: readonly Followed[]): (string | null)[] {
  const taken = new Set(followed.filter(({ isDropped }) => !isDropped).map(({ name }) => name))
  return followed.map(({ name, isDropped }) => (isDropped && taken.has(name) ? null : name))
}

type Add = (key: string, count: number) => unknown

interface Pair {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly types: Types
}

function compare(then: Contents, now: Contents, executed: readonly Step[], add: Add, moved: Set<string>): void {
  const names = claim(then.columns.map((column) => follow(executed, then.table, column.name)))
  const pairs = then.columns.flatMap((column, index): Pair[] => {
    const at = now.columns.findIndex((one) => one.name === names[index])
    return at === -1 ? [] : [{ name: column.name, from: index, to: at, types: { before: column.type, after: now.columns[at]?.type ?? '' } }]
  })
  const keys = then.key.flatMap((name) => pairs.find((pair) => pair.name === name) ?? [])
  const isKeyed = keys.length > 0 && keys.length === then.key.length
  for (const [index, column] of then.columns.entries()) {
    if (pairs.some((pair) => pair.from === index)) continue
    const key = `column-gone ${then.table}.${column.name}`
    add(key, then.rows.filter((row) => row[index] !== null).length)
    const others = now.columns.flatMap(({ type }, at) => (pairs.some((pair) => pair.to === at) ? [] : [{ type, at }]))
    const isThere = others.some((other) => {
      const twin = { name: column.name, from: index, to: other.at, types: { before: column.type, after: other.type } }
      // Of rows that have no value there is nothing to be found.
      const list = (rows: Contents['rows'], text: typeof textThen) =>
        rows.flatMap((row) =>
          text(row, twin) === null ? [] : JSON.stringify([...(isKeyed ? keys : []), twin].map((pair) => text(row, pair))),
        )
      return isDeepStrictEqual(list(then.rows, textThen).sort(), list(now.rows, textNow).sort())
    })
    if (isThere) moved.add(key)
  }
  if (isKeyed) compareKeyed(then, now, pairs, keys, add)
  else compareBags(then, now, pairs, add)
}

function compareKeyed(then: Contents, now: Contents, pairs: readonly Pair[], keys: readonly Pair[], add: Add): void {
  const found = new Map(now.rows.map((row) => [JSON.stringify(keys.map((pair) => textNow(row, pair))), row]))
  let matched = 0
  for (const row of then.rows) {
    const other = found.get(JSON.stringify(keys.map((pair) => textThen(row, pair))))
    if (other === undefined) {
      add(`rows-lost ${then.table}`, 1)
      continue
    }
    matched++
    for (const pair of pairs) {
      const [was, is] = [textThen(row, pair), textNow(other, pair)]
      if (was !== null && is === null) add(`values-lost ${then.table}.${pair.name}`, 1)
      else if (was !== null && was !== is) add(`values-changed ${then.table}.${pair.name}`, 1)
    }
  }
  add(`rows-added ${then.table}`, now.rows.length - matched)
}

function compareBags(then: Contents, now: Contents, pairs: readonly Pair[], add: Add): void {
  const old = then.rows.map((row) => pairs.map((pair) => textThen(row, pair)))
  const left = now.rows.map((row) => pairs.map((pair) => textNow(row, pair)))
  const unmatched = old.filter((row) => {
    const at = left.findIndex((other) => JSON.stringify(other) === JSON.stringify(row))
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
  // A row whose NULLs got values is the same row; as many of them as can be.
  const filled = countPairs(unmatched, left, (row, other) => row.every((value, index) => value === null || value === other[index]))
  const [gone, added] = [unmatched.length - filled, left.length - filled]
  const replaced = Math.min(gone, added)
  add(`rows-lost ${then.table}`, gone - replaced)
  add(`rows-added ${then.table}`, added - replaced)
  add(`values-changed ${then.table}`, replaced)
}

/** The largest matching, by augmenting paths. */
function countPairs<T>(left: readonly T[], right: readonly T[], fits: (one: T, other: T) => boolean): number {
  const partner = new Map<number, number>()
  const place = (index: number, seen: Set<number>): boolean => {
    const one = left[index]
    for (const [at, other] of right.entries()) {
      if (one === undefined || seen.has(at) || !fits(one, other)) continue
      seen.add(at)
      const held = partner.get(at)
      if (held !== undefined && !place(held, seen)) continue
      partner.set(at, index)
      return true
    }
    return false
  }
  return left.filter((_, index) => place(index, new Set())).length
}

function textThen(row: readonly Value[], pair: Pair): string | null {
  const value = row[pair.from] ?? null
  return value === null ? null : canonical(value, pair.types, false)
}

function textNow(row: readonly Value[], pair: Pair): string | null {
  const value = row[pair.to] ?? null
  return value === null ? null : canonical(value, pair.types, true)
}

/** Every column of a table is in another one, whatever it is called there. */
function holdsAll(then: Contents, now: Contents): boolean {
  if (then.rows.length !== now.rows.length) return false
  return then.columns.every((column, index) => {
    if (then.rows.every((row) => row[index] === null)) return true
    return now.columns.some((other, at) => {
      const pair = { name: column.name, from: index, to: at, types: { before: column.type, after: other.type } }
      const list = (texts: readonly (string | null)[]) => JSON.stringify([...texts].sort())
      return list(then.rows.map((row) => textThen(row, pair))) === list(now.rows.map((row) => textNow(row, pair)))
    })
  })
}
