import { quoteIdentifier as quote } from '../../util/names.js'
import { liveTwins } from './match-rows.js'
import {
  countOf,
  differsFrom,
  liveOf,
  originalOf,
  type Part,
  type PartKey,
  partOf,
  referencesTo,
  sameRow,
  selectedParts,
  targetOf,
  type Work,
  writtenColumns,
} from './part.js'

/** Decides what becomes of every row: written to the `state` of the working tables, and to the tables of doomed rows. */
export async function classifyRows(work: Work): Promise<void> {
  for (const part of selectedParts(work)) {
    work.onPart('Finding what differs', part)
    await markDifferences(work, part)
    if (work.mode === 'replace') await listDoomed(work, part)
  }
  await markOrphans(work)
}

async function markDifferences(work: Work, part: Part): Promise<void> {
  const { connection } = work
  if (work.mode === 'missing') return
  if (part.key !== null) {
    const differs = differsFrom(work, writtenColumns(part))
    await connection.query(
      `UPDATE ${part.work} AS p SET state = 'overwrite' FROM ${work.sql.rowsOf(part.live)} AS l WHERE p.state = 'there' AND ${sameRow(part.key)} AND (${differs})`,
    )
  }
  await connection.query(`UPDATE ${part.work} SET state = 'same' WHERE state = 'there'`)
}

/** Live rows that were not there before: their keys, and what others can reference of them. */
async function listDoomed(work: Work, part: Part): Promise<void> {
  const { connection, sql, catalog } = work
  const table = part.doomed.slice(part.doomed.indexOf('.') + 1)
  if (part.key === null) {
    const names = sql.address.map((_, place) => `a${place}`).join(', ')
    await connection.query(
      `CREATE TEMPORARY TABLE ${table} AS SELECT ${names} FROM (${liveTwins(work, part)}) AS l WHERE NOT EXISTS (SELECT 1 FROM ${part.work} AS p WHERE p.signature = l.signature AND p.twin = l.twin)`,
    )
    return
  }
  const named = new Set([
    ...part.key.map(({ name }) => name),
    ...referencesTo(catalog, part.live).flatMap(({ key }) => key.references.columns),
  ])
  const columns = [...named].map((name) => `l.${quote(name)} AS ${quote(name)}`)
  await connection.query(
    `CREATE TEMPORARY TABLE ${table} AS SELECT ${columns.join(', ')} FROM ${sql.rowsOf(part.live)} AS l WHERE NOT EXISTS (SELECT 1 FROM ${part.work} AS p WHERE ${sameRow(part.key)})`,
  )
  for (const names of [part.key.map(({ name }) => name), ...referencesTo(catalog, part.live).map(({ key }) => key.references.columns)])
    await connection.query(sql.indexOn(part.doomed, names.map(quote)))
}

/** Rows whose parent will not be there are left out; then those that point at these, and so on. */
export async function markOrphans(work: Work): Promise<void> {
  let before = -1
  for (let count = 0; count !== before; ) {
    before = count
    count = 0
    for (const part of selectedParts(work)) {
      for (const [place, key] of part.foreignKeys.entries()) await markOrphansOf(work, part, key, place)
      count += await countOf(work, `SELECT count(*) AS n FROM ${part.work} WHERE state IN ('orphan', 'orphan-there')`)
    }
  }
}

async function markOrphansOf(work: Work, part: Part, key: PartKey, place: number): Promise<void> {
  const given = key.columns.map((column) => `${targetOf('p', column)} IS NOT NULL`)
  const absent = parentsOf(work, key).map((parents) => `NOT EXISTS (${parents})`)
  await work.connection.query(
    `UPDATE ${part.work} AS p SET state = CASE p.state WHEN 'insert' THEN 'orphan' ELSE 'orphan-there' END, orphan_of = ${place}
     WHERE p.state IN ('insert', 'overwrite') AND ${[...given, ...absent].join(' AND ')}`,
  )
}

