import { markOrphans } from '../parts/classify-rows.js'
import { matchWhole } from '../parts/match-rows.js'
import { countOf, differsFrom, type PartColumn, sameRow, targetOf } from '../parts/part.js'
import { classifyValues, settleValues } from './classify-values.js'
import { type Reason, type Salvage, type SalvagePart, uniqueColumns } from './salvage-part.js'

/**
 * Decides what becomes of everything that was lost, from three states: as it was, as the migration left it, as it is. What the migration did
 * not lose, or somebody has written since, stays as it is. In the end `insert` and `overwrite` rows of the working tables hold what is to be
 * there, `same` ones what is there, and of `orphan` ones those with a reason go aside.
 */
export async function classifySalvage(salvage: Salvage): Promise<void> {
  for (const salvaged of salvage.parts) {
    salvage.work.onPart('Finding what was lost', salvaged.part)
    await (salvaged.part.key === null ? classifyWhole(salvage, salvaged) : classifyKeyed(salvage, salvaged, salvaged.part.key))
    await refuseRows(salvage, salvaged)
    await settleValues(salvage, salvaged)
  }
  await markOrphans(salvage.work)
  for (const salvaged of salvage.parts) {
    await salvage.work.connection.query(
      `UPDATE ${salvaged.part.work} SET reason = 'orphan' WHERE state = 'orphan' AND orphan_of IS NOT NULL AND reason IS NULL`,
    )
    await settleValues(salvage, salvaged)
  }
}

async function classifyKeyed(salvage: Salvage, salvaged: SalvagePart, key: readonly PartColumn[]): Promise<void> {
  const { work } = salvage
  const { part, left, loss } = salvaged
  const names = key.map(({ index }) => `v${index}`)
  for (const table of left === null ? [part.work] : [part.work, left]) await work.connection.query(work.sql.indexOn(table, names))
  await work.connection.query(
    `UPDATE ${part.work} AS p SET state = 'same' FROM ${work.sql.rowsOf(part.live)} AS l WHERE p.state = 'insert' AND ${sameRow(key)}`,
  )
  const wasLeft = left === null ? null : `EXISTS (SELECT 1 FROM ${left} AS a WHERE ${sameKey(key)})`
  if (wasLeft !== null) {
    await set(salvage, salvaged, "state = 'orphan'", `state = 'insert' AND ${wasLeft}`)
    // It was lost, and somebody has made it again since: theirs wins. Where it is the same, it is back.
    const isOther = `EXISTS (SELECT 1 FROM ${work.sql.rowsOf(part.live)} AS l WHERE ${sameRow(key)} AND (${differsFrom(work, part.columns)}))`
    const isLost = `state = 'same' AND NOT ${wasLeft} AND ${isOther}`
    await set(salvage, salvaged, `state = 'orphan-there', reason = ${loss.rows === 'leave' ? 'NULL' : "'taken'"}`, isLost)
  }
  await decideLost(salvage, salvaged)
  await classifyValues(salvage, salvaged)
}

/** Without a key: of equal rows as many were lost as there are fewer. */
async function classifyWhole(salvage: Salvage, salvaged: SalvagePart): Promise<void> {
  const { work } = salvage
  const { part, left } = salvaged
  await matchWhole(work, part)
  await set(salvage, salvaged, "state = 'same'", "state = 'there'")
  if (left !== null) {
    const signature = work.sql.signature(part.columns.map((column) => targetOf('a', column)))
    await work.connection.query(`UPDATE ${left} AS a SET signature = ${signature}`)
    const places = `SELECT row_no, row_number() OVER (PARTITION BY signature ORDER BY row_no) AS place FROM ${left}`
    await work.connection.query(`UPDATE ${left} AS a SET twin = places.place FROM (${places}) AS places WHERE places.row_no = a.row_no`)
    await work.connection.query(work.sql.indexOn(left, ['signature', 'twin']))
    const wasLeft = `EXISTS (SELECT 1 FROM ${left} AS a WHERE a.signature = p.signature AND a.twin = p.twin)`
    await set(salvage, salvaged, "state = 'orphan'", `state = 'insert' AND ${wasLeft}`)
  }
  await decideLost(salvage, salvaged)
}

