import type { Prepared } from '../../databases/row-restore.js'
import { quoteIdentifier as quote } from '../../util/names.js'
import { pointsAtDoomed } from './classify-rows.js'
import { clearableColumns, type IsDeferrable, lateKeys } from './order-parts.js'
import {
  countOf,
  liveOf,
  type Part,
  type PartColumn,
  type PartKey,
  partOf,
  sameRow,
  selectedParts,
  targetOf,
  type Work,
  writtenColumns,
} from './part.js'

/**
 * Writes what the working tables say, in an order in which foreign keys and unique keys hold: what points at rows that go is turned away from
 * them, they are deleted (children first), the others get their values, what is gone is inserted (parents first), and at last foreign keys.
 * @param onWrite told before a table is written to, so that it is known whose rows the database refuses
 */
export async function applyParts(work: Work, onWrite: (part: Part) => void): Promise<Prepared> {
  const isDeferrable = await work.sql.readDeferrable(work.connection)
  const parts = selectedParts(work)
  const overwritten: Part[] = []
  for (const part of parts)
    if ((await countOf(work, `SELECT count(*) AS n FROM ${part.work} WHERE state = 'overwrite'`)) > 0) overwritten.push(part)
  const prepared = await work.sql.prepare(work.connection, {
    tables: parts.map(({ live }) => live),
    overwritten: overwritten.map(({ live }) => live),
    broken: parts.flatMap((part) => brokenKeys(work, part, isDeferrable).map(({ key }) => ({ table: part.live, key }))),
  })
  const write = async (order: readonly Part[], step: string | null, run: (part: Part) => Promise<void>) => {
    for (const part of order) {
      if (step !== null) work.onPart(step, part)
      onWrite(part)
      await run(part)
    }
  }
  await write(overwritten, null, (part) => turnAway(work, part))
  await write([...parts].reverse(), 'Removing rows', (part) => deleteDoomed(work, part))
  await write(overwritten, null, (part) => makeRoom(work, part))
  await write(parts, 'Putting values back', async (part) => {
    if (overwritten.includes(part)) await overwrite(work, part, plainColumns(part))
  })
  await write(parts, 'Putting rows back', (part) => insertGone(work, part))
  await write(parts, null, (part) => overwrite(work, part, foreignColumns(part), true))
  return prepared
}

/** Keys that have to be broken for a moment, and cannot be put off by themselves. */
function brokenKeys(work: Work, part: Part, isDeferrable: IsDeferrable): readonly PartKey[] {
  const late = lateKeys(work, part)
  return part.foreignKeys.filter((one) => {
    if (isDeferrable(part.live, one.key) || clearableColumns(part, one).length > 0) return false
    return late.includes(one) || (work.mode === 'replace' && doomedParent(work, one) !== null)
  })
}

/** The restored table that a key points at; null when it loses no rows. */
function doomedParent(work: Work, { parent }: PartKey): Part | null {
  const other = partOf(work, parent)
  return work.mode === 'replace' && other?.isSelected === true && other.key !== null ? other : null
}

/** ON DELETE must find nothing to do. Where a key may not be NULL, it gets its new value at once, and the constraint waits. */
async function turnAway(work: Work, part: Part): Promise<void> {
  if (part.key === null) return
  for (const one of part.foreignKeys) {
    const parent = doomedParent(work, one)
    if (parent === null) continue
    const clearable = clearableColumns(part, one)
    const sets =
      clearable.length > 0
        ? clearable.map(({ name }) => `${quote(name)} = NULL`)
        : one.columns.map((column) => `${quote(column.name)} = ${targetOf('p', column)}`)
    const isOverwritten = `p.state = 'overwrite' AND ${sameRow(part.key)}`
    await work.connection.query(
      `UPDATE ${work.sql.rowsOf(part.live)} AS l SET ${sets.join(', ')} FROM ${part.work} AS p WHERE ${isOverwritten} AND ${pointsAtDoomed(one, parent)}`,
    )
  }
}