/** Queries, each of which finds a parent that will be there. */
function parentsOf(work: Work, { key, columns, parent }: PartKey): readonly string[] {
  const other = partOf(work, parent)
  const live = `SELECT 1 FROM ${work.sql.rowsOf(parent)} AS l WHERE ${columns.map((column, place) => `l.${quote(key.references.columns[place] ?? '')} = ${targetOf('p', column)}`).join(' AND ')}`
  if (other === undefined) return [live]
  const referenced = key.references.columns.flatMap((name) => other.columns.find((column) => column.name === name) ?? [])
  if (referenced.length < columns.length) return [live]
  if (!other.isSelected) {
    if (!other.isNatural) return [live]
    const found = columns.map((column, place) => `${referenced.map((one) => originalOf('r', one))[place]} = ${originalOf('p', column)}`)
    return [`SELECT 1 FROM ${other.work} AS r WHERE r.state = 'there' AND ${found.join(' AND ')}`]
  }
  const found = columns.map((column, place) => `${referenced.map((one) => targetOf('r', one))[place]} = ${targetOf('p', column)}`)
  const restored = `SELECT 1 FROM ${other.work} AS r WHERE r.state <> 'orphan' AND ${found.join(' AND ')}`
  return work.mode === 'replace' ? [restored] : [restored, live]
}

/** How many rows each table gets and loses. */
export interface PartCounts {
  readonly inserted: number
  readonly overwritten: number
  readonly deleted: number
  readonly unchanged: number
  readonly orphans: number
  readonly remapped: number
  /** Live rows before. */
  readonly rowsNow: number
}

export async function countRows(work: Work, part: Part): Promise<PartCounts> {
  const states = ['insert', 'overwrite', 'same', 'there', 'orphan', 'orphan-there']
  const counts = states.map((state, place) => `count(CASE WHEN state = '${state}' THEN 1 END) AS n${place}`)
  const [row] = await work.connection.query(
    `SELECT ${counts.join(', ')}, count(CASE WHEN remapped = 1 AND state NOT IN ('orphan', 'orphan-there') THEN 1 END) AS remapped FROM ${part.work}`,
  )
  const [inserted = 0, overwritten = 0, same = 0, there = 0, orphan = 0, kept = 0] = states.map((_, place) => Number(row?.[`n${place}`]))
  return {
    inserted,
    overwritten,
    deleted: work.mode === 'replace' ? await countOf(work, `SELECT count(*) AS n FROM ${part.doomed}`) : 0,
    unchanged: same + there,
    orphans: orphan + kept,
    remapped: Number(row?.remapped),
    rowsNow: await countOf(work, `SELECT count(*) AS n FROM ${work.sql.rowsOf(part.live)} AS l`),
  }
}

const SAMPLES = 20

/** A row that is left out, and which foreign key finds nothing. */
export interface OrphanSample {
  /** Key of the row: `id = 4`; its place in the snapshot where there is none: `row 4`. */
  readonly row: string
  /** What it points at: `authorId = 7 (User.id)`. */
  readonly missing: string
}

export async function sampleOrphans(work: Work, part: Part): Promise<readonly OrphanSample[]> {
  const { sql } = work
  const texts = [...part.columns.map((column) => `${sql.text(targetOf('p', column))} AS t${column.index}`)]
  const rows = await work.connection.query(
    `SELECT orphan_of, row_no, ${texts.join(', ')} FROM ${part.work} AS p WHERE state IN ('orphan', 'orphan-there') ORDER BY row_no LIMIT ${SAMPLES}`,
  )
  return rows.map((row) => {
    const value = (column: { readonly name: string; readonly index: number }) => `${column.name} = ${String(row[`t${column.index}`])}`
    const lacking = part.foreignKeys[Number(row.orphan_of)]
    const { table = '', columns: names = [] } = lacking?.key.references ?? {}
    return {
      row: part.key?.map(value).join(', ') ?? `row ${String(row.row_no)}`,
      missing: `${(lacking?.columns ?? []).map(value).join(', ')} (${names.map((name) => `${table}.${name}`).join(', ')})`,
    }
  })
}

/** Live rows of `part` under a doomed parent that will point elsewhere. */
export function pointsAtDoomed({ key, columns }: PartKey, parent: Part): string {
  return `EXISTS (SELECT 1 FROM ${parent.doomed} AS d WHERE ${columns.map((column, place) => `d.${quote(key.references.columns[place] ?? '')} = ${liveOf('l', column)}`).join(' AND ')})`
}
