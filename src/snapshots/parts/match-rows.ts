import { SafeMigrateError } from '../../errors.js'
import { displayName, quoteIdentifier as quote } from '../../util/names.js'
import { countOf, liveOf, originalOf, type Part, type PartColumn, partOf, sameRow, selectedParts, targetOf, type Work } from './part.js'

/** Finds for each row of then the live one, and translates keys where a natural one found a row under another id. */
export async function matchRows(work: Work): Promise<void> {
  for (const part of work.parts) await indexReferenced(work, part)
  for (const part of matchingOrder(work)) {
    work.onPart('Finding rows again', part)
    for (const one of part.foreignKeys.filter(({ columns }) => columns.some((column) => part.key?.includes(column) === true)))
      await translateKey(work, part, one)
    if (part.key === null) await matchWhole(work, part)
    else await matchByKey(work, part, part.key)
  }
  for (const part of selectedParts(work)) for (const one of part.foreignKeys) await translateKey(work, part, one)
}

/** Every row that points at this table looks for it here: without an index each would read all of it. */
async function indexReferenced(work: Work, part: Part): Promise<void> {
  const keys = work.parts.flatMap(({ foreignKeys }) => foreignKeys.filter(({ parent }) => parent === part.live))
  const lists = [part.live.primaryKey, ...keys.map(({ key }) => key.references.columns)].map((names) => [...names].sort())
  for (const names of new Map(lists.map((list) => [list.join('\n'), list])).values()) {
    const columns = part.columns.filter(({ name }) => names.includes(name))
    if (columns.length === 0 || columns.length < names.length) continue
    for (const kind of ['v', 'o'])
      await work.connection.query(
        work.sql.indexOn(
          part.work,
          columns.map(({ index }) => `${kind}${index}`),
        ),
      )
  }
}

/** A key that holds foreign keys can be compared only when those are translated. */
function matchingOrder(work: Work): readonly Part[] {
  const left = new Set(work.parts)
  const ordered: Part[] = []
  while (left.size > 0) {
    const next = [...left].find((part) => naturalParents(work, part).every((parent) => !left.has(parent)))
    if (next === undefined) throw circular([...left])
    left.delete(next)
    ordered.push(next)
  }
  return ordered
}

function naturalParents(work: Work, part: Part): readonly Part[] {
  return part.foreignKeys.flatMap(({ columns, parent }) => {
    const other = partOf(work, parent)
    const isInKey = columns.some((column) => part.key?.includes(column) === true)
    return isInKey && other?.isNatural === true ? [other] : []
  })
}

async function matchByKey(work: Work, part: Part, key: readonly PartColumn[]): Promise<void> {
  const { connection, sql } = work
  await connection.query(
    sql.indexOn(
      part.work,
      key.map(({ index }) => `v${index}`),
    ),
  )
  if (part.isNatural) await requireUnique(work, part, key)
  const own = part.isNatural ? part.columns.filter(({ name }) => part.live.primaryKey.includes(name)) : []
  const changes = own.map((column) => sql.differs(liveOf('l', column), originalOf('p', column), column.type))
  const sets = [
    "state = 'there'",
    ...own.map((column) => `v${column.index} = ${liveOf('l', column)}`),
    ...(changes.length === 0 ? [] : [`remapped = CASE WHEN ${changes.join(' OR ')} THEN 1 ELSE p.remapped END`]),
  ]
  await connection.query(`UPDATE ${part.work} AS p SET ${sets.join(', ')} FROM ${sql.rowsOf(part.live)} AS l WHERE ${sameRow(key)}`)
  if (part.isNatural) await giveNewIds(work, part, own)
}

/** A row that is to be inserted, under an id that another row has by now. */
async function giveNewIds(work: Work, part: Part, own: readonly PartColumn[]): Promise<void> {
  const { connection, sql } = work
  if (own.length === 0 || !part.isSelected) return
  const isOther = `EXISTS (SELECT 1 FROM ${part.work} AS q WHERE q.state <> 'insert' AND ${own.map((column) => `${targetOf('q', column)} = ${targetOf('p', column)}`).join(' AND ')})`
  const isLive = `EXISTS (SELECT 1 FROM ${sql.rowsOf(part.live)} AS l WHERE ${sameRow(own)})`
  const taken = `p.state = 'insert' AND ${work.mode === 'replace' ? isOther : isLive}`
  const count = await countOf(work, `SELECT count(*) AS n FROM ${part.work} AS p WHERE ${taken}`)
  if (count === 0) return
  const [id] = own
  if (id === undefined || own.length > 1 || !sql.isWholeNumber(id.type)) throw idsTaken(part, count)
  const highest = `SELECT max(h) AS h FROM (SELECT max(${quote(id.name)}) AS h FROM ${sql.rowsOf(part.live)} UNION ALL SELECT max(v${id.index}) FROM ${part.work}) AS highest`
  const [row] = await connection.query(highest)
  const numbered = `SELECT p.row_no, row_number() OVER (ORDER BY p.row_no) AS place FROM ${part.work} AS p WHERE ${taken}`
  await connection.query(
    `UPDATE ${part.work} AS p SET v${id.index} = ${BigInt(String(row?.h ?? 0))} + given.place, remapped = 1 FROM (${numbered}) AS given WHERE given.row_no = p.row_no`,
  )
}