/** What becomes of rows that were lost, as a whole. */
async function decideLost(salvage: Salvage, salvaged: SalvagePart): Promise<void> {
  const { part, left, loss } = salvaged
  const gone = await countOf(salvage.work, `SELECT count(*) AS n FROM ${part.work} WHERE state = 'insert'`)
  const isMore = loss.rowsGone !== null && gone > loss.rowsGone
  const reason: Reason | null =
    loss.rows === 'aside'
      ? part.key === null
        ? 'replaced'
        : 'agreed'
      : left === null || !salvage.isPrompt
        ? 'unknown'
        : isMore
          ? 'deleted'
          : null
  if (loss.rows === 'leave') await set(salvage, salvaged, "state = 'orphan'", "state = 'insert'")
  else if (reason !== null) await aside(salvage, salvaged, reason, '1 = 1')
}

/** Rows that the table as it is now cannot take. */
async function refuseRows(salvage: Salvage, salvaged: SalvagePart): Promise<void> {
  const { part } = salvaged
  const known = new Set(part.columns.map(({ name }) => name))
  const wanting = part.live.columns.some(
    ({ name, notNull, default: given, generated, sequence }) =>
      !known.has(name) && notNull && given === null && !generated && sequence === undefined,
  )
  if (wanting) await aside(salvage, salvaged, 'required', '1 = 1')
  if (salvage.refused.has(part.live)) await aside(salvage, salvaged, 'refused', '1 = 1')
  for (const column of part.columns) {
    const type = salvaged.plain.get(column.before.name)
    if (type !== column.type) await aside(salvage, salvaged, 'misfit', `p.x${column.index} IS NOT NULL AND p.v${column.index} IS NULL`)
    if (!column.isNullable) await aside(salvage, salvaged, 'empty', `p.v${column.index} IS NULL`)
  }
  for (const columns of uniqueColumns(salvaged)) await refuseDoubles(salvage, salvaged, columns)
}

async function refuseDoubles(salvage: Salvage, salvaged: SalvagePart, columns: readonly PartColumn[]): Promise<void> {
  const { part } = salvaged
  const { work } = salvage
  await work.connection.query(
    work.sql.indexOn(
      part.work,
      columns.map(({ index }) => `v${index}`),
    ),
  )
  await aside(salvage, salvaged, 'unique', `EXISTS (SELECT 1 FROM ${work.sql.rowsOf(part.live)} AS l WHERE ${sameRow(columns)})`)
  const same = columns.map((column) => `${targetOf('q', column)} = ${targetOf('p', column)}`).join(' AND ')
  await aside(
    salvage,
    salvaged,
    'unique',
    `EXISTS (SELECT 1 FROM ${part.work} AS q WHERE q.state = 'insert' AND q.row_no < p.row_no AND ${same})`,
  )
}

/** Rows that would be inserted, and are not. */
async function aside(salvage: Salvage, salvaged: SalvagePart, reason: Reason, condition: string): Promise<void> {
  await set(salvage, salvaged, `state = 'orphan', reason = '${reason}'`, `state = 'insert' AND (${condition})`)
}

async function set({ work }: Salvage, { part }: SalvagePart, sets: string, condition: string): Promise<void> {
  await work.connection.query(`UPDATE ${part.work} AS p SET ${sets} WHERE ${condition}`)
}

/** Condition: the row that the migration left is the one that the working row means. */
function sameKey(key: readonly PartColumn[]): string {
  return key.map((column) => `${targetOf('a', column)} = ${targetOf('p', column)}`).join(' AND ')
}
