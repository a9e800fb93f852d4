import { SafeMigrateError } from '../../errors.js'
import { formatQuantity } from '../../util/format.js'
import { displayName, quoteIdentifier as quote } from '../../util/names.js'
import type { PartCounts } from './classify-rows.js'
import { countOf, liveOf, type Part, partOf, referencesTo, sameRow, selectedParts, type Work } from './part.js'

/** Everything that would fail, or take more along than was asked for. @throws SafeMigrateError `snapshot`; nothing was changed */
export async function refuseParts(work: Work, counts: ReadonlyMap<Part, PartCounts>): Promise<void> {
  for (const part of selectedParts(work)) {
    if ((counts.get(part)?.deleted ?? 0) > 0) await refuseCascades(work, part)
    if ((counts.get(part)?.inserted ?? 0) > 0) refuseEmptyColumns(part)
    await refuseDoubles(work, part)
  }
}

/** Rows that reference what a replace would delete, and that stay as they are. */
async function refuseCascades(work: Work, part: Part): Promise<void> {
  for (const { child, key } of referencesTo(work.catalog, part.live)) {
    const other = partOf(work, child)
    const staying = other?.isSelected === true ? stayingRows(other) : '1 = 1'
    const found = key.columns.map((name, place) => `d.${quote(key.references.columns[place] ?? '')} = c.${quote(name)}`).join(' AND ')
    const count = await countOf(
      work,
      `SELECT count(*) AS n FROM ${work.sql.rowsOf(child)} AS c WHERE EXISTS (SELECT 1 FROM ${part.doomed} AS d WHERE ${found}) AND ${staying}`,
    )
    if (count === 0) continue
    const [name, childName] = [nameOf(part.live), nameOf(child)]
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `Replacing ${name} would delete rows that were added since, and ${formatQuantity(count, 'row')} of ${childName} ${count === 1 ? 'references' : 'reference'} them.`,
      why: `${childName} ${other?.isSelected === true ? 'keeps these rows as they are' : 'is not being restored'}: they would be lost or left without their ${name}. Nothing was changed.`,
      next: [
        ...(other?.isSelected === true
          ? []
          : [`Restore both: --only ${[...selectedParts(work).map(({ live }) => nameOf(live)), childName].join(',')}`]),
        'Or keep what was added since: --mode upsert',
      ],
    })
  }
}

/** Rows `c` of a selected table that are neither deleted nor given the values of then. */
function stayingRows(part: Part): string {
  if (part.key === null) return '1 = 0' // nothing of it is kept: what is not in the snapshot goes
  return `EXISTS (SELECT 1 FROM ${part.work} AS p WHERE p.state IN ('same', 'orphan-there') AND ${sameRow(part.key, 'c')})`
}

/** A column that came since, may not be empty and has no default: the rows of then have no value for it. */
function refuseEmptyColumns(part: Part): void {
  const known = new Set(part.columns.map(({ name }) => name))
  const wanting = part.live.columns.find(
    (column) => !known.has(column.name) && column.notNull && column.default === null && !column.generated && column.sequence === undefined,
  )
  if (wanting === undefined) return
  const name = `${nameOf(part.live)}.${wanting.name}`
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${name} was not there then, may not be NULL and has no default: rows of then cannot be inserted again.`,
    why: 'Nothing was changed.',
    next: [
      `Give it a default: ALTER TABLE … ALTER COLUMN ${quote(wanting.name)} SET DEFAULT …`,
      'Or bring back everything: safe-migrate restore, without --only',
    ],
  })
}

/** Another live row, which stays, has what must be unique. */
async function refuseDoubles(work: Work, part: Part): Promise<void> {
  if (part.key === null) return
  for (const unique of [{ columns: part.live.primaryKey }, ...part.live.uniqueKeys]) {
    const columns = unique.columns.flatMap((name) => part.columns.find((column) => column.name === name) ?? [])
    const isKey = columns.length === part.key.length && columns.every((column) => part.key?.includes(column) === true)
    if (columns.length < unique.columns.length || columns.length === 0 || isKey) continue
    const isDoomed =
      work.mode === 'replace'
        ? ` AND NOT EXISTS (SELECT 1 FROM ${part.doomed} AS d WHERE ${part.key.map((column) => `d.${quote(column.name)} = ${liveOf('l', column)}`).join(' AND ')})`
        : ''
    const isRewritten = `EXISTS (SELECT 1 FROM ${part.work} AS q WHERE q.state IN ('overwrite', 'there', 'same') AND ${sameRow(part.key, 'l', 'q')} AND (q.state = 'overwrite' OR q.row_no = p.row_no))`
    const count = await countOf(
      work,
      `SELECT count(*) AS n FROM ${part.work} AS p JOIN ${work.sql.rowsOf(part.live)} AS l ON ${sameRow(columns)} WHERE p.state IN ('insert', 'overwrite')${isDoomed} AND NOT ${isRewritten}`,
    )
    if (count > 0)
      throw doubles(
        part,
        columns.map(({ name }) => name),
        count,
      )
  }
}

function doubles(part: Part, columns: readonly string[], count: number): SafeMigrateError {
  const name = nameOf(part.live)
  const key = columns.join('+')
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${formatQuantity(count, 'row')} of ${name} cannot be put back: ${count === 1 ? 'another row has' : 'other rows have'} the same ${key} now.`,
    why: 'It must be unique. Perhaps they are the same rows, made again under other ids. Nothing was changed.',
    next: [`To find them by it: --key ${name}=${key}`, 'Or let the whole table become as it was: --mode replace'],
  })
}

function nameOf(table: Part['live']): string {
  return displayName(table.schema, table.name)
}