async function deleteDoomed(work: Work, part: Part): Promise<void> {
  if (work.mode !== 'replace') return
  const found =
    part.key === null
      ? work.sql.address.map(({ name }, place) => `l.${name} = d.a${place}`)
      : part.key.map((column) => `${liveOf('l', column)} = d.${quote(column.name)}`)
  await work.connection.query(
    `DELETE FROM ${work.sql.rowsOf(part.live)} AS l WHERE EXISTS (SELECT 1 FROM ${part.doomed} AS d WHERE ${found.join(' AND ')})`,
  )
}

/** Rows that have exchanged what must be unique would meet on the way: one of its columns gets a value for the moment that nobody has. */
async function makeRoom(work: Work, part: Part): Promise<void> {
  const { connection, sql } = work
  if (part.key === null) return
  for (const unique of part.live.uniqueKeys) {
    const columns = unique.columns.flatMap((name) => part.columns.find((column) => column.name === name) ?? [])
    const column = plainColumns(part).find(
      (one) => columns.includes(one) && (one.isNullable || sql.isWholeNumber(one.type) || sql.isText(one.type)),
    )
    if (columns.length < unique.columns.length || column === undefined) continue
    await connection.query(
      sql.indexOn(
        part.work,
        columns.map(({ index }) => `v${index}`),
      ),
    )
    const meets = columns.map((one) => `${liveOf('l', one)} = ${targetOf('q', one)}`).join(' AND ')
    await connection.query(
      `UPDATE ${sql.rowsOf(part.live)} AS l SET ${quote(column.name)} = ${await freeValue(work, part, column)} FROM ${part.work} AS p
       WHERE p.state = 'overwrite' AND ${sameRow(part.key)} AND EXISTS (SELECT 1 FROM ${part.work} AS q WHERE q.state IN ('overwrite', 'insert') AND q.row_no <> p.row_no AND ${meets})`,
    )
  }
}

async function freeValue({ connection, sql }: Work, part: Part, column: PartColumn): Promise<string> {
  if (column.isNullable) return 'NULL'
  if (!sql.isWholeNumber(column.type)) return "'safe-migrate ' || p.row_no"
  const [row] = await connection.query(
    `SELECT min(n) AS n FROM (SELECT min(${quote(column.name)}) AS n FROM ${sql.rowsOf(part.live)} UNION ALL SELECT min(v${column.index}) FROM ${part.work}) AS lowest`,
  )
  return `${BigInt(String(row?.n ?? 0))} - p.row_no`
}

/** @param isLast foreign keys: also of inserted rows that could not have them yet, and only where they differ */
async function overwrite(work: Work, part: Part, columns: readonly PartColumn[], isLast = false): Promise<void> {
  if (part.key === null || columns.length === 0) return
  const states = isLast ? "('overwrite', 'insert')" : "('overwrite')"
  const differs = columns.map((column) => work.sql.differs(liveOf('l', column), targetOf('p', column), column.type)).join(' OR ')
  await work.connection.query(
    `UPDATE ${work.sql.rowsOf(part.live)} AS l SET ${columns.map((column) => `${quote(column.name)} = ${targetOf('p', column)}`).join(', ')}
     FROM ${part.work} AS p WHERE p.state IN ${states} AND ${sameRow(part.key)} AND (${differs})`,
  )
}

async function insertGone(work: Work, part: Part): Promise<void> {
  const later = new Set(lateKeys(work, part).flatMap((one) => clearableColumns(part, one)))
  const names = part.columns.map(({ name }) => quote(name)).join(', ')
  const values = part.columns.map((column) => (later.has(column) ? 'NULL' : targetOf('p', column))).join(', ')
  const rows = `SELECT ${values} FROM ${part.work} AS p WHERE p.state = 'insert' ORDER BY p.row_no`
  await work.connection.query(`INSERT INTO ${work.sql.nameOf(part.live)} (${names}) ${work.sql.insertClause} ${rows}`)
}

function foreignColumns(part: Part): readonly PartColumn[] {
  const names = new Set(part.foreignKeys.flatMap(({ key }) => key.columns))
  return writtenColumns(part).filter(({ name }) => names.has(name))
}

function plainColumns(part: Part): readonly PartColumn[] {
  const names = new Set(part.foreignKeys.flatMap(({ key }) => key.columns))
  return writtenColumns(part).filter(({ name }) => !names.has(name))
}
