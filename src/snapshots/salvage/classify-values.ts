import { countOf, liveOf, type PartColumn, sameRow, targetOf } from '../parts/part.js'
import { BACK, FLAGS, type Reason, type Salvage, type SalvagePart, uniqueColumns, type ValueColumn } from './salvage-part.js'

/** Finds the values that the migration lost or changed, in rows that are there, and what becomes of each. */
export async function classifyValues(salvage: Salvage, salvaged: SalvagePart): Promise<void> {
  const { part, values } = salvaged
  for (const value of values) await classifyColumn(salvage, salvaged, value)
  const written = values.map(({ column }) => `p.w${column.index} = ${BACK}`)
  if (written.length === 0) return
  await salvage.work.connection.query(`UPDATE ${part.work} AS p SET state = 'overwrite' WHERE state = 'same' AND (${written.join(' OR ')})`)
  await distrustWriters(salvage, salvaged)
  for (const columns of uniqueColumns(salvaged)) await refuseDoubleValues(salvage, salvaged, columns)
}

async function classifyColumn(
  { work, special, window, isPrompt }: Salvage,
  salvaged: SalvagePart,
  { column, wish }: ValueColumn,
): Promise<void> {
  const { part, left } = salvaged
  const { key } = part
  if (key === null || key.includes(column) || part.live.primaryKey.includes(column.name)) return
  const [then, now] = [targetOf('p', column), liveOf('l', column)]
  const original = `p.x${column.index}`
  const isMisfit = `${then} IS NULL`
  const differs = (a: string, b: string) => `(${work.sql.differs(a, b, column.type)})`
  const isProven = window === null ? null : special.writtenBetween('l', window.from, window.to)
  const made = targetOf('a', column)
  // Where what the migration left is not known, only what tells who wrote a row can prove anything.
  const isKnown = left !== null && isPrompt
  const isUntouched = isKnown ? `(NOT ${differs(now, made)}${isProven === null ? '' : ` AND ${isProven}`})` : (isProven ?? '1 = 0')
  const flag = `CASE WHEN ${isMisfit} THEN ${flagOf('misfit')} WHEN NOT ${isUntouched} THEN ${flagOf(isKnown || isProven !== null ? 'changed' : 'unknown')} WHEN 1 = ${wish === 'aside' ? 1 : 0} THEN ${flagOf('agreed')} ELSE ${BACK} END`
  const wasLost = `(${isMisfit} OR ${differs(left === null ? now : made, then)})`
  const join = left === null ? '' : ` JOIN ${left} AS a ON ${key.map((one) => `${targetOf('a', one)} = ${liveOf('l', one)}`).join(' AND ')}`
  const found = `SELECT p.row_no, ${flag} AS flag FROM ${part.work} AS p JOIN ${work.sql.rowsOf(part.live)} AS l ON ${sameRow(key)}${join}
    WHERE p.state = 'same' AND ${original} IS NOT NULL AND ${wasLost} AND (${isMisfit} OR ${differs(now, then)})`
  await work.connection.query(
    `UPDATE ${part.work} AS p SET w${column.index} = found.flag FROM (${found}) AS found WHERE found.row_no = p.row_no`,
  )
}

export function flagOf(reason: Reason): number {
  return Number(Object.keys(FLAGS).find((flag) => FLAGS[Number(flag)] === reason))
}

/** Each migration is one transaction at most: of more writers some were others. */
async function distrustWriters({ work, special, window }: Salvage, salvaged: SalvagePart): Promise<void> {
  const { part } = salvaged
  const writer = special.writerOf('l')
  if (writer === null || window === null || part.key === null) return
  const writers = await countOf(
    work,
    `SELECT count(DISTINCT ${writer}) AS n FROM ${part.work} AS p JOIN ${work.sql.rowsOf(part.live)} AS l ON ${sameRow(part.key)} WHERE p.state = 'overwrite'`,
  )
  if (writers > window.migrations) await keepAside({ work }, salvaged, 'writers', "p.state = 'overwrite'")
}

/** A value that must be unique, and that another row has by now. */
async function refuseDoubleValues({ work }: Salvage, salvaged: SalvagePart, columns: readonly PartColumn[]): Promise<void> {
  const { part, values } = salvaged
  const { key } = part
  if (key === null || !values.some(({ column }) => columns.includes(column))) return
  const isOther = key.map((column) => `${liveOf('l', column)} = ${targetOf('p', column)}`).join(' AND ')
  // What the row would have: the value of then where it goes back, else what is there.
  const wanted = (column: PartColumn, row: string, there: string) =>
    values.some((one) => one.column === column)
      ? `CASE WHEN ${row}.w${column.index} = ${BACK} THEN ${targetOf(row, column)} ELSE ${liveOf(there, column)} END`
      : liveOf(there, column)
  const meets = columns.map((column) => `${liveOf('l', column)} = ${wanted(column, 'p', 'm')}`).join(' AND ')
  const isLeaving = `EXISTS (SELECT 1 FROM ${part.work} AS q WHERE q.state = 'overwrite' AND ${sameRow(key, 'l', 'q')} AND (${columns
    .filter((column) => values.some((one) => one.column === column))
    .map((column) => `q.w${column.index} = ${BACK}`)
    .join(' OR ')}))`
  const rows = work.sql.rowsOf(part.live)
  const doubles = `p.state = 'overwrite' AND EXISTS (SELECT 1 FROM ${rows} AS m JOIN ${rows} AS l ON ${meets} WHERE ${sameRow(key, 'm')} AND NOT (${isOther}) AND NOT ${isLeaving})`
  for (let before = -1, count = 0; count !== before; ) {
    before = count
    await keepAside({ work }, salvaged, 'unique', doubles)
    count = await countOf(work, `SELECT count(*) AS n FROM ${part.work} WHERE state = 'same'`)
  }
}

async function keepAside({ work }: Pick<Salvage, 'work'>, { part, values }: SalvagePart, reason: Reason, condition: string): Promise<void> {
  const sets = values.map(
    ({ column: { index } }) => `w${index} = CASE WHEN p.w${index} = ${BACK} THEN ${flagOf(reason)} ELSE p.w${index} END`,
  )
  await work.connection.query(`UPDATE ${part.work} AS p SET ${[...sets, "state = 'same'"].join(', ')} WHERE ${condition}`)
}

/** Rows that stay, and columns that are not written, get the values of now, so that it can be proven that they kept them. */
export async function settleValues(salvage: Salvage, salvaged: SalvagePart): Promise<void> {
  const { work } = salvage
  const { part, values } = salvaged
  if (part.key === null) return
  await keepAside(salvage, salvaged, 'orphan', "p.state = 'orphan-there' AND p.orphan_of IS NOT NULL")
  const written = new Set(values.map(({ column }) => column))
  const sets = part.columns.map((column) => {
    const now = liveOf('l', column)
    return `v${column.index} = ${written.has(column) ? `CASE WHEN p.w${column.index} = ${BACK} THEN ${targetOf('p', column)} ELSE ${now} END` : now}`
  })
  const stale = part.columns.map((column) => {
    const differs = work.sql.differs(liveOf('l', column), targetOf('p', column), column.type)
    return written.has(column) ? `(p.w${column.index} <> ${BACK} AND ${differs})` : `(${differs})`
  })
  await work.connection.query(
    `UPDATE ${part.work} AS p SET ${sets.join(', ')} FROM ${work.sql.rowsOf(part.live)} AS l WHERE p.state IN ('same', 'overwrite') AND ${sameRow(part.key)} AND (${stale.join(' OR ')})`,
  )
}
