import type { KeyMoves, LiveTable } from '../rules/measure.js'
import { count, fromTable, type Measurer } from './measurer.js'

/** The rows that an UPDATE moves, with each key before (`o0_0`) and after (`n0_0`). */
function selectMoves(measurer: Measurer, table: LiveTable, { rows, keys }: KeyMoves): string {
  const { quoteName, measuring } = measurer.dialect
  const columns = keys.flatMap((key, k) =>
    key.flatMap(({ column, type, value }, c) => [
      `${quoteName(rows.name)}.${quoteName(column)} AS o${k}_${c}`,
      `${type === '' ? `(${value})` : measuring.storedAs(`(${value})`, type, type, null, null)} AS n${k}_${c}`,
    ]),
  )
  const from = rows.from === null ? '' : `, ${rows.from}`
  const where = rows.where === null ? '' : ` WHERE (${rows.where})`
  const list = [`${measuring.rowIdentity(rows.name)} AS id`, ...columns].join(', ')
  return `${rows.with === null ? '' : `${rows.with} `}SELECT ${list} FROM ${fromTable(measurer, table, rows)}${from}${where}`
}

/** @throws Error when moved rows get in each other's way: then it depends on their order */
async function selectIndependentMoves(measurer: Measurer, table: LiveTable, moves: KeyMoves): Promise<string> {
  const moved = selectMoves(measurer, table, moves)
  for (const [k, key] of moves.keys.entries()) {
    const list = (prefix: string) => key.map((_, c) => `${prefix}${k}_${c}`)
    const present = list('n').map((name) => `${name} IS NOT NULL`)
    const same = key.map((_, c) => `a.n${k}_${c} = b.o${k}_${c}`).join(' AND ')
    const alike = `SELECT count(*) AS n FROM (SELECT 1 AS one FROM (${moved}) AS a WHERE ${present.join(' AND ')} GROUP BY ${list('n').join(', ')} HAVING count(*) > 1) AS g`
    const inTheWay = `SELECT count(*) AS n FROM (${moved}) AS a JOIN (${moved}) AS b ON ${same} WHERE a.id <> b.id`
    if ((await count(measurer, alike)) + (await count(measurer, inTheWay)) > 0)
      throw new Error('the rows that it changes get in the way of each other, in an order that is not known')
  }
  return moved
}

/**
 * Condition: the row has a key that moved rows get, and is not moved itself.
 * @throws Error when moved rows get in each other's way
 */
export async function findDisplaced(measurer: Measurer, table: LiveTable, moves: KeyMoves): Promise<string> {
  const moved = await selectIndependentMoves(measurer, table, moves)
  const { quoteName, measuring } = measurer.dialect
  const own = quoteName(moves.rows.name)
  const isTaken = moves.keys.map((key, k) => {
    const names = key.map((_, c) => `m.n${k}_${c}`)
    const present = names.map((name) => `${name} IS NOT NULL`).join(' AND ')
    return `(${key.map(({ column }) => `${own}.${quoteName(column)}`).join(', ')}) IN (SELECT ${names.join(', ')} FROM (${moved}) AS m WHERE ${present})`
  })
  return `${measuring.rowIdentity(moves.rows.name)} NOT IN (SELECT m.id FROM (${moved}) AS m) AND (${isTaken.join(' OR ')})`
}

/**
 * Condition: the row is moved to a key that a row has which is not moved.
 * @throws Error when moved rows get in each other's way
 */
export async function findCollisions(measurer: Measurer, table: LiveTable, moves: KeyMoves): Promise<string> {
  const moved = await selectIndependentMoves(measurer, table, moves)
  const { quoteName, measuring } = measurer.dialect
  const other = { ...moves.rows, name: 'safe_migrate_other' }
  const taken = moves.keys.map((key, k) =>
    key.map(({ column }, c) => `${quoteName(other.name)}.${quoteName(column)} = m.n${k}_${c}`).join(' AND '),
  )
  const source = `(${moved}) AS m JOIN ${fromTable(measurer, table, other)} ON ${taken.map((one) => `(${one})`).join(' OR ')}`
  const stays = `${measuring.rowIdentity(other.name)} NOT IN (SELECT s.id FROM (${moved}) AS s)`
  return `(${measuring.rowIdentity(moves.rows.name)} IN (SELECT m.id FROM ${source} WHERE ${stays}))`
}