/** What pointed at a row by its old id points at it by the one that it has now. */
async function translateKey(work: Work, part: Part, { columns, parent, key }: Part['foreignKeys'][number]): Promise<void> {
  const other = partOf(work, parent)
  if (other === undefined || !other.isNatural) return
  const pairs = columns.flatMap((column, place) => {
    const referenced = other.columns.find(({ name }) => name === key.references.columns[place])
    return referenced === undefined ? [] : [{ column, referenced }]
  })
  if (pairs.length < columns.length) return
  const found = pairs.map(({ column, referenced }) => `${originalOf('r', referenced)} = ${originalOf('p', column)}`).join(' AND ')
  const changed = pairs
    .map(({ referenced }) => work.sql.differs(targetOf('r', referenced), originalOf('r', referenced), referenced.type))
    .join(' OR ')
  const sets = pairs.map(({ column, referenced }) => `v${column.index} = ${targetOf('r', referenced)}`)
  await work.connection.query(
    `UPDATE ${part.work} AS p SET ${sets.join(', ')}, remapped = 1 FROM ${other.work} AS r WHERE ${found} AND (${changed})`,
  )
}

/** Without a key: equal rows are paired one by one, whatever is left over on either side came or went. */
export async function matchWhole(work: Work, part: Part): Promise<void> {
  const { connection, sql } = work
  const then = sql.signature(part.columns.map((column) => targetOf('p', column)))
  await connection.query(`UPDATE ${part.work} AS p SET signature = ${then}`)
  const places = `SELECT row_no, row_number() OVER (PARTITION BY signature ORDER BY row_no) AS place FROM ${part.work}`
  await connection.query(`UPDATE ${part.work} AS p SET twin = places.place FROM (${places}) AS places WHERE places.row_no = p.row_no`)
  await connection.query(sql.indexOn(part.work, ['signature', 'twin']))
  await connection.query(
    `UPDATE ${part.work} AS p SET state = 'there' FROM (${liveTwins(work, part)}) AS l WHERE l.signature = p.signature AND l.twin = p.twin`,
  )
}

/** The live rows of a table without a key: address, contents, and which of the equal ones each is. */
export function liveTwins({ sql }: Work, part: Part): string {
  const address = sql.address.map(({ name }, place) => `l.${name} AS a${place}`)
  const signature = sql.signature(part.columns.map((column) => liveOf('l', column)))
  const rows = `SELECT ${address.join(', ')}, ${signature} AS signature FROM ${sql.rowsOf(part.live)} AS l`
  const names = sql.address.map((_, place) => `a${place}`)
  return `SELECT ${names.join(', ')}, signature, row_number() OVER (PARTITION BY signature ORDER BY ${names.join(', ')}) AS twin FROM (${rows}) AS contents`
}

/** Two rows that cannot be told apart by a natural key must not be mixed up. */
async function requireUnique(work: Work, part: Part, key: readonly PartColumn[]): Promise<void> {
  const sides = [
    { what: 'in the snapshot', from: `${part.work} AS x`, names: key.map((column) => targetOf('x', column)) },
    { what: 'in the database', from: `${work.sql.rowsOf(part.live)} AS x`, names: key.map((column) => liveOf('x', column)) },
  ]
  for (const { what, from, names } of sides) {
    const empty = await countOf(work, `SELECT count(*) AS n FROM ${from} WHERE ${names.map((name) => `${name} IS NULL`).join(' OR ')}`)
    if (empty > 0) throw notTellingApart(part, key, `${empty} rows ${what} have none`)
    const double = await countOf(
      work,
      `SELECT count(*) AS n FROM (SELECT 1 AS one FROM ${from} GROUP BY ${names.join(', ')} HAVING count(*) > 1) AS doubles`,
    )
    if (double > 0) throw notTellingApart(part, key, `${double} of its values are there more than once ${what}`)
  }
}

function notTellingApart(part: Part, key: readonly PartColumn[], why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: `${nameOf(part)} cannot be matched by ${key.map(({ name }) => name).join('+')}: ${why}.`,
    why: 'Rows could be taken for one another. Nothing was changed.',
    next: ['Name columns that are unique and never empty, such as those of a unique key: --key User=email,Post=blogId+slug'],
  })
}

function idsTaken(part: Part, count: number): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${count} rows of ${nameOf(part)} that are gone cannot be inserted again: other rows have their ids now.`,
    why: `New ids can only be given where the primary key is one whole number; that of ${nameOf(part)} is ${part.live.primaryKey.join('+')}. Nothing was changed.`,
    next: ['Restore into another database and copy by hand: safe-migrate restore --to-env SCRATCH_URL'],
  })
}

function circular(parts: readonly Part[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: `The keys of ${parts.map(nameOf).join(', ')} need each other to be compared.`,
    why: 'A natural key that holds a foreign key can only be matched once the table that it points at is.',
    next: ['Name a key without that foreign key for one of them.'],
  })
}

function nameOf({ live }: Part): string {
  return displayName(live.schema, live.name)
}
